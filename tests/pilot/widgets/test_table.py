"""The base of the drawn tables: its cursor, its scrolling, its mouse, and what it draws."""

from __future__ import annotations

from typing import ClassVar

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.strip import Strip

from dsql_tui.console.widgets.table import SIDEWAYS, DrawnTable

WIDTH, HEIGHT = 20, 11
IN_VIEW = HEIGHT - 1


class Numbers(DrawnTable):
    """Rows that say their number, and remember which of them were drawn."""

    PAINTS = "numbers"
    HEADER_ROWS = 1
    BINDINGS: ClassVar[list[BindingType]] = [*SIDEWAYS]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"numbers--cursor", "numbers--text"}
    DEFAULT_CSS = """
    Numbers { scrollbar-size: 0 0; }
    Numbers > .numbers--cursor { background: red; }
    Numbers > .numbers--text { color: green; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 100
        self.drawn: list[int] = []
        self.selected = 0

    @property
    def row_count(self) -> int:
        return self.count

    @property
    def content_width(self) -> int:
        return 2 * WIDTH

    def draw_header(self, style: Style) -> Strip:
        return self.scrolled([Segment("number".ljust(2 * WIDTH), style)], style)

    def draw_row(self, row: int, style: Style) -> Strip:
        self.drawn.append(row)
        text = f"{row}".ljust(SLIDE) + "right"
        return self.scrolled([Segment(text, style + self.paint("text"))], style)

    def on_drawn_table_row_selected(self) -> None:
        self.selected += 1

    def lines(self) -> list[str]:
        return [self.render_line(y).text.rstrip() for y in range(HEIGHT)]

    def rows(self) -> list[int]:
        return [int(line) for line in (each.partition("right")[0] for each in self.lines()[1:])]


SLIDE = 8


class NumbersApp(App[None]):
    """One table of a hundred rows."""

    def compose(self) -> ComposeResult:
        yield Numbers()

    @property
    def table(self) -> Numbers:
        return self.query_one(Numbers)


@pytest.mark.parametrize(
    ("keys", "cursor", "first"),
    [
        ("down", 1, 0),
        ("j j k", 1, 0),
        ("up", 0, 0),
        (" ".join(["down"] * IN_VIEW), 10, 1),
        ("pagedown", 9, 0),
        ("pagedown ctrl+d", 18, 9),
        ("end", 99, 90),
        ("G down", 99, 90),
        ("end pageup", 90, 90),
        ("end ctrl+u ctrl+u", 81, 81),
        ("end home", 0, 0),
    ],
)
async def test_keys_move_the_cursor_and_the_rows_follow(keys: str, cursor: int, first: int) -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press(*keys.split())
        await pilot.pause()
        assert app.table.cursor_row == cursor
        assert app.table.rows() == [*range(first, first + IN_VIEW)]


async def test_the_cursor_is_in_view_after_two_moves_before_a_frame() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.table.action_scroll_bottom()
        app.table.action_scroll_top()
        await pilot.pause()
        assert app.table.rows()[0] == 0


async def test_headings_stay_and_everything_slides_sideways() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        assert app.table.lines()[:2] == ["number", "0       right"]
        await pilot.press("end", "right")
        await pilot.pause()
        assert app.table.lines()[:2] == ["…", "…ight"]
        await pilot.press("h")
        await pilot.pause()
        assert app.table.lines()[:2] == ["number", "90      right"]


async def test_only_rows_in_view_are_drawn_and_a_move_draws_two() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.pause()
        assert {*app.table.drawn} == {*range(IN_VIEW)}
        app.table.drawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert {*app.table.drawn} == {0, 1}


async def test_the_cursor_has_its_colours_and_other_paints_leave_the_background() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("down")
        backgrounds = [
            [each.style.bgcolor for each in app.table.render_line(y) if each.style]
            for y in range(HEIGHT)
        ]
        red = app.table.paint("cursor").bgcolor
        assert [y for y, colours in enumerate(backgrounds) if red in colours] == [2]
        assert {*backgrounds[2]} == {red}


async def test_rows_that_go_leave_the_cursor_on_the_last_and_blanks_below() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("end")
        app.table.count = 3
        app.table.measure()
        app.table.refresh()
        await pilot.pause()
        assert app.table.cursor_row == 2
        assert [line[:1] for line in app.table.lines()] == ["n", "0", "1", "2", *[""] * 7]


async def test_a_smaller_terminal_keeps_the_cursor_in_view() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("pagedown")
        await pilot.resize_terminal(WIDTH, 6)
        await pilot.pause()
        assert app.table.render_line(5).text.startswith("9 ")


async def test_a_click_moves_the_cursor_but_not_from_the_headings_or_below_the_last() -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        await pilot.press("end", "home")
        await pilot.click(Numbers, offset=(3, 4))
        assert app.table.cursor_row == 3
        await pilot.click(Numbers, offset=(3, 0))
        assert app.table.cursor_row == 3
        app.table.count = 4
        app.table.measure()
        await pilot.click(Numbers, offset=(3, 8))
        assert app.table.cursor_row == 3


@pytest.mark.parametrize(("count", "selected"), [(1, 1), (0, 0)])
async def test_a_row_is_chosen_only_when_there_is_one(count: int, selected: int) -> None:
    app = NumbersApp()
    async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
        app.table.count = count
        app.table.measure()
        app.table.action_select_cursor()
        await pilot.pause()
        assert app.table.selected == selected
        assert app.table.cursor_row == 0
