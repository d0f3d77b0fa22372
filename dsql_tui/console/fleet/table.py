"""The board's table: a line for each cluster, columns as the width allows.

Only lines in view are worked out and painted, and only those that have changed are painted again:
a DataTable draws every cell anew after any change, 40 ms for a screen of clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.fleet.cells import GAP, Cell, Column, cells_of, columns_for, group_label
from dsql_tui.console.fleet.rows import Beside, FleetRow
from dsql_tui.console.shared.keys import Place, bindings
from dsql_tui.console.widgets.listing import fit

HEADER_ROWS = 1


class FleetTable(ScrollView, can_focus=True):
    """Shows arranged rows and keeps the cursor on its cluster while they change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Place.FLEET),
        Binding("up", "cursor_up", "Up", show=False),
        Binding("down", "cursor_down", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home", "scroll_top", "To the top", show=False),
        Binding("end", "scroll_bottom", "To the end", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "fleet--text",
        "fleet--muted",
        "fleet--good",
        "fleet--warning",
        "fleet--bad",
        "fleet--accent",
        "fleet--cursor",
    }

    class RowSelected(Message):
        """Enter, or a click on the cursor's line."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="fleet-table")
        self._now = now
        self._lines: list[FleetRow | str] = []
        self._drawn: list[object] = []
        self._beside = Beside()
        self._favourites: set[str] = set()
        self._cursor = 0
        self._paints: dict[str, Style] = {}

    @property
    def row_count(self) -> int:
        """How many lines there are, groups' lines included."""
        return len(self._lines)

    @property
    def row_under_cursor(self) -> FleetRow | None:
        """The cluster under the cursor; `None` on a group's line or an empty board."""
        if not 0 <= self._cursor < len(self._lines):
            return None
        line = self._lines[self._cursor]
        return line if isinstance(line, FleetRow) else None

    @property
    def _columns(self) -> tuple[Column, ...]:
        return columns_for(self.size.width, profiles=bool(self._beside.profiles))

    def show(
        self,
        groups: Sequence[tuple[str, list[FleetRow]]],
        beside: Beside,
        favourites: set[str],
        group_by: str,
    ) -> None:
        """Draw the board; lines that are as they were are left alone."""
        lines = [
            line
            for group, rows in groups
            for line in (*([group_label(group_by, group, len(rows))] if group_by else ()), *rows)
        ]
        drawn = [_signature(line, beside, favourites) for line in lines]
        before, self._drawn = self._drawn, drawn
        self._beside, self._favourites = beside, favourites
        wanted = self.row_under_cursor
        self._lines = lines
        if len(before) != len(drawn):
            self._measure()
            self.refresh()
        else:
            for number, (old, new) in enumerate(zip(before, drawn, strict=True)):
                if old != new:
                    self._refresh_line(number)
        self._keep_cursor_on(wanted)

    def _keep_cursor_on(self, wanted: FleetRow | None) -> None:
        at = min(self._cursor, max(len(self._lines) - 1, 0))
        if wanted is not None:
            places = (n for n, line in enumerate(self._lines) if _key_of(line) == wanted.key)
            at = next(places, at)
        self._move_to(at)

    def _measure(self) -> None:
        width = sum(column.width + GAP for column in self._columns)
        self.virtual_size = Size(width, len(self._lines) + HEADER_ROWS)

    def on_resize(self) -> None:
        """Other columns may fit."""
        self._measure()
        self._move_to(self._cursor)
        self.refresh()

    def notify_style_update(self) -> None:
        """Take the theme's colours again."""
        super().notify_style_update()
        self._paints = {}

    # The cursor

    def _move_to(self, number: int) -> None:
        number = min(max(number, 0), max(len(self._lines) - 1, 0))
        if number != self._cursor:
            self._refresh_line(self._cursor)
            self._refresh_line(number)
            self._cursor = number
        height = max(self._rows_in_view, 1)
        y = min(number, max(round(self.scroll_offset.y), number - height + 1))
        if y != round(self.scroll_offset.y):
            self.scroll_to(y=y, animate=False, force=True)

    @property
    def _rows_in_view(self) -> int:
        return self.scrollable_content_region.height - HEADER_ROWS

    def _refresh_line(self, number: int) -> None:
        y = number - round(self.scroll_offset.y) + HEADER_ROWS
        if HEADER_ROWS <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def action_cursor_up(self) -> None:
        """The line before."""
        self._move_to(self._cursor - 1)

    def action_cursor_down(self) -> None:
        """The next line."""
        self._move_to(self._cursor + 1)

    def action_page(self, direction: int) -> None:
        """Move by what is in view."""
        self._move_to(self._cursor + direction * max(self._rows_in_view - 1, 1))

    def action_scroll_top(self) -> None:
        """The first line."""
        self._move_to(0)

    def action_scroll_bottom(self) -> None:
        """The last line."""
        self._move_to(len(self._lines) - 1)

    def action_select_cursor(self) -> None:
        """Say that the line under the cursor is meant."""
        if self._lines:
            self.post_message(self.RowSelected())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor under the mouse; on the cursor's own line, choose it."""
        number = event.y - HEADER_ROWS + round(self.scroll_offset.y)
        if event.y < HEADER_ROWS or not 0 <= number < len(self._lines):
            return
        if number == self._cursor:
            self.action_select_cursor()
        else:
            self._move_to(number)

    # The picture

    def render_line(self, y: int) -> Strip:
        """Paint the headings, or a line."""
        number = y - HEADER_ROWS + round(self.scroll_offset.y)
        base = self.rich_style
        if y < HEADER_ROWS:
            segments = self._headings(base)
        elif number < len(self._lines):
            if number == self._cursor:
                base += self._paint("cursor")
            segments = self._line(self._lines[number], base, in_focus=number == self._cursor)
        else:
            return Strip.blank(self.size.width, base)
        left = round(self.scroll_offset.x)
        return Strip(segments).crop_extend(left, left + self.size.width, base)

    def _headings(self, base: Style) -> list[Segment]:
        style = base + self._paint("muted")
        columns = self._columns
        return [
            Segment(f" {fit(each.title, each.width, right=each.right)} ", style) for each in columns
        ]

    def _line(self, line: FleetRow | str, base: Style, *, in_focus: bool) -> list[Segment]:
        if isinstance(line, str):
            return [Segment(f" {line}", base + self._paint("accent"))]
        columns = self._columns
        cells = cells_of(
            line, columns, self._beside, self._now(), is_favourite=line.key in self._favourites
        )
        return [segment for cell in cells for segment in self._cell(cell, base, in_focus)]

    def _cell(self, cell: Cell, base: Style, in_focus: bool) -> list[Segment]:
        """Return a cell's pieces between blanks; the cursor's colours are stronger than paints."""
        blank = Segment(" ", base)
        paint = self._plain if in_focus else self._paint
        return [blank, *(Segment(text, base + paint(name)) for text, name in cell), blank]

    @staticmethod
    def _plain(_: str) -> Style:
        return Style.null()

    def _paint(self, name: str) -> Style:
        if name not in self._paints:
            partial = name != "cursor"
            self._paints[name] = self.get_component_rich_style(f"fleet--{name}", partial=partial)
        return self._paints[name]


def _key_of(line: FleetRow | str) -> str:
    return line if isinstance(line, str) else line.key


def _signature(line: FleetRow | str, beside: Beside, favourites: set[str]) -> object:
    """Return what a line's picture depends on, but for its age."""
    if isinstance(line, str):
        return line
    identifiers = [side.identifier for side in line.sides]
    return (
        line,
        line.key in favourites,
        [beside.extras.get(each) for each in identifiers],
        [beside.activity.get(each) for each in identifiers],
        bool(beside.profiles),
    )
