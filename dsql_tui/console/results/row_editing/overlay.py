"""Staged changes as the grid shows them over the stored rows."""

from __future__ import annotations

from collections.abc import Mapping

from dsql_tui.console.grid.painter import NULL_TEXT, Override
from dsql_tui.model.source_table import TableColumn
from dsql_tui.results.store import ResultStore
from dsql_tui.rows.editability import Editability, EditableTable
from dsql_tui.rows.staged import (
    Added,
    ChangeStack,
    Deleted,
    Edited,
    NewKey,
    Placeholder,
    RowKey,
    Value,
)

CHANGED, ADDED, DELETED = "~", "+", "-"
"""Marks in front of a row's number."""
BECOMES = "→"
EMPTY = "''"
CUT = 4_096
"""Characters of a value that are painted at most."""


def row_keys(
    store: ResultStore, row: int, tables: Mapping[int, EditableTable]
) -> dict[int, RowKey]:
    """Return the rows of tables that a row of the result shows, by the oid of the table.

    Where an outer join has found no row of a table, there is none.
    """
    keys: dict[int, RowKey] = {}
    for oid, table in tables.items():
        texts = [store.text(row, place) for place in table.key_places()]
        if None not in texts:
            keys[oid] = RowKey(oid, tuple(text or "" for text in texts))
    return keys


def value_text(value: Value) -> str:
    """Return a staged value as the grid shows it; NULL, DEFAULT and empty text are distinct."""
    if isinstance(value, Placeholder):
        return value.value
    if value is None:
        return NULL_TEXT
    return value[:CUT] or EMPTY


def placeholder(column: TableColumn) -> str:
    """Return what a column of a new row gets without a value."""
    if column.is_computed:
        return "(generated)"
    return f"({column.default or NULL_TEXT})"


class StagedOverlay:
    """Shows the staged changes of one result.

    Args:
        store: The stored rows.
        editability: Which rows of which tables the result shows.
        stack: The changes.

    Attributes:
        shows_old: Whether the stored values of changed cells are shown too.
    """

    def __init__(self, store: ResultStore, editability: Editability, stack: ChangeStack) -> None:
        self._store = store
        self._editability = editability
        self._stack = stack
        self._new: tuple[object, list[NewKey]] = (None, [])
        self.shows_old = False

    @property
    def new_rows(self) -> list[NewKey]:
        """The rows that are not stored yet, in the order in which they are shown."""
        staged = self._stack.now
        if self._new[0] is not staged:
            self._new = (staged, staged.new_rows())
        return self._new[1]

    @property
    def added(self) -> int:
        """How many rows are shown after the stored ones."""
        return len(self.new_rows)

    def of_row(self, row: int) -> tuple[str, Override] | None:
        """Return the mark and the texts of a stored row; `None` if it is shown as it is stored."""
        changes = self._stack.now.changes
        if not changes:
            return None
        mark, override = "", dict[int, tuple[str, str]]()
        for oid, key in row_keys(self._store, row, self._editability.tables).items():
            change = changes.get(key)
            places = self._editability.tables[oid].places
            if isinstance(change, Deleted):
                mark = DELETED
                override |= {
                    place: (self._stored(row, place), "deleted") for place in places.values()
                }
            elif isinstance(change, Edited):
                mark = mark or CHANGED
                override |= {
                    places[number]: (self._becomes(change, number, value), "edited")
                    for number, value in change.values.items()
                }
        return (mark, override) if mark else None

    def _stored(self, row: int, place: int) -> str:
        return value_text(self._store.text(row, place))

    def _becomes(self, change: Edited, number: int, value: Value) -> str:
        old = f"{value_text(change.shown.get(number))} " if self.shows_old else ""
        return f"{old}{BECOMES} {value_text(value)}"

    def of_added(self, number: int) -> tuple[str, Override]:
        """Return the mark and the texts of a row that is not stored, numbered from 0."""
        row = self.new_rows[number]
        change = self._stack.now.changes[row]
        table = self._editability.tables[row.table]
        given = change.values if isinstance(change, Added) else {}
        override: dict[int, tuple[str, str]] = {}
        for column in table.shown():
            is_given = column.number in given
            text = value_text(given[column.number]) if is_given else placeholder(column)
            override[table.places[column.number]] = (text, "added" if is_given else "null")
        return ADDED, override
