"""Staged changes that were kept when a console ended, and wait for their rows to be shown."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_tui.results.patched import rows_with
from dsql_tui.results.store import ResultStore
from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.saved import Restored, SavedChanges, fits, from_text, restored
from dsql_tui.rows.staged import Added, RowKey, Staged

DAMAGED = "The staged changes that were kept with this tab are damaged, and were left out."


class KeptChanges:
    """The changes of one tab that wait for the result of their statement.

    Attributes:
        sets: The changes, one set for each table.
        problem: Why they cannot be used, as a sentence, or empty.
    """

    def __init__(self) -> None:
        self.sets: tuple[SavedChanges, ...] = ()
        self.problem = ""

    def read(self, text: str) -> None:
        """Wait with the changes that were saved as a text."""
        sets = from_text(text)
        self.sets, self.problem = sets or (), DAMAGED if sets is None else ""

    def __len__(self) -> int:
        return sum(len(each.rows) for each in self.sets)

    def are_of(self, host: str) -> bool:
        """Whether there are changes to rows of this endpoint."""
        return any(each.host == host for each in self.sets)

    def stage(
        self,
        staged: Staged,
        tables: Mapping[int, EditableTable],
        host: str,
        styles: tuple[str, ...],
    ) -> Restored:
        """Stage those that fit the tables of a result; they wait no longer."""
        left_out, waiting = 0, list[SavedChanges]()
        for saved in self.sets:
            table = next(
                (each for each in tables.values() if fits(saved, each, host, styles)), None
            )
            if table is None:
                waiting.append(saved)
            else:
                staged, none = restored(staged, saved, table)
                left_out += none
        self.sets = tuple(waiting)
        return Restored(staged, left_out)


def moved_rows(
    staged: Staged, tables: Mapping[int, EditableTable], store: ResultStore
) -> list[RowKey]:
    """Return the changed rows of which the result shows other values than were changed."""
    moved: list[RowKey] = []
    for oid, table in tables.items():
        keys = {row.key: row for row in staged.changes if isinstance(row, RowKey)}
        wanted = [key for key, row in keys.items() if row.table == oid]
        for key, rows in rows_with(store, table.key_places(), wanted).items():
            change = staged.changes[keys[key]]
            if isinstance(change, Added) or not rows:
                continue
            places = {number: table.places.get(number) for number in change.shown}
            if any(
                store.text(rows[0], place) != change.shown[number]
                for number, place in places.items()
                if place is not None
            ):
                moved.append(keys[key])
    return moved
