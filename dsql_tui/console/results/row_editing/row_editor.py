"""Edits of one result: staged from keys in the grid, reviewed, and run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.row_editing.dialogs import BooleanDialog, ValueDialog
from dsql_tui.console.results.row_editing.field import CellField, FieldAnswer
from dsql_tui.console.results.row_editing.kept import KeptChanges, moved_rows
from dsql_tui.console.results.row_editing.overlay import StagedOverlay, row_keys, value_text
from dsql_tui.console.results.row_editing.service import ResultOrigin, RowService
from dsql_tui.console.results.row_editing.values import (
    has_empty_text,
    is_boolean,
    needs_dialog,
    needs_server,
    problem_of,
)
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import DsqlTuiError, InputError, StatementError
from dsql_tui.model.source_table import TableColumn
from dsql_tui.model.span import count
from dsql_tui.results.store import ResultStore
from dsql_tui.rows.editability import NO_ROW, Editability, EditableTable
from dsql_tui.rows.paste import fill, read_block
from dsql_tui.rows.saved import SavedChanges, saved_changes
from dsql_tui.rows.staged import (
    Added,
    ChangeStack,
    Deleted,
    Edited,
    NewKey,
    Row,
    Staged,
    Texts,
    Value,
)

NO_RESULT = "not a statement's own result"
NOT_SOLE = "columns of other tables too"
NO_DELETE = "no DELETE privilege"
MOVED = "row has other values now"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that can be edited.

    Attributes:
        row: The row of its table.
        column: The table's column.
        shown: The stored row as it is shown, empty for a new row.
        value: Its value, staged or stored.
    """

    row: Row
    column: TableColumn
    shown: Texts
    value: Value


