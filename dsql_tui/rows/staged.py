"""Changes to rows that are staged and not run: a value that each edit replaces by another one.

Rows are identified by the text of their key, not by their position, so that changes stay with their
rows when a result is sorted, filtered or read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

UNDO_STEPS = 100
"""Edits that can be undone; each keeps a reference for every staged row."""


class Placeholder(Enum):
    """A value that the server fills in."""

    DEFAULT = "DEFAULT"


DEFAULT = Placeholder.DEFAULT
Value = str | None | Placeholder
"""The text of a value, `None` for NULL, or `DEFAULT`; empty text is not NULL."""
Texts = Mapping[int, str | None]
"""Texts of a row by attribute number; `None` is NULL."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """A stored row.

    Attributes:
        table: `pg_class.oid` of its table.
        key: The texts of its key's columns.
    """

    table: int
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A row that is not stored yet; `number` counts the rows added to a result, from 1."""

    table: int
    number: int


Row = RowKey | NewKey


@dataclass(frozen=True, slots=True)
class Edited:
    """New values of a stored row.

    Attributes:
        values: By attribute number.
        shown: The row as it was shown when its first value was changed.
    """

    values: Mapping[int, Value]
    shown: Texts


@dataclass(frozen=True, slots=True)
class Deleted:
    """A stored row to delete, as it was shown."""

    shown: Texts


@dataclass(frozen=True, slots=True)
class Added:
    """A new row; columns without a value get their default."""

    values: Mapping[int, Value]


Change = Edited | Deleted | Added


@dataclass(frozen=True, slots=True)
class Staged:
    """Changes by row, in the order in which the rows were first changed."""

    changes: Mapping[Row, Change] = field(default_factory=lambda: MappingProxyType({}))
    added: int = 0
    """How many rows were added so far, for the numbers of further ones."""

    def __len__(self) -> int:
        return len(self.changes)

    def of(self, kind: type[Change]) -> int:
        """Return how many changes are of a kind."""
        return sum(isinstance(change, kind) for change in self.changes.values())

    def words(self) -> str:
        """Return the numbers of changed, added and deleted rows, as `2 changed, 1 to delete`."""
        counts = (
            (self.of(Edited), "changed"),
            (self.of(Added), "added"),
            (self.of(Deleted), "to delete"),
        )
        return ", ".join(f"{count:,} {word}" for count, word in counts if count)

    def set_cell(self, row: Row, number: int, value: Value, shown: Texts) -> Staged:
        """Return the changes with a new value; one that is the stored value is no change.

        Args:
            row: The row.
            number: The column's attribute number.
            value: Its new value.
            shown: The stored row as it is shown; not used for a new row.
        """
        before = self.changes.get(row)
        if isinstance(before, Deleted):
            return self
        if isinstance(row, NewKey):
            values = before.values if isinstance(before, Added) else {}
            return self.with_change(row, Added({**values, number: value}))
        first = before if isinstance(before, Edited) else Edited({}, dict(shown))
        values = {**first.values, number: value}
        if number in first.shown and value == first.shown[number]:
            del values[number]
        return self.with_change(row, replace(first, values=values) if values else None)

    def revert_cell(self, row: Row, number: int) -> Staged:
        """Return the changes without the one of a cell."""
        before = self.changes.get(row)
        if isinstance(before, Deleted | None) or number not in before.values:
            return self
        values = {each: value for each, value in before.values.items() if each != number}
        keeps = bool(values) or isinstance(before, Added)
        return self.with_change(row, replace(before, values=values) if keeps else None)

    def toggle_deleted(self, row: RowKey, shown: Texts) -> Staged:
        """Return the changes with a stored row marked for deletion, or without that mark."""
        if isinstance(self.changes.get(row), Deleted):
            return self.with_change(row, None)
        return self.with_change(row, Deleted(dict(shown)))

    def add(self, table: int, values: Mapping[int, Value]) -> Staged:
        """Return the changes with a new row."""
        row = NewKey(table, self.added + 1)
        return replace(self.with_change(row, Added(dict(values))), added=self.added + 1)

    def without(self, rows: Iterable[Row]) -> Staged:
        """Return the changes without those of some rows."""
        gone = set(rows)
        kept = {row: change for row, change in self.changes.items() if row not in gone}
        return replace(self, changes=MappingProxyType(kept))

    def reloaded(self, row: RowKey, shown: Texts) -> Staged:
        """Return the changes with a row as it is stored now; the edits of it stay."""
        before = self.changes.get(row)
        if isinstance(before, Edited):
            values = {
                number: value
                for number, value in before.values.items()
                if number not in shown or value != shown[number]
            }
            return self.with_change(row, Edited(values, dict(shown)) if values else None)
        return self.with_change(row, Deleted(dict(shown))) if isinstance(before, Deleted) else self

    def new_rows(self) -> list[NewKey]:
        """Return the rows that are not stored yet, in the order in which they were added."""
        return [row for row in self.changes if isinstance(row, NewKey)]

    def with_change(self, row: Row, change: Change | None) -> Staged:
        """Return the changes with another one of a row; `None` removes it."""
        changes = dict(self.changes)
        if change is None:
            changes.pop(row, None)
        else:
            changes[row] = change
        return replace(self, changes=MappingProxyType(changes))


class ChangeStack:
    """The staged changes of one result, with undo and redo.

    Attributes:
        now: The changes.
    """

    def __init__(self, staged: Staged | None = None) -> None:
        self.now = staged or Staged()
        self._undone: list[Staged] = []
        self._done: list[Staged] = []

    def stage(self, staged: Staged) -> bool:
        """Replace the changes by others; return whether they differ."""
        if staged == self.now:
            return False
        self._done = [*self._done, self.now][-UNDO_STEPS:]
        self._undone = []
        self.now = staged
        return True

    def undo(self) -> bool:
        """Undo the last edit; return whether there was one."""
        return self._step(self._done, self._undone)

    def redo(self) -> bool:
        """Redo the edit that was undone last; return whether there was one."""
        return self._step(self._undone, self._done)

    def _step(self, taken: list[Staged], put: list[Staged]) -> bool:
        if not taken:
            return False
        put.append(self.now)
        self.now = taken.pop()
        return True

    def forget(self, staged: Staged | None = None) -> None:
        """Start over: what has run cannot be undone."""
        self.now = staged or Staged()
        self._done, self._undone = [], []
