"""Staged changes as JSON, kept with the text of a tab until they are run or discarded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.staged import (
    DEFAULT,
    Added,
    Change,
    Deleted,
    Edited,
    NewKey,
    Placeholder,
    Row,
    RowKey,
    Staged,
    Texts,
    Value,
)

SIZE_MAX_CHARACTERS = 32 * 1024 * 1024
"""More is not kept; a transaction of DSQL takes 10 MiB."""
_DEFAULT = {"default": True}
"""JSON strings are texts and `null` is NULL."""


@dataclass(frozen=True, slots=True)
class SavedChanges:
    """The changes of one table, with names in place of numbers.

    Attributes:
        host: Host of the endpoint that the result came from.
        schema: Schema of the table, unquoted.
        table: Name of the table, unquoted.
        key: The names of the columns that identify its rows.
        styles: The settings that its values are written with; see `Described`.
        rows: One object for each change: `key` of a stored row, its new `values`, and the changed
            values of a changed or all values of a deleted row as they were `shown`.
    """

    host: str
    schema: str
    table: str
    key: tuple[str, ...]
    styles: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


def saved_changes(
    staged: Staged, tables: Iterable[EditableTable], host: str, styles: tuple[str, ...]
) -> list[SavedChanges]:
    """Return staged changes by table; only what was changed, never the result."""
    sets: list[SavedChanges] = []
    for table in tables:
        names = {column.number: column.name for column in table.table.columns}
        rows = tuple(
            _entry(row, change, names)
            for row, change in staged.changes.items()
            if row.table == table.table.oid
        )
        if rows:
            key = tuple(column.name for column in table.key)
            name = table.table
            sets.append(SavedChanges(host, name.schema, name.name, key, styles, rows))
    return sets


def _entry(row: Row, change: Change, names: Mapping[int, str]) -> dict[str, object]:
    entry: dict[str, object] = {} if isinstance(row, NewKey) else {"key": list(row.key)}
    if not isinstance(change, Deleted):
        entry["values"] = {
            names[number]: _DEFAULT if isinstance(value, Placeholder) else value
            for number, value in change.values.items()
            if number in names
        }
    if not isinstance(change, Added):
        compared = change.shown if isinstance(change, Deleted) else change.values
        entry["shown"] = {
            names[number]: change.shown[number]
            for number in compared
            if number in names and number in change.shown
        }
    return entry


def to_text(sets: Sequence[SavedChanges]) -> str:
    """Return saved changes as JSON; empty without any, or if there are too many to keep."""
    text = json.dumps([asdict(each) for each in sets], ensure_ascii=False) if sets else ""
    return text if len(text) <= SIZE_MAX_CHARACTERS else ""


def from_text(text: str) -> tuple[SavedChanges, ...] | None:
    """Parse the JSON of `to_text`; `None` if it is damaged."""
    try:
        sets = json.loads(text) if text else []
        return tuple(map(_set, sets)) if isinstance(sets, list) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _set(value: Any) -> SavedChanges:
    return SavedChanges(
        str(value["host"]),
        str(value["schema"]),
        str(value["table"]),
        tuple(map(str, value["key"])),
        tuple(map(str, value["styles"])),
        tuple(dict(row) for row in value["rows"]),
    )


class Restored(NamedTuple):
    """Staged changes with saved ones among them, and how many of those had no place."""

    staged: Staged
    left_out: int


def restored(staged: Staged, saved: SavedChanges, table: EditableTable) -> Restored:
    """Stage the saved changes of a table again.

    Left out are changes of columns that the table no longer has.

    Args:
        staged: The changes so far.
        saved: Those to add.
        table: The table as the result has it now; `fits` holds.
    """
    numbers = {column.name: column.number for column in table.table.columns}
    left_out = 0
    for entry in saved.rows:
        try:
            staged = _restored(staged, entry, table.table.oid, numbers)
        except (TypeError, KeyError, ValueError):
            left_out += 1
    return Restored(staged, left_out)


def fits(saved: SavedChanges, table: EditableTable, host: str, styles: tuple[str, ...]) -> bool:
    """Whether saved changes are of this table, read at this place and written so."""
    now = table.table
    key = tuple(column.name for column in table.key)
    place = (saved.host, saved.schema, saved.table, saved.key, saved.styles)
    return place == (host, now.schema, now.name, key, styles)


def _restored(
    staged: Staged, entry: Mapping[str, Any], table: int, numbers: Mapping[str, int]
) -> Staged:
    given = _fields(entry.get("values", {}))
    values = {numbers[name]: _value(value) for name, value in given.items()}
    if "key" not in entry:
        return staged.add(table, values)
    row = RowKey(table, tuple(map(_text, entry["key"])))
    shown: Texts = {
        numbers[name]: None if value is None else _text(value)
        for name, value in _fields(entry["shown"]).items()
        if name in numbers
    }
    change: Change = Edited(values, shown) if "values" in entry else Deleted(shown)
    return staged.with_change(row, change)


def _fields(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def _value(value: object) -> Value:
    if value == _DEFAULT:
        return DEFAULT
    return None if value is None else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
