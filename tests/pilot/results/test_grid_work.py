"""Finding, filtering, sorting, summarizing and comparing with keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.console.results import arrange, copy_and_export, selection_totals
from dsql_tui.console.results.dialogs.cell import CellDialog
from dsql_tui.console.results.dialogs.copy_as import CopyAsDialog
from dsql_tui.console.results.dialogs.export import ExportDialog
from dsql_tui.console.results.dialogs.record import RecordDialog
from dsql_tui.console.results.dialogs.summary import SummaryDialog, summary_lines
from dsql_tui.console.widgets.cells import width_of
from dsql_tui.console.widgets.lines import LineView
from dsql_tui.model.result import Column, Completed, RowChunk
from dsql_tui.results.work import Work
from tests.support.grid_app import (
    PaneApp,
    app_of,
    grid_lines,
    press,
    settle,
    show,
    show_numbered,
    status,
    use_terminal_clipboard,
)
from tests.support.rows import chunk, columns

FRUIT: list[list[str | None]] = [
    ["1", "pear", "2.50"],
    ["2", "apple", None],
    ["3", None, "10"],
    ["4", "Peach", "9.75"],
]
SHAPE = columns(id="integer", name="text", price="numeric")


def first_cells(app: PaneApp) -> list[str]:
    """The second field of each row shown: the row's id."""
    return [line.split()[1] for line in grid_lines(app)[1:] if line.split()]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_slash_searches_and_n_finds_the_next_match_and_wraps() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "slash", *"pea", "enter")
        assert (app.pane.grid.cursor_row, app.pane.grid.cursor_place) == (0, 1)
        assert "match 1 of 2 of “pea”" in status(app)
        await press(pilot, "n")
        assert app.pane.grid.cursor_row == 3
        await press(pilot, "n")
        assert app.pane.grid.cursor_row == 0
        await press(pilot, "N")
        assert app.pane.grid.cursor_row == 3


async def test_a_search_can_be_a_regular_expression() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "slash", "ctrl+r", *"^a.+e$", "enter")
        assert app.pane.grid.cursor_row == 1


async def test_an_expression_that_takes_too_long_is_stopped_and_blocks_nothing() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(["1", "a" * 60 + "b", None], *FRUIT))
        await press(pilot, "slash", "ctrl+r", *"(a|aa)+$", "enter")
        assert "takes too long" in list(app._notifications)[-1].message
        await press(pilot, "j")
        assert app.pane.grid.cursor_row == 1


async def test_escape_leaves_the_prompt_and_then_the_search() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "slash", "escape")
        assert app.focused is app.pane.grid
        await press(pilot, "slash", *"pea", "enter", "escape")
        assert "match" not in status(app)


async def test_s_sorts_up_then_down_then_not_at_all() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "end", "s")
        assert first_cells(app) == ["1", "4", "3", "2"]
        assert "▲ price" in grid_lines(app)[0]
        await press(pilot, "s")
        assert first_cells(app) == ["3", "4", "1", "2"]
        await press(pilot, "s")
        assert first_cells(app) == ["1", "2", "3", "4"]


async def test_a_click_on_a_name_sorts() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await pilot.click(app.pane.grid, offset=(12, 0))
        await settle(pilot)
        assert first_cells(app) == ["4", "2", "1", "3"]


async def test_filters_add_up_and_u_shows_everything_again() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "ampersand", *"pea", "enter")
        assert first_cells(app) == ["1", "4"]
        assert "2 of 4 rows where any column contains “pea”" in status(app)
        await press(pilot, "j", "equals_sign")
        assert first_cells(app) == ["4"]
        await press(pilot, "u")
        assert first_cells(app) == ["1", "2", "3", "4"]


async def test_rows_with_a_value_or_null_can_be_dropped() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "j", "j", "l", "exclamation_mark")
        assert first_cells(app) == ["1", "2", "4"]
        assert "name is not NULL" in status(app)


async def test_rows_that_arrive_after_sorting_are_sorted_at_the_end() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(SHAPE)
        app.pane.append(chunk(*FRUIT[2:]))
        app.pane.grid.focus()
        await press(pilot, "s")
        app.pane.append(chunk(*FRUIT[:2]))
        assert len(first_cells(app)) == 2
        app.pane.finish(Completed("SELECT 4", 4, 1.0, 2.0))
        await settle(pilot)
        assert first_cells(app) == ["1", "2", "3", "4"]


