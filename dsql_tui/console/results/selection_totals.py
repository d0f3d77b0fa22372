"""Count, sum, average, minimum and maximum of the selected cells, for the status line."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.selected import columns_at
from dsql_tui.console.shared.ui import Stoppable, Ui
from dsql_tui.results.store import ResultStore
from dsql_tui.results.taking import columns_taken, take
from dsql_tui.results.totals import Totals, totals_of
from dsql_tui.results.work import Work

AT_ONCE_CELLS = 500
"""Up to this many cells are totaled at every key, which takes about a millisecond."""
DELAY_S = 0.15
"""How long a larger selection must stay as it is before its cells are added up in a thread."""
_TEXT_MAX = 40


class _Cells(NamedTuple):
    """The selection: rows as stored, and the numbers of the columns."""

    store: ResultStore
    rows: tuple[int, ...] | range
    columns: tuple[int, ...]


class SelectionTotals:
    """Computes the totals of the selection while it changes.

    Args:
        grid: Has the selection.
        ui: Runs the computation of large selections.
        changed: Called when totals have arrived.
    """

    def __init__(self, grid: ResultGrid, ui: Ui, changed: Callable[[], object]) -> None:
        self._grid, self._ui, self._changed = grid, ui, changed
        self._key: object = None
        self._totals: Totals | None = None
        self._work = Work()
        self._timer: Stoppable | None = None

    def update(self) -> None:
        """Recompute the totals after the selection may have changed."""
        key = self._selection_key()
        if key == self._key:
            return
        self._forget()
        self._key = key
        grid = self._grid
        cell_count = len(grid.taken_rows) * len(grid.taken_places) if key else 0
        if 1 < cell_count <= AT_ONCE_CELLS:
            self._totals = _totals(self._cells(), self._work)
        elif cell_count > AT_ONCE_CELLS:
            self._timer = self._ui.after(DELAY_S, self._begin)

    def words(self) -> str:
        """Return the totals as text; empty without a selection, and until they are there."""
        totals = self._totals
        if totals is None or self._selection_key() != self._key:
            return ""
        parts = {
            "count": f"{totals.value_count:,}",
            "NULL": f"{totals.null_count:,}" if totals.null_count else None,
            "sum": totals.total,
            "average": totals.average,
            "min": totals.minimum,
            "max": totals.maximum,
        }
        return " · ".join(
            f"{name} {_cut(text)}" for name, text in parts.items() if text is not None
        )

    def _selection_key(self) -> object:
        grid = self._grid
        if not grid.selection:
            return None
        places = [grid.columns.order[place] for place in grid.taken_places]
        return id(grid.store), id(grid.order), grid.taken_rows, tuple(places)

    def _cells(self) -> _Cells:
        grid = self._grid
        rows = grid.taken_rows
        stored = rows if grid.order is None else tuple(grid.stored(row) for row in rows)
        return _Cells(grid.store, stored, tuple(columns_at(grid, grid.taken_places)))

    def _forget(self) -> None:
        self._work.cancel()
        self._work = Work()
        self._totals = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _begin(self) -> None:
        self._ui.start(self._compute())

    async def _compute(self) -> None:
        if self._selection_key() != self._key:
            return
        work, cells = self._work, self._cells()
        totals = await self._ui.call(lambda: _totals(cells, work), group="totals")
        if not work.cancelled:
            self._totals = totals
            self._changed()


def _totals(cells: _Cells, work: Work) -> Totals | None:
    columns = columns_taken(cells.store, cells.columns)
    return totals_of(columns, take(cells.store, cells.rows, cells.columns), work)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[: _TEXT_MAX - 1]}…"
