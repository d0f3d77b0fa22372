"""A table that computes cells only when they are visible, with a frozen first column.

A thousand tables × a hundred roles are 100,000 cells; a frame draws some six hundred of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.strip import Strip

from dsql_tui.console.access.rows import AccessColumn, AccessSource, Cell
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.listing import fit
from dsql_tui.console.widgets.table import SIDEWAYS, DrawnTable

GAP = 2
"""Blank cells between columns."""
HELD_SHARE = 0.4
"""The largest share of the width for the first column; longer text is truncated."""
HELD_MIN = 14


class _Nothing:
    columns: Sequence[AccessColumn] = (AccessColumn("", 1),)

    def __len__(self) -> int:
        return 0

    def cell(self, row: int, column: int) -> Cell:
        raise AssertionError((row, column))


class AccessTable(DrawnTable):
    """Draws an `AccessSource`; the cursor is a row, or a cell when `by_cell`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "access-table--text",
        "access-table--muted",
        "access-table--good",
        "access-table--warning",
        "access-table--bad",
        "access-table--cursor",
        "access-table--cell",
    }
    PAINTS = "access-table"
    HEADER_ROWS = 1
    OPAQUE: ClassVar[set[str]] = set()
    BINDINGS: ClassVar[list[BindingType]] = [*SIDEWAYS, *bindings(Place.ACCESS_TABLE)]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._source: AccessSource = _Nothing()
        self.by_cell = False
        self.cursor_column = 1

    def show(
        self, source: AccessSource, *, by_cell: bool = False, keep_place: bool = False
    ) -> None:
        """Draw another source, from its first row or with the cursor's previous position."""
        self._source, self.by_cell = source, by_cell
        if not keep_place:
            self.cursor_column = 1
            self.scroll_to(0, 0, animate=False)
        self.cursor_column = self._nearest_column(self.cursor_column)
        self.measure()
        self.move_cursor(self.cursor_row if keep_place else 0)
        self.refresh()

    @property
    def row_count(self) -> int:
        """The number of rows of the source."""
        return len(self._source)

    @property
    def content_width(self) -> int:
        """The columns with their gaps; the first one has the width it is shown with."""
        widths = [self._held_width, *(column.width for column in self._source.columns[1:])]
        return sum(widths) + GAP * len(widths)

    @property
    def _held_width(self) -> int:
        """Return the width of the first column."""
        room = max(int(self.size.width * HELD_SHARE), HELD_MIN)
        return min(self._source.columns[0].width, room)

    def _nearest_column(self, column: int) -> int:
        return min(max(column, 1), max(len(self._source.columns) - 1, 1))

    def follow_cursor(self) -> None:
        """Scroll just enough to make the cursor's cell visible next to the first column."""
        super().follow_cursor()
        if not self.by_cell:
            return
        columns = self._source.columns
        before = sum(each.width + GAP for each in columns[1 : self.cursor_column])
        width = columns[self.cursor_column].width + GAP if self.cursor_column < len(columns) else 1
        room = max(self.scrollable_content_region.width - self._held_width - GAP, 1)
        x = min(before, max(round(self.scroll_offset.x), before + width - room))
        self.scroll_to(x=x, animate=False, force=True)

    def move_to_cell(self, row: int, column: int) -> None:
        """Move the cursor to a cell, or to the nearest existing one."""
        self.cursor_column = self._nearest_column(column)
        self.refresh_row(self.cursor_row)
        self.move_cursor(row)

    def action_slide(self, steps: int) -> None:
        """Move the cursor sideways; without a cell cursor, scroll."""
        if self.by_cell:
            self.move_to_cell(self.cursor_row, self.cursor_column + steps)
        else:
            super().action_slide(steps)

    def row_clicked(self, row: int, x: int) -> None:
        """Move the cursor to the cell that was clicked; outside the cells, only to its row."""
        column = self._column_at(x) if self.by_cell else 0
        self.move_to_cell(row, column or self.cursor_column)

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

    def draw_header(self, style: Style) -> Strip:
        """Return the column headings."""
        return self._drawn(
            lambda _, column: self._cell([(column.heading, "muted")], column, style), style
        )

    def draw_row(self, row: int, style: Style) -> Strip:
        """Return the cells of a row."""
        cell_cursor = self.cursor_column if self.by_cell and row == self.cursor_row else None

        def cell(number: int, column: AccessColumn) -> Strip:
            base = style + self.paint("cell") if number == cell_cursor else style
            return self._cell(self._source.cell(row, number), column, base)

        return self._drawn(cell, style)

    def _drawn(self, draw: Callable[[int, AccessColumn], Strip], style: Style) -> Strip:
        """Return the first column and the other columns in view."""
        columns = self._source.columns
        held = draw(0, replace(columns[0], width=self._held_width))
        x = round(self.scroll_offset.x)
        room = max(self.size.width - held.cell_length, 0)
        parts: list[Strip] = []
        edge = cut = 0
        for number in range(1, len(columns)):
            width = columns[number].width + GAP
            if edge + width > x and edge < x + room:
                if not parts:
                    cut = x - edge
                parts.append(draw(number, columns[number]))
            edge += width
        rest = Strip.join(parts).crop(cut, cut + room)
        return Strip.join([held, rest]).adjust_cell_length(self.size.width, style)

    def _cell(self, cell: Cell, column: AccessColumn, base: Style) -> Strip:
        """Draw a cell cut or padded to its column's width, and the gap after it."""
        plain = "".join(text for text, _ in cell)
        if len(cell) == 1:
            text, paint = cell[0]
            shown = fit(text, column.width)
            if column.centred:
                shown = shown.strip().center(column.width)
            segments = [Segment(shown, base + self.paint(paint))]
        else:
            left = (column.width - len(plain)) // 2
            segments = [Segment(" " * left, base)]
            segments += [Segment(text, base + self.paint(paint)) for text, paint in cell]
            segments.append(Segment(" " * (column.width - len(plain) - left), base))
        return Strip([*segments, Segment(" " * GAP, base)])
