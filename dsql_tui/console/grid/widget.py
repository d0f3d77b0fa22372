"""The result grid: a cursor and a selection, moved by keys and the mouse.

It posts messages and uses neither SQL nor any other pane.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message

from dsql_tui.console.grid.columns import ColumnLayout
from dsql_tui.console.grid.selection import Extent, GridSelection
from dsql_tui.console.grid.view import HEADER_LINES, GridView
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.model.result import Column


class ResultGrid(GridView, can_focus=True):
    """Rows and columns under a cell cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.GRID)]

    class CursorMoved(Message):
        """Posted when the cursor has moved to another cell."""

        def __init__(self, grid: ResultGrid, row: int, column: int) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column

        @property
        def control(self) -> ResultGrid:
            """The grid that posted it."""
            return self.grid

    class CellOpened(Message):
        """Posted to open a cell; `value` is as the server sent it."""

        def __init__(self, grid: ResultGrid, row: int, column: Column, value: bytes | None) -> None:
            super().__init__()
            self.grid = grid
            self.row = row
            self.column = column
            self.value = value

        @property
        def control(self) -> ResultGrid:
            """The grid that posted it."""
            return self.grid

    class HeaderPressed(Message):
        """Posted when a column's name was clicked."""

        def __init__(self, grid: ResultGrid, place: int) -> None:
            super().__init__()
            self.grid = grid
            self.place = place

        @property
        def control(self) -> ResultGrid:
            """The grid that posted it."""
            return self.grid

    def show_order(self, order: array[int] | None) -> None:
        """Show these rows of the store in this order; `None` shows all in the server's order."""
        self.order = order
        self.selection = None
        self.move_cursor(min(self.cursor_row, self.line_count - 1), self.cursor_place)
        self._settle()
        self.refresh()

    def select_nothing(self) -> None:
        """Clear the selection."""
        self.selection = None
        self.refresh()

    def lay_out(self, change: Callable[[ColumnLayout], object]) -> None:
        """Change the layout of the columns and show it."""
        change(self.columns)
        self.cursor_place = max(0, min(self.cursor_place, len(self.columns.order) - 1))
        self._settle()
        self._show_cursor()
        self.refresh()

    def on_focus(self) -> None:
        """Draw the cursor as focused."""
        self._refresh_row(self.cursor_row)

    def on_blur(self) -> None:
        """Draw the cursor as not focused."""
        self._refresh_row(self.cursor_row)

    # The cursor.

    def move_cursor(self, row: int, place: int) -> None:
        """Move the cursor to a cell, or the nearest existing one, and scroll to it."""
        last_row, last_place = self.line_count - 1, len(self.columns.order) - 1
        row = max(0, min(row, last_row))
        place = max(0, min(place, last_place))
        if (row, place) == (self.cursor_row, self.cursor_place):
            return
        left_row, self.cursor_row, self.cursor_place = self.cursor_row, row, place
        if self.selection:
            self.refresh()
        self._refresh_row(left_row)
        self._refresh_row(row)
        self._show_cursor()
        self.post_message(self.CursorMoved(self, row, place))

    def _show_cursor(self) -> None:
        if self._settling:
            self._settle()
        x, y = self.scroll_offset
        y = min(y, self.cursor_row)
        y = max(y, self.cursor_row - self._rows_in_view + 1)
        if self.columns.order and self.cursor_place >= self.columns.frozen_count:
            start = self.columns.start(self.cursor_place)
            span = self.columns.span(self.columns.order[self.cursor_place])
            x = max(x, start + span - self._cells_in_view)
            x = min(x, start - self.columns.frozen_width)
        self.scroll_to(x, y, animate=False)

    def action_move(self, rows: int, places: int) -> None:
        """Move by rows and columns."""
        self.move_cursor(self.cursor_row + rows, self.cursor_place + places)

    def action_page(self, pages: float) -> None:
        """Move and scroll by a fraction of the visible rows."""
        step = max(1, round(abs(pages) * self._rows_in_view))
        rows = step if pages > 0 else -step
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)
        self.move_cursor(self.cursor_row + rows, self.cursor_place)

    def action_first_row(self) -> None:
        """Go to the first row."""
        self.move_cursor(0, self.cursor_place)

    def action_last_row(self) -> None:
        """Go to the last row received so far."""
        self.move_cursor(self.line_count - 1, self.cursor_place)

    def action_first_column(self) -> None:
        """Go to the first column."""
        self.move_cursor(self.cursor_row, 0)

    def action_last_column(self) -> None:
        """Go to the last column."""
        self.move_cursor(self.cursor_row, len(self.columns.order) - 1)

    def action_extend(self, rows: int, places: int) -> None:
        """Move the cursor and extend the selection."""
        if self.selection is None:
            self.selection = GridSelection(self.cursor_row, self.cursor_place)
        self.action_move(rows, places)

    def action_select(self, extent: str) -> None:
        """Start selecting cells, rows or columns at the cursor, or stop."""
        new_extent = Extent(extent)
        if self.selection and self.selection.extent is new_extent:
            self.selection = None
        elif self.selection:
            self.selection = replace(self.selection, extent=new_extent)
        else:
            self.selection = GridSelection(self.cursor_row, self.cursor_place, new_extent)
        self.refresh()
        self.post_message(self.CursorMoved(self, self.cursor_row, self.cursor_place))

    def action_open_cell(self) -> None:
        """Show the whole cell under the cursor."""
        column = self.cursor_column
        if column is None or self.cursor_row >= self.row_count:
            return
        row = self.stored(self.cursor_row)
        value = self.store.value(row, self.columns.order[self.cursor_place])
        self.post_message(self.CellOpened(self, row, column, value))

    # The mouse.

    def place_at(self, x: int) -> int | None:
        """Return the row and column position of a cell of the view; `None` outside the columns."""
        x -= self.gutter_width
        if x >= self.columns.frozen_width:
            x += self.scroll_offset.x
        return self.columns.place_at(x)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the click; a second click opens the cell, shift selects a range."""
        place = self.place_at(event.x)
        row = self.scroll_offset.y + event.y - HEADER_LINES
        if place is None:
            return
        if event.y < HEADER_LINES:
            self.post_message(self.HeaderPressed(self, place))
        elif row < self.line_count:
            if event.shift and self.selection is None:
                self.selection = GridSelection(self.cursor_row, self.cursor_place)
            elif not event.shift:
                self.selection = None
            self.move_cursor(row, place)
            self.refresh()
            if event.chain > 1:
                self.action_open_cell()