class RowEditor:
    """Stages changes to the rows of one result.

    Args:
        grid: Shows the rows.
        field: The field over a cell.
        ui: Shows dialogs and notifications.
        changed: Called when the status line needs an update.

    Attributes:
        service: Reads and runs; `None` before the pane belongs to a tab.
        stack: The staged changes.
        editability: Which columns can be edited; `None` until it was read.
        refused: Why the server has refused a row's change, by row.
        kept: Changes of an earlier start that wait for their rows; `None` without any.
    """

    def __init__(
        self, grid: ResultGrid, field: CellField, ui: Ui, changed: Callable[[], object]
    ) -> None:
        self._grid = grid
        self._field = field
        self._ui = ui
        self._changed = changed
        self._reading = asyncio.Lock()
        self._overlay: StagedOverlay | None = None
        self._store = grid.store
        self._results = 0
        self.service: RowService | None = None
        self.origin: ResultOrigin | None = None
        self.stack = ChangeStack()
        self.editability: Editability | None = None
        self.refused: dict[Row, str] = {}
        self.kept: KeptChanges | None = None

    def begin(self, origin: ResultOrigin | None) -> None:
        """Start over for the result that the grid shows now.

        Args:
            origin: Where it comes from; `None` for what cannot be edited.
        """
        self._results += 1
        self._field.close()
        self._store, self.origin = self._grid.store, origin
        self.stack.forget()
        self.editability, self._overlay, self.refused = None, None, {}
        if self.service is not None:
            self.service.staged()

    def shown_again(self) -> None:
        """Show the changes over the rows again, if these rows are the result's."""
        if self.editability is not None and self._grid.store is self._store:
            self._lay_over()

    def use_rows(self, store: ResultStore) -> None:
        """Use the result's rows as they are after changes."""
        self._store = store
        self.shown_again()

    # Changes of an earlier start.

    def saved_changes(self) -> list[SavedChanges]:
        """Return the staged changes as they are saved with the tab."""
        editability, origin = self.editability, self.origin
        if not self.stack.now or editability is None or origin is None or origin.endpoint is None:
            return []
        tables, host = editability.tables.values(), origin.endpoint.host
        return saved_changes(self.stack.now, tables, host, origin.styles)

    async def take_up_kept(self) -> None:
        """Stage the changes of an earlier start that are to rows of this result."""
        kept, origin, results = self.kept, self.origin, self._results
        endpoint = origin.endpoint if origin else None
        if kept is None or origin is None or endpoint is None or not kept.are_of(endpoint.host):
            return
        if await self.obstacle() or self.editability is None:
            return
        before, tables = len(kept), self.editability.tables
        staged, left_out = kept.stage(self.stack.now, tables, endpoint.host, origin.styles)
        if len(kept) == before:
            return
        moved = await self._ui.call(partial(moved_rows, staged, tables, self._store), group="rows")
        if results != self._results:
            return
        self.refused.update(dict.fromkeys(moved, MOVED))
        self._stage(staged)
        words = [f"{count(before - len(kept) - left_out, 'change')} of an earlier start staged"]
        words += [f"{count(len(moved), 'row')} changed since"] if moved else []
        lost = f"{count(left_out, 'change')} not staged, because a column was dropped"
        words += [lost] if left_out else []
        self._ui.notify(f"{' · '.join(words)}. {with_keys('{rows.review}')} reviews them.")

    # What can be edited.

    async def obstacle(self) -> str:
        """Read what can be edited, once; return why nothing can, or an empty string."""
        service, origin, results = self.service, self.origin, self._results
        if service is None or origin is None or self._grid.store is not self._store:
            return NO_RESULT  # such as a comparison, or rows that a reference leads to
        if reason := service.obstacle(origin):
            return reason
        async with self._reading:
            if self.editability is None and results == self._results:
                try:
                    read = await service.editability(self._store.columns, origin)
                except DsqlTuiError as error:
                    return f"catalog not read: {error.message}"
                if results == self._results:
                    self.editability = read
                    self._lay_over()
                    self._changed()
        return "" if results == self._results else NO_RESULT

    def _lay_over(self) -> None:
        if self.editability is not None:
            shows_old = self._overlay.shows_old if self._overlay else False
            self._overlay = StagedOverlay(self._grid.store, self.editability, self.stack)
            self._overlay.shows_old = shows_old
            self._grid.show_overlay(self._overlay)

    async def _may(self, reason: Callable[[Editability], str]) -> Editability | None:
        """Return what can be edited, `None` with a notification why not."""
        why = await self.obstacle()
        if not why and self.editability is not None:
            why = reason(self.editability)
        if why or self.editability is None:
            self._ui.warn(f"Cannot edit: {why}.")
            return None
        return self.editability

    def _cell(self, line: int, place: int) -> Cell | str:
        """Return the cell of a displayed row and a column's number, or why it cannot be edited."""
        editability, grid = self.editability, self._grid
        if editability is None:
            return NO_RESULT
        if place not in editability.columns:
            return editability.reasons.get(place, NO_RESULT)
        oid, column = editability.columns[place]
        if line >= grid.row_count:
            row: Row = self._new_rows()[line - grid.row_count]
            change = self.stack.now.changes[row]
            value = change.values.get(column.number) if isinstance(change, Added) else None
            return Cell(row, column, {}, value)
        stored = grid.stored(line)
        key = row_keys(grid.store, stored, {oid: editability.tables[oid]}).get(oid)
        if key is None:
            return NO_ROW
        shown = self._texts(stored, editability.tables[oid])
        staged = self.stack.now.changes.get(key)
        if isinstance(staged, Deleted):
            return "row is to be deleted"
        values = staged.values if isinstance(staged, Edited) else {}
        return Cell(key, column, shown, values.get(column.number, shown[column.number]))

    def _texts(self, stored: int, table: EditableTable) -> Texts:
        return {
            number: self._grid.store.text(stored, place) for number, place in table.places.items()
        }

    def _new_rows(self) -> list[NewKey]:
        return self._overlay.new_rows if self._overlay else []

    # Editing cells.

    async def edit(self) -> None:
        """Edit the cell under the cursor; the value is set in all selected cells."""
        while True:
            step = await self._edit_one()
            if not step or not self._step(step):
                break
        if self._field.display:
            self._field.close()
            self._grid.focus()
        self._changed()

    def _step(self, step: int) -> bool:
        """Go to the next column that can be edited; return whether there is one."""
        grid, places = self._grid, self._grid.columns.order
        at = grid.cursor_place + step
        while 0 <= at < len(places):
            if isinstance(self._cell(grid.cursor_row, places[at]), Cell):
                grid.move_cursor(grid.cursor_row, at)
                return True
            at += step
        return False

    async def _edit_one(self) -> int:
        """Edit one cell; return which column is edited next, counted from this one."""
        grid = self._grid
        if not grid.columns.order or grid.cursor_row >= grid.line_count:
            return 0
        if await self._may(lambda _: "") is None:
            return 0
        cells = [self._cell(line, place) for line, place in self._selected()]
        if reason := next((cell for cell in cells if isinstance(cell, str)), ""):
            self._ui.warn(f"Cannot edit: {reason}.")
            return 0
        chosen = [cell for cell in cells if isinstance(cell, Cell)]
        results = self._results
        current = self._cell(grid.cursor_row, grid.columns.order[grid.cursor_place])
        if not isinstance(current, Cell):
            return 0
        entry = await self._entered(current)
        if entry is None or results != self._results:
            return 0
        staged = self.stack.now
        for cell in chosen:
            staged = staged.set_cell(cell.row, cell.column.number, entry.value, cell.shown)
            self.refused.pop(cell.row, None)
        self._stage(staged)
        return entry.step

    def _selected(self) -> list[tuple[int, int]]:
        """Return displayed rows and columns' numbers of the selected cells, or the cursor's."""
        grid, order = self._grid, self._grid.columns.order
        lines: Iterable[int] = grid.taken_rows if grid.selection else [grid.cursor_row]
        return [(line, order[place]) for line in lines for place in grid.taken_places]

    async def _entered(self, cell: Cell) -> FieldAnswer | None:
        """Ask for a value until it is one of the column's type, or nothing is to be changed."""
        value, problem = cell.value, ""
        as_dialog = needs_dialog(cell.column, cell.value)
        while True:
            entry = await self._asked(cell.column, value, problem, as_dialog=as_dialog)
            if entry is None or not isinstance(entry.value, str):
                return entry
            if entry.larger:
                value, as_dialog = entry.value, True
                continue
            problem = problem_of(cell.column, entry.value)
            if not problem:
                try:
                    return FieldAnswer(await self._checked(cell.column, entry.value), entry.step)
                except StatementError as error:
                    problem = error.message
            value = entry.value
            self._ui.warn(f"{cell.column.name}: {problem}")

    async def _asked(
        self, column: TableColumn, value: Value, problem: str, *, as_dialog: bool
    ) -> FieldAnswer | None:
        if is_boolean(column):
            return await self._ui.ask(BooleanDialog(column, value))
        if as_dialog:
            text = value if isinstance(value, str) else ""
            return await self._ui.ask(ValueDialog(column, text, problem))
        grid = self._grid
        region = grid.cell_region(grid.cursor_row, grid.cursor_place)
        return await self._field.ask(value, region, refused=bool(problem))

    async def _checked(self, column: TableColumn, text: str) -> str:
        """Return the text as it would be stored.

        Raises:
            StatementError: The type does not have the value.
        """
        if not needs_server(column) or self.service is None or self.origin is None:
            return text
        try:
            return await self.service.stored_text(column.type_name, text, self.origin.styles)
        except StatementError:
            raise
        except DsqlTuiError:
            return text  # it is checked when it is run

    def _stage(self, staged: Staged) -> None:
        if self.stack.stage(staged):
            self.show()

    def show(self) -> None:
        """Show the staged changes in the grid and in the tab."""
        if self._grid.store is self._store:
            self._grid.show_overlay(self._overlay)
        if self.service is not None:
            self.service.staged()
        self._changed()

    # Rows.

    async def _sole_table(self, privilege: Callable[[EditableTable], str]) -> EditableTable | None:
        """Return the table of which rows can be added and deleted, `None` with a notification."""

        def reason(editability: Editability) -> str:
            table = editability.sole_table
            if table is not None:
                return privilege(table)
            return (
                next(iter(editability.reasons.values()), "") if not editability.tables else NOT_SOLE
            )

        editability = await self._may(reason)
        return editability.sole_table if editability else None

    async def add(self) -> None:
        """Stage a new row, and go to it."""
        table = await self._sole_table(_insert_reason)
        if table is not None:
            self._add(table, {})

    async def duplicate(self) -> None:
        """Stage a new row with the values of the cursor's row.

        Columns of the key that have a default, and generated columns, are left to the server.
        """
        table = await self._sole_table(_insert_reason)
        grid = self._grid
        if table is None or grid.cursor_row >= grid.line_count:
            return
        if grid.cursor_row >= grid.row_count:
            change = self.stack.now.changes[self._new_rows()[grid.cursor_row - grid.row_count]]
            self._add(table, dict(change.values) if isinstance(change, Added) else {})
            return
        texts = self._texts(grid.stored(grid.cursor_row), table)
        filled = {column.number for column in table.key if column.default}
        filled |= {column.number for column in table.table.columns if column.is_computed}
        self._add(table, {n: text for n, text in texts.items() if n not in filled})

    def _add(self, table: EditableTable, values: dict[int, Value]) -> None:
        self._stage(self.stack.now.add(table.table.oid, values))
        self._grid.move_cursor(self._grid.line_count - 1, self._grid.cursor_place)

    async def delete(self) -> None:
        """Mark the selected rows for deletion, or remove the marks; new rows are removed."""
        table = await self._sole_table(lambda each: "" if each.table.may_delete else NO_DELETE)
        if table is None:
            return
        grid, staged = self._grid, self.stack.now
        lines: Sequence[int] = grid.taken_rows if grid.selection else [grid.cursor_row]
        for line in lines:
            if line >= grid.line_count:
                continue
            if line >= grid.row_count:
                staged = staged.without([self._new_rows()[line - grid.row_count]])
                continue
            stored = grid.stored(line)
            for key in row_keys(grid.store, stored, {table.table.oid: table}).values():
                staged = staged.toggle_deleted(key, self._texts(stored, table))
        self._stage(staged)

    def undo(self) -> None:
        """Undo the last edit."""
        self._undone(self.stack.undo(), "There is no edit to undo.")

    def redo(self) -> None:
        """Redo the edit that was undone last."""
        self._undone(self.stack.redo(), "There is no edit to redo.")

    def _undone(self, did: bool, otherwise: str) -> None:
        if did:
            self.show()
        else:
            self._ui.warn(otherwise)

    def toggle_old_values(self) -> None:
        """Show the stored values of changed cells too, or no longer."""
        if self._overlay is not None:
            self._overlay.shows_old = not self._overlay.shows_old
            self._grid.refresh()

    # Pasting.

    async def paste(self, text: str) -> None:
        """Stage a block of cells, from the cursor or the selection to the right and down."""
        try:
            block = read_block(text)
        except InputError as error:
            self._ui.warn(f"{error.message} {error.remedy}")
            return
        if not block:
            self._ui.warn("The clipboard is empty.")
            return
        if await self._may(lambda _: "") is not None:
            self._paste(block)

    def _paste(self, block: list[list[str]]) -> None:
        grid = self._grid
        line, place = grid.cursor_row, grid.cursor_place
        if grid.selection:
            line, place = grid.taken_rows.start, grid.taken_places.start
            block = fill(block, len(grid.taken_rows), len(grid.taken_places))
        staged, problem = self.stack.now, ""
        for down, texts in enumerate(block):
            for right, text in enumerate(texts):
                cell = self._target(line + down, place + right)
                if isinstance(cell, str):
                    problem = problem or cell
                    continue
                value: Value = text if text or has_empty_text(cell.column) else None
                problem = problem or (problem_of(cell.column, text) if text else "")
                staged = staged.set_cell(cell.row, cell.column.number, value, cell.shown)
        if problem:
            self._ui.warn(f"Nothing was pasted: {problem}")
        else:
            self._stage(staged)
            self._ui.notify(f"Staged {count(sum(map(len, block)), 'cell')}.")

    def _target(self, line: int, place: int) -> Cell | str:
        order = self._grid.columns.order
        if line >= self._grid.line_count or place >= len(order):
            return "the block is larger than the rows and columns from here. Add rows first."
        return self._cell(line, order[place])

    # The status line.

    def words(self) -> list[str]:
        """Return the numbers of changes, and what is to say about the cell under the cursor."""
        staged = self.stack.now
        words = [f"{staged.words()} · {with_keys('{rows.review}')} review"] if staged else []
        return [*words, *filter(None, (self._cell_words(),))]

    def _cell_words(self) -> str:
        grid, order = self._grid, self._grid.columns.order
        is_own = self.editability is not None and grid.store is self._store
        if not is_own or not order or grid.cursor_row >= grid.line_count:
            return ""
        cell = self._cell(grid.cursor_row, order[grid.cursor_place])
        if isinstance(cell, str):
            return f"read-only: {cell}"
        if refused := self.refused.get(cell.row):
            return f"refused: {refused}"
        stored = cell.shown.get(cell.column.number)
        is_changed = cell.shown and cell.value != stored
        return f"was {value_text(stored)[:60]}" if is_changed else ""


def _insert_reason(table: EditableTable) -> str:
    may = any(column.may_insert for column in table.table.columns)
    return "" if may else "no INSERT privilege"
