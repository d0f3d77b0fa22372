"""The selected cells: those between an anchor and the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Extent(StrEnum):
    """The kind of a selection; the value is shown in the status line."""

    CELLS = "cells"
    ROWS = "rows"
    COLUMNS = "columns"


@dataclass(frozen=True, slots=True)
class GridSelection:
    """An anchored selection; the cursor is its other end.

    Attributes:
        row: The anchor's row, as shown.
        place: The anchor's place among the shown columns.
        extent: Whole rows, whole columns, or the cells between.
    """

    row: int
    place: int
    extent: Extent = Extent.CELLS

    def rows(self, cursor_row: int, row_count: int) -> range:
        """Return the selected rows."""
        if self.extent is Extent.COLUMNS:
            return range(row_count)
        return range(min(self.row, cursor_row), min(max(self.row, cursor_row) + 1, row_count))

    def places(self, cursor_place: int, place_count: int) -> range:
        """Return the selected column positions."""
        if self.extent is Extent.ROWS:
            return range(place_count)
        last = min(max(self.place, cursor_place) + 1, place_count)
        return range(min(self.place, cursor_place), last)
