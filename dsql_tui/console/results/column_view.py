"""Column visibility, width and order, and the formatting of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_work import Say
from dsql_tui.console.results.selected import Selected
from dsql_tui.console.shared.ui import Ui

FIT_ROWS = 1_000
"""Rows examined when a column is fitted, around the cursor."""
FIT_CELLS = 100_000
"""Cells examined when many columns are fitted; 1,600 columns of 1,000 rows would take 1.8 s."""
FIT_WIDTH = 200


class ColumnView:
    """Arranges the columns of a grid.

    Args:
        grid: Shows them.
        selected: The column under the cursor.
        choices: The time zone that was chosen.
        ui: Shows the dialog of columns.
        say: Reports how values are shown.
    """

    def __init__(
        self, grid: ResultGrid, selected: Selected, choices: ResultChoices, ui: Ui, say: Say
    ) -> None:
        self._grid = grid
        self._selected = selected
        self._choices = choices
        self._ui = ui
        self._say = say

    def resize(self, cells: int) -> None:
        """Make the cursor's column wider or narrower."""
        column = self._selected.column
        if column is not None:
            self._grid.lay_out(lambda layout: layout.resize(column, layout.widths[column] + cells))

    def fit(self) -> None:
        """Fit the cursor's column to its values near the cursor."""
        column = self._selected.column
        if column is not None:
            self._fit([column])

    def fit_all(self) -> None:
        """Fit every shown column."""
        self._fit(self._grid.columns.order)

    def _fit(self, columns: list[int]) -> None:
        grid = self._grid
        reach = min(FIT_ROWS, FIT_CELLS // max(1, len(columns)))
        first = max(0, grid.cursor_row - reach // 2)
        near = range(first, min(first + reach, grid.row_count))
        rows = [grid.stored(row) for row in near]
        widths = {column: min(FIT_WIDTH, grid.painter.widest(column, rows)) for column in columns}
        for column, width in widths.items():
            grid.columns.resize(column, width)
        grid.lay_out(lambda _layout: None)

    def hide(self) -> None:
        """Hide the cursor's column."""
        if self._grid.columns.order:
            self._grid.lay_out(lambda layout: layout.hide(self._grid.cursor_place))

    def move(self, places: int) -> None:
        """Move the cursor's column left or right; the cursor stays on it."""
        grid = self._grid
        if grid.columns.order:
            place = grid.columns.move(grid.cursor_place, places)
            grid.lay_out(lambda _layout: None)
            grid.move_cursor(grid.cursor_row, place)

    def freeze(self) -> None:
        """Freeze the columns up to the cursor's, or unfreeze them."""
        count = self._grid.cursor_place + 1
        frozen = 0 if self._grid.columns.frozen_count == count else count
        self._grid.lay_out(lambda layout: layout.freeze(frozen))

    async def pick(self) -> None:
        """Choose which columns are shown."""
        from dsql_tui.console.results.dialogs.columns import ColumnsDialog

        grid = self._grid
        picked = await self._ui.ask(ColumnsDialog(grid.store.columns, grid.columns.order))
        if picked:
            grid.lay_out(lambda layout: layout.show(picked))

    def group_digits(self) -> None:
        """Toggle thousands separators."""
        formats = self._grid.formats
        self._grid.show_formats(replace(formats, group_digits=not formats.group_digits))

    def toggle_invisible(self) -> None:
        """Toggle marks for invisible characters."""
        formats = self._grid.formats
        self._grid.show_formats(replace(formats, invisible=not formats.invisible))

    def turn_zone(self) -> None:
        """Show timestamps in local time, in UTC, or as the session sends them."""
        order = list(dict.fromkeys([None, UTC, self._choices.formats.zone]))
        turned = order[(order.index(self._grid.formats.zone) + 1) % len(order)]
        self._grid.show_formats(replace(self._grid.formats, zone=turned))
        self._say(f"Timestamps in {turned}." if turned else "Timestamps as sent by the server.")
