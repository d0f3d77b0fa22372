"""Reviews the staged changes of a result, runs them, and shows what is stored then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.arrange import Arranger
from dsql_tui.console.results.result_work import ResultWork
from dsql_tui.console.results.row_editing.dialogs import RowDiffersDialog
from dsql_tui.console.results.row_editing.review import (
    ReviewAnswer,
    ReviewChangesDialog,
    script_of,
)
from dsql_tui.console.results.row_editing.row_editor import RowEditor
from dsql_tui.console.results.row_editing.service import RunPlace
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import DsqlTuiError, OccConflict, SessionLost
from dsql_tui.model.span import count
from dsql_tui.results.patched import Cells, patched, rows_with
from dsql_tui.results.store import ResultStore
from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.run import ChangesOutcome, ChangesRan, RowDiffers, StatementRefused, Texts
from dsql_tui.rows.staged import Deleted, Edited, NewKey, Row, RowKey
from dsql_tui.rows.statements import RowStatement, batches, statements_of

KEPT = "The changes are still staged."


class ChangeRunner:
    """Runs the staged changes of a result.

    Args:
        editor: Has the changes.
        grid: Shows the rows.
        arranger: Sorts and filters the rows again when they have changed.
        work: Finds the changed rows in a worker.
        ui: Shows dialogs and notifications.
        renewed: Called when the rows have changed.
    """

    def __init__(
        self,
        editor: RowEditor,
        grid: ResultGrid,
        arranger: Arranger,
        work: ResultWork,
        ui: Ui,
        renewed: Callable[[], object],
    ) -> None:
        self._editor = editor
        self._grid = grid
        self._arranger = arranger
        self._work = work
        self._ui = ui
        self._renewed = renewed

    @property
    def _tables(self) -> Mapping[int, EditableTable]:
        editability = self._editor.editability
        return editability.tables if editability else {}

    async def review(self) -> None:
        """Show the statements, and do what is chosen with them."""
        editor = self._editor
        if not editor.stack.now:
            self._ui.warn("There are no staged changes.")
            return
        if reason := await editor.obstacle():
            self._ui.warn(f"Cannot run the changes: {reason}. {KEPT}")
            return
        service, origin = editor.service, editor.origin
        place = service.place(origin) if service and origin else None
        if service is None or place is None:
            return
        statements = statements_of(editor.stack.now.changes, self._tables)
        divided = [statements] if place.in_transaction else batches(statements)
        answer = await self._ui.ask(ReviewChangesDialog(self._heading(statements), divided, place))
        if answer is ReviewAnswer.EDITOR:
            service.insert(script_of(statements))
        elif answer is ReviewAnswer.RUN:
            await self._run(divided, place)

    def _heading(self, statements: Sequence[RowStatement]) -> str:
        oids = dict.fromkeys(statement.row.table for statement in statements)
        names = (f"{self._tables[oid].table.schema}.{self._tables[oid].table.name}" for oid in oids)
        return f"Review {count(len(statements), 'change')} to {', '.join(names)}"

    async def _run(self, divided: Sequence[Sequence[RowStatement]], place: RunPlace) -> None:
        """Run one transaction after another; stop at the first that does not succeed."""
        ran = 0
        for number, statements in enumerate(divided):
            outcome = await self._outcome(statements)
            if not isinstance(outcome, ChangesRan):
                before = f"{number:,} of {len(divided):,} transactions are committed. "
                await self._failed(outcome, before if number else "", place)
                return
            ran += len(statements)
            await self._show(statements, outcome.returned)
        how = "in the open transaction, not committed yet" if place.in_transaction else "committed"
        self._ui.notify(f"{count(ran, 'row')} changed, {how}.")

    async def _outcome(self, statements: Sequence[RowStatement]) -> ChangesOutcome | None:
        service, origin = self._editor.service, self._editor.origin
        if service is None or origin is None:
            return None
        return await service.run(statements, self._tables, origin)

    # What did not succeed.

    async def _failed(self, outcome: ChangesOutcome | None, before: str, place: RunPlace) -> None:
        match outcome:
            case RowDiffers():
                await self._differs(outcome, before)
            case StatementRefused(statement, error):
                await self._refused(statement, error, before, place)

    async def _refused(
        self,
        statement: RowStatement | None,
        error: DsqlTuiError,
        before: str,
        place: RunPlace,
    ) -> None:
        if statement is not None and not isinstance(error, SessionLost):
            self._editor.refused[statement.row] = error.message
            await self._go_to(statement.row)
        outcome = "All were rolled back."
        if isinstance(error, SessionLost) and error.outcome_unknown:
            outcome = "They may or may not be committed; see Messages."
        elif isinstance(error, OccConflict):
            outcome = "All were rolled back; other transactions kept changing these rows."
        elif place.in_transaction:
            outcome = "The open transaction has failed: roll it back."
        self._editor.show()
        remedy = "" if isinstance(error, SessionLost) else error.remedy
        reason = f"{error.message.rstrip('.')}."
        words = " ".join(filter(None, (reason, remedy, before + outcome, KEPT)))
        self._ui.notify(words, severity="error")

    async def _differs(self, outcome: RowDiffers, before: str) -> None:
        """Show the row beside what was expected; reload it and keep the edit when wanted."""
        row, editor = outcome.statement.row, self._editor
        if not isinstance(row, RowKey):
            return
        table = self._tables[row.table]
        change = editor.stack.now.changes.get(row)
        shown = change.shown if isinstance(change, Edited | Deleted) else {}
        rolled_back = (
            "The open transaction was rolled back with it. " if outcome.rolled_back else ""
        )
        note = f"{before}{rolled_back}Nothing was changed. {KEPT}"
        now = outcome.now or [None] * len(table.shown())
        # Of a change from an earlier start, only the changed values are known.
        expected = [
            shown.get(column.number, text) for column, text in zip(table.shown(), now, strict=True)
        ]
        await self._go_to(row)
        dialog = RowDiffersDialog(table.shown(), expected, outcome.now, note)
        if not await self._ui.ask(dialog):
            return
        editor.refused.pop(row, None)
        if outcome.now is None:
            editor.stack.stage(editor.stack.now.without([row]))
            editor.show()
            return
        texts = dict(zip((c.number for c in table.shown()), outcome.now, strict=True))
        editor.stack.stage(editor.stack.now.reloaded(row, texts))
        await self._replace({row: outcome.now}, {row: tuple(texts)})

    async def _go_to(self, row: Row) -> None:
        """Move the cursor to a row that is to be changed, if it is shown."""
        grid = self._grid
        if isinstance(row, NewKey):
            new = self._editor.stack.now.new_rows()
            grid.move_cursor(grid.row_count + new.index(row), grid.cursor_place)
            return
        store, places = grid.store, self._tables[row.table].key_places()
        found = await self._work.run(
            "Finding the row", lambda _work: rows_with(store, places, [row.key])
        )
        for stored in (found or {}).get(row.key, ()):
            if grid.order is None or stored in grid.order:
                line = stored if grid.order is None else grid.order.index(stored)
                grid.move_cursor(line, grid.cursor_place)
                return

    # What did.

    async def _show(
        self, statements: Sequence[RowStatement], returned: Mapping[Row, Texts | None]
    ) -> None:
        """Show what is stored now, and forget the changes that ran."""
        stack = self._editor.stack
        stack.forget(stack.now.without(returned))
        self._editor.refused.clear()
        await self._replace(returned, {each.row: each.returning for each in statements})

    async def _replace(
        self, returned: Mapping[Row, Texts | None], numbers: Mapping[Row, tuple[int, ...]]
    ) -> None:
        """Show rows as they are stored now, wherever the result has them."""
        grid, tables = self._grid, self._tables
        store = grid.store
        after = await self._work.run(
            "Updating rows", lambda _work: _replaced(store, tables, returned, numbers)
        )
        if after is None or grid.store is not store:
            self._ui.warn("Run the query again to see the changed rows.")
            return
        grid.replace_rows(after)
        self._editor.use_rows(after)
        self._arranger.take_in_other_rows()
        self._editor.show()
        self._renewed()


def _replaced(
    store: ResultStore,
    tables: Mapping[int, EditableTable],
    returned: Mapping[Row, Texts | None],
    numbers: Mapping[Row, tuple[int, ...]],
) -> ResultStore:
    """Return a store with the rows as their statements returned them."""
    changed: dict[int, dict[int, str | None]] = {}
    deleted: list[int] = []
    added: list[tuple[str | None, ...]] = []
    for oid, table in tables.items():
        keys = {row.key: row for row in returned if isinstance(row, RowKey) and row.table == oid}
        for key, rows in rows_with(store, table.key_places(), keys).items():
            texts = returned[keys[key]]
            if texts is None:
                deleted += rows
                continue
            cells = _cells(table, numbers[keys[key]], texts)
            for row in rows:
                changed.setdefault(row, {}).update(cells)
    for new, texts in returned.items():
        if isinstance(new, NewKey) and texts is not None:
            cells = _cells(tables[new.table], numbers[new], texts)
            added.append(tuple(cells.get(place) for place in range(len(store.columns))))
    return patched(store, changed, deleted, added)


def _cells(table: EditableTable, numbers: Sequence[int], texts: Texts) -> Cells:
    return {table.places[number]: text for number, text in zip(numbers, texts, strict=True)}
