"""Staged changes as JSON, kept with the contents of a tab until they are run or discarded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.staged import (
    DEFAULT,
    Added,
    Change,
    Deleted,
    Edited,
    NewKey,
    Placeholder,
    RowKey,
    Staged,
    Texts,
    Value,
)

_DEFAULT = {"default": True}
"""JSON strings are texts and `null` is NULL."""


@dataclass(frozen=True, slots=True)
class SavedChanges:
    """The changes of one table, with names in place of numbers.

    Attributes:
        schema: Of the table, unquoted.
        table: Its name, unquoted.
        key: The names of the columns that identify its rows.
        styles: The settings that its values are written with; see `Described`.
        rows: One object for each change, as `to_saved` writes it.
    """

    schema: str
    table: str
    key: tuple[str, ...]
    styles: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]


def to_text(staged: Staged, table: EditableTable, styles: tuple[str, ...]) -> str:
    """Return the staged changes of one table as JSON; only what was changed, never the result."""
    columns = table.table.columns
    names = {column.number: column.name for column in columns}

    def texts(values: Mapping[int, Value]) -> dict[str, object]:
        return {
            names[number]: _DEFAULT if isinstance(value, Placeholder) else value
            for number, value in values.items()
            if number in names
        }

    rows: list[dict[str, object]] = []
    for row, change in staged.changes.items():
        if row.table != table.table.oid:
            continue
        entry: dict[str, object] = {} if isinstance(row, NewKey) else {"key": list(row.key)}
        if not isinstance(change, Deleted):
            entry["values"] = texts(change.values)
        if not isinstance(change, Added):
            compared = change.shown if isinstance(change, Deleted) else change.values
            entry["shown"] = texts(
                {number: each for number, each in change.shown.items() if number in compared}
            )
        rows.append(entry)
    if not rows:
        return ""
    return json.dumps(
        {
            "schema": table.table.schema,
            "table": table.table.name,
            "key": [column.name for column in table.key],
            "styles": styles,
            "rows": rows,
        },
        ensure_ascii=False,
    )


def from_text(text: str) -> SavedChanges | None:
    """Parse the JSON of `to_text`; `None` if it is empty or damaged."""
    try:
        value: Any = json.loads(text)
        return SavedChanges(
            str(value["schema"]),
            str(value["table"]),
            tuple(map(str, value["key"])),
            tuple(map(str, value["styles"])),
            tuple(dict(row) for row in value["rows"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def restored(saved: SavedChanges, table: EditableTable, styles: tuple[str, ...]) -> Staged:
    """Return saved changes for a table of a result; none if it is another table.

    Rows are left out whose columns the table no longer has.
    """
    staged, now = Staged(), table.table
    numbers = {column.name: column.number for column in now.columns}
    place = (now.schema, now.name, tuple(column.name for column in table.key), styles)
    if (saved.schema, saved.table, saved.key, saved.styles) != place:
        return staged
    for entry in saved.rows:
        try:
            staged = _restored(staged, entry, now.oid, numbers)
        except (TypeError, KeyError, ValueError):
            continue
    return staged


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
