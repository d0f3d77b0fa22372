"""The result grid under keys and mouse, with rows added by the test as the workspace adds them."""

from __future__ import annotations

from dsql_tui.console.results.dialogs.cell import CellDialog
from dsql_tui.model.result import Completed
from tests.support.grid_app import PaneApp, app_of, press, status
from tests.support.grid_app import grid_lines as screen
from tests.support.grid_app import show_numbered as filled
from tests.support.rows import chunk, columns, numbered


async def test_rows_are_shown_under_their_header_with_their_numbers() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = await filled(pilot)
        lines = screen(app)
        assert lines[0].split() == ["id", "name"]
        assert lines[1].split() == ["1", "1", "row", "1"]
        assert lines[10].split() == ["10", "10", "row", "10"]


async def test_zero_rows_still_show_the_header() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(id="bigint", name="text"))
        app.pane.finish(Completed("SELECT 0", 0, None, 2.0))
        await pilot.pause()
        assert screen(app)[0].split() == ["id", "name"]
        assert "No rows" in screen(app)[2]
        assert app.pane.progress.now.row_count == 0


async def test_a_statement_without_rows_shows_its_command_tag() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.clear()
        app.pane.finish(Completed("INSERT 0 5", 0, None, 2.0))
        await pilot.pause()
        assert "INSERT 0 5" in screen(app)[2]


async def test_g_and_shift_g_go_to_the_ends() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = await filled(pilot)
        await pilot.press("G")
        assert app.pane.grid.cursor_row == 199
        assert screen(app)[10].split() == ["200", "200", "row", "200"]
        await pilot.press("g")
        assert app.pane.grid.cursor_row == 0
        assert screen(app)[1].split()[0] == "1"


async def test_vim_and_arrow_keys_move_the_cursor() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = await filled(pilot)
        await pilot.press("j", "down", "l", "k")
        assert (app.pane.grid.cursor_row, app.pane.grid.cursor_place) == (1, 1)
        await pilot.press("h", "up", "up")
        assert (app.pane.grid.cursor_row, app.pane.grid.cursor_place) == (0, 0)


async def test_pages_scroll_by_what_is_in_view() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = await filled(pilot)
        await pilot.press("pagedown")
        assert app.pane.grid.cursor_row == 10
        assert screen(app)[1].split()[0] == "11"
        await pilot.press("ctrl+d", "ctrl+u", "pageup")
        assert app.pane.grid.cursor_row == 0


async def test_two_hundred_and_fifty_five_columns_scroll_sideways_under_a_frozen_gutter() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(**{f"column_{n}": "integer" for n in range(255)}))
        app.pane.append(chunk([str(n) for n in range(255)]))
        app.pane.grid.focus()
        await pilot.pause()
        await pilot.press("end")
        assert app.pane.grid.cursor_place == 254
        assert screen(app)[0].endswith("column_254")
        assert screen(app)[1].split()[0] == "1"
        assert screen(app)[1].split()[-1] == "254"
        await pilot.press("home")
        assert "column_0" in screen(app)[0]


async def test_null_is_marked_and_an_empty_text_is_not() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(value="text"))
        app.pane.append(chunk([None], [""]))
        await pilot.pause()
        assert screen(app)[1].split() == ["1", "NULL"]
        assert screen(app)[2].split() == ["2"]


async def test_data_cannot_act_on_the_terminal() -> None:
    hostile = "\x1b[31mred\x07 [bold]not markup[/] \u202etxet\nsecond\tline"
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(value="text"))
        app.pane.append(chunk([hostile]))
        await pilot.pause()
        line = screen(app)[1]
        assert "␛[31mred␇ [bold]not markup[/]" in line
        assert line.isprintable()


async def test_wide_characters_keep_columns_aligned() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(name="text", id="integer"))
        app.pane.append(chunk(["日本語", "1"], ["abc", "2"]))
        await pilot.pause()
        grid = app.pane.grid
        assert {grid.render_line(y).cell_length for y in range(4)} == {40}
        before_number = screen(app)[1].index("1", 6)
        assert screen(app)[2].index("2", 6) - before_number == 3


async def test_long_values_end_in_a_mark_and_enter_opens_them_whole() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(value="text"))
        app.pane.append(chunk(["x" * 100_000]))
        app.pane.grid.focus()
        await pilot.pause()
        assert screen(app)[1].endswith("x…")
        await press(pilot, "enter")
        assert isinstance(app.screen, CellDialog)
        assert "100,000 characters" in app.screen.heading()


async def test_a_hundred_thousand_rows_arrive_while_the_cursor_moves() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(id="bigint", name="text"))
        app.pane.grid.focus()
        for first in range(1, 100_001, 10_000):
            app.pane.append(numbered(first, 10_000))
            await pilot.press("pagedown")
        app.pane.finish(Completed("SELECT 100000", 100_000, 1.0, 2.0))
        assert app.pane.grid.cursor_row == 100
        await pilot.press("G")
        assert screen(app)[10].split()[1] == "100000"


async def test_rows_that_came_before_an_error_stay() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(columns(id="bigint", name="text"))
        app.pane.append(numbered(1, 5))
        app.pane.fail("division by zero")
        await pilot.pause()
        assert screen(app)[5].split()[0] == "5"
        assert "5 rows before the error · division by zero" in status(app)


async def test_a_click_moves_the_cursor() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = await filled(pilot)
        await pilot.click(app.pane.grid, offset=(14, 4))
        assert (app.pane.grid.cursor_row, app.pane.grid.cursor_place) == (3, 1)


async def test_a_terminal_one_column_wide_shows_what_it_can() -> None:
    async with PaneApp().run_test(size=(1, 3)) as pilot:
        app = await filled(pilot)
        await pilot.press("j", "G", "end")
        assert app.pane.grid.cursor_row == 199


async def test_rows_without_columns_are_counted() -> None:
    async with PaneApp().run_test(size=(40, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(())
        app.pane.append(chunk([], []))
        app.pane.finish(Completed("SELECT 2", 2, 1.0, 1.0))
        app.pane.grid.focus()
        await pilot.pause()
        assert screen(app)[2].split() == ["2"]
        await pilot.press("j", "l", "enter", "end")
        assert app.pane.grid.cursor_row == 1
