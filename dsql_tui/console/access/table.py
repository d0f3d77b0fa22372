"""A table that asks for a cell only when it is on the screen, with its first column held in place.

A thousand tables × a hundred roles are 100,000 cells; a frame draws some six hundred of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dsql_tui.console.access.rows import Cell, Column, Source
from dsql_tui.console.widgets.listing import fit

GAP = 2
"""Blank cells between columns."""
HELD_SHARE = 0.4
"""How much of the width the first column may take; what is longer is cut."""
HELD_MIN = 14
HEADER_ROWS = 1


class _Nothing:
    columns: Sequence[Column] = (Column("", 1),)

    def __len__(self) -> int:
        return 0

    def cell(self, row: int, column: int) -> Cell:
        raise AssertionError((row, column))


class AccessTable(ScrollView, can_focus=True):
    """Draws a `Source`; the cursor is a row, or a cell when `by_cell`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "access-table--text",
        "access-table--muted",
        "access-table--good",
        "access-table--warning",
        "access-table--bad",
        "access-table--cursor",
        "access-table--cell",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home", "go_to(0)", "Top", show=False),
        Binding("end,G", "go_to(-1)", "End", show=False),
        Binding("enter", "choose", "Why?", show=False),
    ]

    row: reactive[int] = reactive(0)
    column: reactive[int] = reactive(1)

    class Chosen(Message):
        """Enter, or a click on the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._source: Source = _Nothing()
        self.by_cell = False

    def show(self, source: Source, *, by_cell: bool = False, keep_place: bool = False) -> None:
        """Draw another source from its beginning, or from where the cursor was."""
        self._source, self.by_cell = source, by_cell
        columns = source.columns
        self._measure()
        if not keep_place:
            self.row, self.column = 0, 1
            self.scroll_to(0, 0, animate=False)
        self.row = min(self.row, max(len(source) - 1, 0))
        self.column = min(self.column, max(len(columns) - 1, 1))
        self.refresh()

    @property
    def _held_width(self) -> int:
        """Return the width of the first column."""
        room = max(int(self.size.width * HELD_SHARE), HELD_MIN)
        return min(self._source.columns[0].width, room)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._measure()
        self._follow()

    def _measure(self) -> None:
        widths = [self._held_width, *(column.width for column in self._source.columns[1:])]
        width = sum(widths) + GAP * len(widths)
        self.virtual_size = Size(width, len(self._source) + HEADER_ROWS)

    def watch_row(self) -> None:
        """Follow the cursor."""
        self._follow()

    def watch_column(self) -> None:
        """Follow the cursor."""
        self._follow()

    def _follow(self) -> None:
        columns = self._source.columns
        left = self._held_width + GAP
        before = sum(each.width + GAP for each in columns[1 : self.column])
        width = columns[self.column].width + GAP if self.column < len(columns) else 1
        view = self.scrollable_content_region
        x, y = self.scroll_offset
        room = max(view.width - left, 1)
        if before < x or not self.by_cell:
            x = before if self.by_cell else x
        elif before + width > x + room:
            x = before + width - room
        height = max(view.height - HEADER_ROWS, 1)
        y = min(self.row, max(y, self.row - height + 1))
        self.scroll_to(x, y, animate=False, force=True)
        self.refresh()

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor; without a cell cursor, sideways scrolls."""
        self.row = min(max(self.row + rows, 0), max(len(self._source) - 1, 0))
        if self.by_cell:
            last = len(self._source.columns) - 1
            self.column = min(max(self.column + columns, 1), max(last, 1))
        elif columns:
            self.scroll_relative(x=columns * 8, animate=False)

    def action_page(self, direction: int) -> None:
        """Move by what is visible."""
        height = max(self.scrollable_content_region.height - HEADER_ROWS - 1, 1)
        self.action_move(direction * height, 0)

    def action_go_to(self, row: int) -> None:
        """Move to the first row, or the last (-1)."""
        self.row = max(len(self._source) - 1, 0) if row < 0 else 0

    def action_choose(self) -> None:
        """Ask about what is under the cursor."""
        if len(self._source):
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor under the mouse."""
        row = event.y - HEADER_ROWS + round(self.scroll_offset.y)
        if event.y >= HEADER_ROWS and 0 <= row < len(self._source):
            self.row = row
            if self.by_cell and (column := self._column_at(event.x)):
                self.column = column

    def _column_at(self, x: int) -> int:
        columns = self._source.columns
        edge = self._held_width + GAP
        if x < edge:
            return 0
        position = x - edge + round(self.scroll_offset.x)
        for number, column in enumerate(columns[1:], start=1):
            position -= column.width + GAP
            if position < 0:
                return number
        return 0

    def render_line(self, y: int) -> Strip:
        """Return one line: headings, or a row of cells."""
        row = y - HEADER_ROWS + round(self.scroll_offset.y)
        is_header = y < HEADER_ROWS
        if not is_header and row >= len(self._source):
            return Strip.blank(self.size.width, self.rich_style)
        chosen = not is_header and row == self.row
        base = self.rich_style + (self._paint("cursor") if chosen else Style.null())
        columns = self._source.columns

        def drawn(number: int) -> Strip:
            column = columns[number]
            if number == 0:
                column = replace(column, width=self._held_width)
            cell = [(column.heading, "muted")] if is_header else self._source.cell(row, number)
            in_focus = chosen and self.by_cell and number == self.column
            return self._cell(
                cell, column, base + (self._paint("cell") if in_focus else Style.null())
            )

        held = drawn(0)
        x = round(self.scroll_offset.x)
        room = max(self.size.width - held.cell_length, 0)
        parts: list[Strip] = []
        edge = cut = 0
        for number in range(1, len(columns)):
            width = columns[number].width + GAP
            if edge + width > x and edge < x + room:
                if not parts:
                    cut = x - edge
                parts.append(drawn(number))
            edge += width
        rest = Strip.join(parts).crop(cut, cut + room)
        return Strip.join([held, rest]).adjust_cell_length(self.size.width, base)

    def _cell(self, cell: Cell, column: Column, base: Style) -> Strip:
        """Draw a cell cut or filled to its column's width, and the gap behind it."""
        plain = "".join(text for text, _ in cell)
        if len(cell) == 1:
            text, paint = cell[0]
            shown = fit(text, column.width)
            if column.centred:
                shown = shown.strip().center(column.width)
            segments = [Segment(shown, base + self._paint(paint))]
        else:
            left = (column.width - len(plain)) // 2
            segments = [Segment(" " * left, base)]
            segments += [Segment(text, base + self._paint(paint)) for text, paint in cell]
            segments.append(Segment(" " * (column.width - len(plain) - left), base))
        return Strip([*segments, Segment(" " * GAP, base)])

    def _paint(self, name: str) -> Style:
        return self.get_component_rich_style(f"access-table--{name}", partial=True)