async def test_i_summarizes_the_column() -> None:
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "end", "i")
        assert isinstance(app.screen, SummaryDialog)
        lines = summary_lines(app.screen._summary)
        assert "sum       22.25" in lines
        assert "NULL      1 (25.0%)" in lines


async def test_a_pinned_result_is_compared_with_the_next() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "p")
        await show(pilot, SHAPE, chunk(["1", "pear", "3"], *FRUIT[1:3], ["5", "fig", "1"]))
        await press(pilot, "d")
        assert "1 added · 1 removed · 1 changed · 2 unchanged" in status(app)
        assert "2.50 → 3" in grid_lines(app)[1]
        await press(pilot, "escape")
        assert first_cells(app) == ["1", "2", "3", "5"]


async def test_a_range_is_selected_with_shift_and_copied_as_tsv(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_terminal_clipboard(monkeypatch)
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "shift+down", "shift+right")
        assert "cells 2 × 2 selected" in status(app)
        await press(pilot, "y")
        assert app.clipboard == "1\tpear\n2\tapple\n"
        await press(pilot, "V", "Y")
        assert app.clipboard == "1\tpear\t2.50\n2\tapple\t\n"


async def test_y_copies_the_cell_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal_clipboard(monkeypatch)
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, columns(t="text"), chunk(['say "hi"\t\n'], [None]))
        await press(pilot, "y")
        assert app.clipboard == 'say "hi"\t\n'
        await press(pilot, "j", "y")
        assert app.clipboard == ""


async def test_c_copies_everything_shown_in_a_chosen_format(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_terminal_clipboard(monkeypatch)
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "end", "s", "minus", "c")
        assert isinstance(app.screen, CopyAsDialog)
        await press(pilot, "down", "enter")
        assert app.clipboard == "id,name\n1,pear\n4,Peach\n3,\n2,apple\n"


async def test_what_the_clipboard_cannot_take_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal_clipboard(monkeypatch)
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, columns(t="text"), chunk(["x" * 80_000]))
        await press(pilot, "y")
        assert app.clipboard == ""
        assert any("exceed the limit of OSC 52" in note.message for note in app._notifications)


async def test_e_writes_a_file_and_asks_before_replacing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with PaneApp().run_test(size=(100, 30)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "e")
        assert isinstance(app.screen, ExportDialog)
        await press(pilot, "enter")
        written = tmp_path / "result.csv"
        assert written.read_text() == "id,name,price\n1,pear,2.50\n2,apple,\n3,,10\n4,Peach,9.75\n"
        written.write_text("mine")
        await press(pilot, "e", "enter")
        assert written.read_text() == "mine"
        await press(pilot, "enter")
        assert written.read_text().startswith("id,name")


async def test_columns_move_hide_freeze_and_come_back() -> None:
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "right_curly_bracket")
        assert grid_lines(app)[0].split() == ["name", "id", "price"]
        await press(pilot, "home", "minus")
        assert grid_lines(app)[0].split() == ["id", "price"]
        await press(pilot, "z")
        assert app.pane.grid.columns.frozen_count == 1
        await press(pilot, "f", "down", "space", "enter")
        assert sorted(grid_lines(app)[0].split()) == ["id", "name", "price"]


async def test_a_column_is_resized_and_fitted() -> None:
    async with PaneApp().run_test(size=(120, 12)) as pilot:
        app = await show(pilot, columns(t="text"), chunk(["x" * 60]))
        widths = app.pane.grid.columns.widths
        assert widths == [48]
        await press(pilot, "less_than_sign")
        assert widths == [44]
        await press(pilot, "w")
        assert widths == [60]
        assert grid_lines(app)[1].endswith("x" * 60)


async def test_numbers_are_grouped_and_moments_move_to_utc_when_asked() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        shape = columns(n="bigint", at="timestamptz")
        app = await show(pilot, shape, chunk(["1234567", "2026-11-21 08:00:00+02"]))
        await press(pilot, "comma", "t")
        assert "1,234,567" in grid_lines(app)[1]
        assert "2026-11-21 06:00:00+00" in grid_lines(app)[1]


