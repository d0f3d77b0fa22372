"""Opens the row that a cell refers to, and the rows that refer to a cell's row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dsql_tui.console.inspector.browser import Browser
from dsql_tui.console.inspector.choice import ChoiceDialog, ListedChoice
from dsql_tui.console.inspector.workers import count_within, inspect_relation, read_names
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import DsqlTuiError, InputError
from dsql_tui.model.inspection import Inspection
from dsql_tui.model.result import Column
from dsql_tui.model.span import count
from dsql_tui.results.progress import FetchOutcome
from dsql_tui.results.work import Work
from dsql_tui.sql.browsing.following import (
    ReferenceTarget,
    referenced_rows,
    referring_rows,
    rows_by_name,
    short_name,
)
from dsql_tui.sql.browsing.row_query import RowQuery, equals

COUNTED_MAX = 1_000
"""Referring rows are counted up to this number; further ones are `1,000+`."""


class Following:
    """Follows references from the cell under a result's cursor.

    Args:
        ui: Shows dialogs and runs workers.
        pair: Returns the sessions of the result, or `None` where there are none.
    """

    def __init__(self, ui: Ui, pair: Callable[[], SessionPair | None]) -> None:
        self._ui = ui
        self._pair = pair

    async def follow(self, pane: ResultPane, *, referring: bool) -> None:
        """Open the referenced row, or choose among the tables whose rows refer to this row."""
        pair = self._pair()
        if pair is None:
            self._ui.warn("There is no session to read the rows with.")
        elif pane.progress.outcome is FetchOutcome.RUNNING:
            self._ui.warn("Rows are still arriving. Follow when the result is complete.")
        else:
            steps = self._show_referring if referring else self._show_referenced
            try:
                await steps(pane, pair)
            except DsqlTuiError as error:
                self._ui.warn(f"{error.message} {error.remedy}".strip())

    async def _show_referenced(self, pane: ResultPane, pair: SessionPair) -> None:
        cell = _Cell(pane)
        inspection = await self._relation_of(cell, pair)
        targets = []
        if inspection is not None:
            targets = referenced_rows(inspection.references, cell.columns, cell.row, cell.at)
        if not targets:
            names = await self._ui.call(partial(read_names, pair), group="catalog")
            own = inspection.name if inspection else None
            targets = rows_by_name(names, cell.column, cell.row[cell.at], own)
        if not targets:
            raise InputError(
                f"No foreign key starts at {cell.column.name or 'this column'}.",
                remedy="Rows that refer to this row may exist.",
            )
        if (chosen := await self._chosen(targets)) is not None:
            await self._open(pane, pair, chosen, here=_name(inspection))

    async def _show_referring(self, pane: ResultPane, pair: SessionPair) -> None:
        cell = _Cell(pane)
        inspection = await self._relation_of(cell, pair)
        if inspection is None:
            raise InputError(f"{cell.column.name or 'This column'} is not a column of a table.")
        if not inspection.referred_by:
            raise InputError(f"No foreign key refers to {short_name(inspection.name)}.")
        targets = referring_rows(inspection.referred_by, cell.columns, cell.row, cell.at)
        choices = [ListedChoice(_described(target), "counting…") for target in targets]
        heading = f"Rows that refer to {_name(inspection)} {', '.join(targets[0].values)}"
        dialog = ChoiceDialog(heading, choices, verb="Open rows")
        counting = _Counting(self._ui, pair, dialog.change)
        self._ui.start(counting.run(targets))
        number = await self._ui.ask(dialog)
        counting.stop()
        if number is not None:
            await self._open(pane, pair, targets[number], here=_name(inspection))

    async def _relation_of(self, cell: _Cell, pair: SessionPair) -> Inspection | None:
        """Return the relation that the cell's column comes from; `None` for an expression."""
        if not cell.column.relation_oid:
            return None
        read = partial(inspect_relation, pair, cell.column.relation_oid)
        return await self._ui.call(read, group="catalog")

    async def _chosen(self, targets: list[ReferenceTarget]) -> ReferenceTarget | None:
        if len(targets) == 1 and targets[0].why != "same column name":
            return targets[0]
        choices = [ListedChoice(target.label, target.why) for target in targets]
        number = await self._ui.ask(ChoiceDialog("Follow to", choices, verb="Open rows"))
        return None if number is None else targets[number]

    async def _open(
        self, pane: ResultPane, pair: SessionPair, target: ReferenceTarget, *, here: str
    ) -> None:
        read = partial(inspect_relation, pair, target.relation)
        inspection = await self._ui.call(read, group="catalog")
        browser = Browser(pane, pair, inspection, equals(target.columns, target.values))
        if await browser.open(here=here, there=target.label):
            pane.grid.focus()


class _Counting:
    """Counts the rows of targets, one after the other, until it is stopped.

    Args:
        ui: Runs the worker.
        pair: The sessions; rows are counted on the catalog session.
        show: Gets the number of each target and its count in words.
    """

    def __init__(self, ui: Ui, pair: SessionPair, show: Callable[[int, str], object]) -> None:
        self._ui = ui
        self._pair = pair
        self._show = show
        self._work = Work()
        self._stopped = False

    async def run(self, targets: list[ReferenceTarget]) -> None:
        """Count, each for at most some seconds."""
        for number, target in enumerate(targets):
            self._work = Work()
            count_them = partial(count_within, self._pair, _count_statement(target), self._work)
            try:
                rows = await self._ui.call(count_them, group="catalog")
                words = "takes too long to count" if rows is None else _counted(rows)
            except DsqlTuiError as error:
                words = error.message
            if self._stopped:
                return
            self._show(number, words)

    def stop(self) -> None:
        """Stop counting; the session is needed for what was chosen."""
        self._stopped = True
        self._work.cancel()


class _Cell:
    """The cell under the cursor and its row."""

    def __init__(self, pane: ResultPane) -> None:
        grid = pane.grid
        self.columns = grid.store.columns
        self.at = grid.columns.order[grid.cursor_place]
        row = grid.stored(grid.cursor_row)
        self.row = [grid.store.text(row, place) for place in range(len(self.columns))]

    @property
    def column(self) -> Column:
        """The cell's column."""
        return self.columns[self.at]


def _name(inspection: Inspection | None) -> str:
    return short_name(inspection.name) if inspection else "result"


def _described(target: ReferenceTarget) -> str:
    return f"{short_name(target.relation)} ({', '.join(target.columns)})"


def _counted(rows: int) -> str:
    return f"{COUNTED_MAX:,}+ rows" if rows > COUNTED_MAX else count(rows, "row")


def _count_statement(target: ReferenceTarget) -> str:
    rows = RowQuery(target.relation, target.columns[:1]).where(
        *equals(target.columns, target.values)
    )
    return f"SELECT count(*)\nFROM ({rows.page(COUNTED_MAX + 1)}) AS counted"
