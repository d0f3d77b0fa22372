"""The selected part of a result: the cell under the cursor, a range, or all rows shown."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.model.result import Column
from dsql_tui.model.span import count
from dsql_tui.results.find import Filter, Pattern
from dsql_tui.results.kinds import type_name


class Selected:
    """Reads the cursor and the selection of a grid.

    Args:
        grid: Has them.
    """

    def __init__(self, grid: ResultGrid) -> None:
        self._grid = grid

    @property
    def column(self) -> int | None:
        """Number of the cursor's column in the result; `None` without columns."""
        order = self._grid.columns.order
        return order[self._grid.cursor_place] if order else None

    @property
    def columns(self) -> list[int]:
        """Numbers of the columns that are selected, or of the cursor's."""
        return [self._grid.columns.order[place] for place in self._grid.taken_places]

    @property
    def text(self) -> str | None:
        """The value under the cursor; `None` is SQL NULL."""
        grid = self._grid
        return grid.store.text(grid.stored(grid.cursor_row), grid.columns.order[grid.cursor_place])

    def or_all(self) -> tuple[range, range]:
        """Return the rows and column positions that are selected, or all that are shown."""
        grid = self._grid
        if grid.selection:
            return grid.taken_rows, grid.taken_places
        return range(grid.row_count), range(len(grid.columns.order))

    def value_filter(self, *, inverted: bool) -> Filter | None:
        """Return a filter for the value under the cursor in its column."""
        column = self.column
        if column is None or self._grid.cursor_row >= self._grid.row_count:
            return None
        value = self.text
        return Filter(
            Pattern(value or ""),
            column,
            exact=value is not None,
            is_null=value is None,
            inverted=inverted,
        )

    def words(self) -> str:
        """Return the size of the selection as text, empty for none."""
        grid = self._grid
        if not grid.selection:
            return ""
        size = f"{len(grid.taken_rows):,} × {len(grid.taken_places):,}"
        return f"{grid.selection.extent} {size} selected"

    def cursor_words(self) -> str:
        """Describe the cell under the cursor; NULL and empty are distinguished."""
        grid, column = self._grid, self._grid.cursor_column
        if column is None or grid.cursor_row >= grid.row_count:
            return ""
        value = grid.store.value(
            grid.stored(grid.cursor_row), grid.columns.order[grid.cursor_place]
        )
        state = "NULL" if value is None else "" if value else "empty"
        return " ".join(filter(None, (column.name, type_name(column), state)))


def scope(rows: range, places: Sequence[int]) -> str:
    """Return a range of rows and columns as text."""
    return f"{count(len(rows), 'row')} × {count(len(places), 'column')}"


def columns_at(grid: ResultGrid, places: Sequence[int]) -> list[int]:
    """Return the numbers of the columns at some positions."""
    return [grid.columns.order[place] for place in places]


def name_of(column: Column | None) -> str:
    """Return a column's name, or an empty string."""
    return column.name if column else ""