async def test_the_record_view_walks_through_rows() -> None:
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "x", "right")
        assert isinstance(app.screen, RecordDialog)
        assert app.screen.lines() == ["id     2", "name   apple", "price  NULL"]
        assert app.screen.heading() == "row 2 of 4"
        await press(pilot, "escape")
        assert app.pane.grid.cursor_row == 1


async def test_json_opens_laid_out_folds_and_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    use_terminal_clipboard(monkeypatch)
    document = '{"a": [1, {"b": 1.50}], "c": {}}'
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        app = await show(pilot, columns(j="jsonb"), chunk([document]))
        await press(pilot, "enter")
        assert isinstance(app.screen, CellDialog)
        view = app.screen.query_one(LineView)
        assert [view.render_line(y).text.rstrip() for y in range(9)] == [
            "{",
            '  "a": [',
            "    1,",
            "    {",
            '      "b": 1.50',
            "    }",
            "  ],",
            '  "c": {}',
            "}",
        ]
        await press(pilot, "down", "space")
        assert view.render_line(1).text.rstrip() == '  "a": [ … ],'
        assert view.render_line(2).text.rstrip() == '  "c": {}'
        await press(pilot, "y")
        assert '"b": 1.50' in app.clipboard


async def test_wide_characters_are_wrapped_by_the_cells_they_take() -> None:
    text = "日本" * 100
    async with PaneApp().run_test(size=(60, 24)) as pilot:
        app = await show(pilot, columns(t="text"), chunk([text]))
        await press(pilot, "enter")
        view = app.screen.query_one(LineView)
        lines = [line.text for line in view._lines]
        assert "".join(lines) == text
        assert all(width_of(line) <= view.size.width for line in lines)
        assert view.virtual_size.width <= view.size.width


async def test_invisible_characters_of_the_rows_are_marked_on_request_and_never_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_terminal_clipboard(monkeypatch)
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, columns(t="text"), chunk(["a\xa0b  "], ["c"]))
        await press(pilot, "down", "alt+i")
        assert "a⍽b··" in app.pane.grid.render_line(1).text
        await press(pilot, "up", "y")
        assert app.clipboard == "a\xa0b  "
        await press(pilot, "alt+i")
        assert "⍽" not in app.pane.grid.render_line(1).text


async def test_bytes_open_as_hex() -> None:
    async with PaneApp().run_test(size=(100, 24)) as pilot:
        app = await show(pilot, columns(x="bytea"), chunk(["\\x00414243ff"]))
        await press(pilot, "enter")
        line = app.screen.query_one(LineView).render_line(0).text
        assert line.split() == ["00000000", "00", "41", "42", "43", "ff", "·ABC·"]
        assert "· 5 bytes ·" in str(app.screen.query_one(".dialog").border_title)


async def test_a_closed_value_is_released_though_its_dialog_is_still_referenced() -> None:
    async with PaneApp().run_test(size=(100, 24)) as pilot:
        app = await show(pilot, columns(x="bytea"), chunk(["\\x" + "41" * 1_000]))
        await press(pilot, "enter")
        dialog, view = app.screen, app.screen.query_one(LineView)
        assert isinstance(dialog, CellDialog)
        assert view.row_count > 1
        await press(pilot, "escape")
        assert app.screen is not dialog
        assert (dialog._value, dialog._text, dialog._json) == (None, "", None)
        assert view.row_count == 0


async def test_a_hostile_name_is_only_a_name() -> None:
    async with PaneApp().run_test(size=(100, 24)) as pilot:
        shape = (Column("[bold red]x[/]\x1b[2J", 25),)
        app = await show(pilot, shape, chunk(["[blink]v"]))
        await press(pilot, "enter")
        heading = app.screen.query_one(".dialog").border_title
        assert heading is not None
        assert "\x1b" not in heading
        await press(pilot, "escape", "i", "escape", "f", "escape", "x")


async def test_rows_that_arrive_after_filtering_and_an_error_are_filtered() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(SHAPE)
        app.pane.append(chunk(*FRUIT[:2]))
        app.pane.grid.focus()
        await press(pilot, "ampersand", *"pea", "enter")
        app.pane.append(chunk(*FRUIT[2:]))
        await settle(pilot)
        app.pane._tick()
        assert "1 of the first 2 rows where any column contains “pea”" in status(app)
        app.pane.fail("division by zero")
        await settle(pilot)
        assert "2 of 4 rows where any column contains “pea”" in status(app)
        assert first_cells(app) == ["1", "4"]


