"""The results of one statement under all their keys; what the workspace mounts.

The workspace calls `begin`, `append`, `finish` or `fail`; a statement that returns no rows is
`finish` alone. `clear` shows a sentence instead of a result. The parts stand beside this file:
`grid_base` (arriving), `grid_work` (find, filter, sort, compare), `grid_take` (copy, export).
Dialogs are imported when they are asked for: a console that starts needs none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.message import Message

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.keys import Place, bindings
from dsql_tui.console.panes.grid_base import ResultChoices
from dsql_tui.console.panes.grid_take import ResultTake
from dsql_tui.results.progress import Outcome

FIT_ROWS = 1_000
"""Rows looked at when a column is fitted: those around the cursor."""
FIT_CELLS = 100_000
"""Cells looked at when many are; 1,600 columns of a thousand rows would take 1.8 s."""
FIT_WIDTH = 200

__all__ = ["ResultChoices", "ResultGrid", "ResultPane"]


class ResultPane(ResultTake):
    """A result grid with its status line and everything a person can do with a result."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.RESULTS)]

    # One cell, one row.

    @on(ResultGrid.CellOpened)
    def _cell_opened(self, opened: ResultGrid.CellOpened) -> None:
        from dsql_tui.console.dialogs.cell import CellDialog

        dialog = CellDialog(opened.row, opened.column, opened.value)
        self.app.push_screen(dialog, self._copy_text)

    def _copy_text(self, text: str | None) -> None:
        if text is not None:
            self._put(text, "the value")

    def action_show_record(self) -> None:
        """Show the cursor's row with a line for each column."""
        if self.grid.row_count:
            from dsql_tui.console.dialogs.record import RecordDialog

            self.app.push_screen(RecordDialog(self.grid))

    class MoreWanted(Message):
        """The person wants rows beyond the limit."""

    def action_more(self) -> None:
        """Fetch more of what the server has."""
        if self.progress.outcome is Outcome.PAUSED:
            self.post_message(self.MoreWanted())
        else:
            raise SkipAction

    # Columns.

    def action_resize_column(self, cells: int) -> None:
        """Make the cursor's column wider or narrower."""
        grid = self.grid
        if grid.columns.order:
            column = grid.columns.order[grid.cursor_place]
            grid.lay_out(lambda layout: layout.resize(column, layout.widths[column] + cells))

    def action_fit_column(self) -> None:
        """Make the cursor's column as wide as what is in it near the cursor."""
        if self.grid.columns.order:
            self._fit([self.grid.columns.order[self.grid.cursor_place]])

    def action_fit_columns(self) -> None:
        """Fit every shown column."""
        self._fit(self.grid.columns.order)

    def _fit(self, columns: list[int]) -> None:
        grid = self.grid
        reach = min(FIT_ROWS, FIT_CELLS // max(1, len(columns)))
        first = max(0, grid.cursor_row - reach // 2)
        near = range(first, min(first + reach, grid.row_count))
        rows = [grid.stored(row) for row in near]
        widths = {column: min(FIT_WIDTH, grid.painter.widest(column, rows)) for column in columns}
        for column, width in widths.items():
            grid.columns.resize(column, width)
        grid.lay_out(lambda _layout: None)

    def action_hide_column(self) -> None:
        """Take the cursor's column out of view."""
        if self.grid.columns.order:
            self.grid.lay_out(lambda layout: layout.hide(self.grid.cursor_place))

    def action_move_column(self, places: int) -> None:
        """Move the cursor's column left or right; the cursor stays on it."""
        grid = self.grid
        if grid.columns.order:
            place = grid.columns.move(grid.cursor_place, places)
            grid.lay_out(lambda _layout: None)
            grid.move_cursor(grid.cursor_row, place)

    def action_freeze(self) -> None:
        """Keep the columns up to the cursor's at the left; again to let them scroll."""
        count = self.grid.cursor_place + 1
        frozen = 0 if self.grid.columns.frozen_count == count else count
        self.grid.lay_out(lambda layout: layout.freeze(frozen))

    def action_pick_columns(self) -> None:
        """Choose which columns are shown."""
        from dsql_tui.console.dialogs.columns import ColumnsDialog

        grid = self.grid

        def show(picked: tuple[int, ...] | None) -> None:
            if picked:
                grid.lay_out(lambda layout: layout.show(picked))

        self.app.push_screen(ColumnsDialog(grid.store.columns, grid.columns.order), show)

    # How values are shown.

    def action_group_digits(self) -> None:
        """Write 1,000,000 or 1000000."""
        formats = self.grid.formats
        self.grid.show_formats(replace(formats, group_digits=not formats.group_digits))

    def action_turn_zone(self) -> None:
        """Show moments in the chosen zone, in UTC, or as the session sends them."""
        zones = dict.fromkeys([None, UTC, self.choices.formats.zone])
        order = list(zones)
        turned = order[(order.index(self.grid.formats.zone) + 1) % len(order)]
        self.grid.show_formats(replace(self.grid.formats, zone=turned))
        self.say(f"Moments in {turned}." if turned else "Moments as the session sends them.")