async def test_a_search_reports_its_extent_and_continues_at_the_end() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = app_of(pilot)
        app.pane.begin(SHAPE)
        app.pane.append(chunk(*FRUIT[:2]))
        app.pane.grid.focus()
        await press(pilot, "slash", *"pea", "enter")
        app.pane.append(chunk(*FRUIT[2:]))
        app.pane._tick()
        assert "match 1 of 1 of “pea” in the first 2 rows" in status(app)
        app.pane.pause()
        await settle(pilot)
        assert "match 1 of 2 of “pea” ·" in status(app)


async def test_a_comparison_makes_room_for_more_rows() -> None:
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "p")
        app.pane.begin(SHAPE)
        app.pane.append(chunk(*FRUIT[:2]))
        await press(pilot, "d")
        assert "removed" not in status(app)
        app.pane.pause()
        await press(pilot, "d")
        assert (
            "0 added · 2 removed · 0 changed · 2 unchanged · the results are incomplete"
            in status(app)
        )
        app.pane.resume()
        app.pane.append(chunk(*FRUIT[2:]))
        app.pane.finish(Completed("SELECT 4", 4, 1.0, 2.0))
        await settle(pilot)
        assert first_cells(app) == ["1", "2", "3", "4"]
        assert "removed" not in status(app)


@pytest.mark.parametrize("key", ["escape", "i"])
async def test_a_sort_stopped_by_escape_or_other_work_leaves_no_mark(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    started, stopped = threading.Event(), threading.Event()

    def endless(_store: object, _wanted: object, work: Work) -> None:
        started.set()
        while not work.cancelled:
            stopped.wait(0.001)
        stopped.set()

    monkeypatch.setattr(arrange, "arrange_rows", endless)
    async with PaneApp().run_test(size=(80, 12)) as pilot:
        app = await show_numbered(pilot, 10)
        await pilot.press("s")
        while not started.is_set():
            await pilot.pause()
        assert "Sorting 0% · esc stop" in status(app)
        await press(pilot, "j", key)
        assert stopped.wait(1)
        assert app.pane.grid.cursor_row == 1
        assert "▲" not in grid_lines(app)[0]


async def test_an_export_stopped_by_other_work_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, stopped = threading.Event(), threading.Event()

    def slow(_store: object, _rows: object, _columns: object) -> Iterator[RowChunk]:
        started.set()
        stopped.wait(5)
        yield chunk(["1"])

    monkeypatch.setattr(copy_and_export, "take", slow)
    monkeypatch.chdir(tmp_path)
    async with PaneApp().run_test(size=(100, 30)) as pilot:
        app = await show_numbered(pilot, 10)
        await pilot.press("e", "enter")
        while not started.is_set():
            await pilot.pause()
        await pilot.press("s")
        await pilot.pause()
        assert [note.message for note in app._notifications] == [
            "Stopped; result.csv was not written."
        ]
        stopped.set()
        await settle(pilot)
    assert names_in(tmp_path) == []


async def test_the_status_line_adds_up_the_selected_numbers() -> None:
    async with PaneApp().run_test(size=(120, 12)) as pilot:
        app = await show(pilot, SHAPE, chunk(*FRUIT))
        await press(pilot, "end", "shift+down", "shift+down")
        assert "count 2 · NULL 1 · sum 12.50 · average 6.25 · min 2.50 · max 10" in status(app)
        await press(pilot, "shift+down")
        assert "count 3 · NULL 1 · sum 22.25 · average 7.4166666666666666667 · min 2.50" in status(
            app
        )
        await press(pilot, "shift+left")
        assert "NULL 2" in status(app)
        assert "sum" not in status(app)
        await press(pilot, "escape")
        assert "NULL 2" not in status(app)


async def test_a_large_selection_is_added_up_once_it_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with PaneApp().run_test(size=(120, 12)) as pilot:
        app = await show_numbered(pilot, 2_000)
        await press(pilot, "ctrl+v")
        for _ in range(200):
            await pilot.pause(0.02)
            if "sum" in status(app):
                break
        assert "sum 2001000 · average 1000.5 · min 1 · max 2000" in status(app)
        monkeypatch.setattr(selection_totals, "DELAY_S", 3_600)
        await press(pilot, "escape")
        await press(pilot, "v", "G", "up")
        assert "sum" not in status(app)
