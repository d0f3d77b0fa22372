"""The statements that make staged changes, each for exactly one row.

Values are written as the text that the result shows, without a cast: the server reads them as the
column's type. A row is found by its key; what was shown of it is compared too, so that a change by
somebody else is noticed and never overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.staged import (
    Added,
    Change,
    Deleted,
    NewKey,
    Placeholder,
    Row,
    RowKey,
    Value,
)
from dsql_tui.sql.dsql.limits import TRANSACTION_BYTES, TRANSACTION_ROWS
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

_BY_VALUE = frozenset(
    {
        *(16, 17, 18, 19, 20, 21, 23, 25, 26),  # boolean, bytea, "char", name, integers, text, oid
        *(1042, 1043, 2950),  # character, character varying, uuid
        *(1082, 1083, 1114, 1184, 1266),  # dates and times
    }
)
"""Types of which equal values have one text. Of others (json has no equality, the numerics 1.0 and
1.00 are equal) the texts are compared."""


@dataclass(frozen=True, slots=True)
class RowStatement:
    """A statement that changes one row.

    Attributes:
        row: The row.
        text: The statement.
        check: The query for the row that it changes, empty for a new row.
        returning: Attribute numbers of the columns that it returns, in order.
        key: What it must return for columns of the key that it does not change, by number.
        deletes: It deletes the row.
    """

    row: Row
    text: str
    check: str
    returning: tuple[int, ...]
    key: Mapping[int, str]
    deletes: bool = False

    @property
    def size_bytes(self) -> int:
        """The size of its text, which its values are a part of."""
        return len(self.text.encode())


def statements_of(
    changes: Mapping[Row, Change], tables: Mapping[int, EditableTable]
) -> list[RowStatement]:
    """Return the statements of staged changes in their order."""
    shown = {oid: table.shown() for oid, table in tables.items()}
    return [
        _statement(row, change, tables[row.table], shown[row.table])
        for row, change in changes.items()
    ]


def _statement(
    row: Row, change: Change, table: EditableTable, shown: Sequence[TableColumn]
) -> RowStatement:
    if isinstance(row, NewKey) or isinstance(change, Added):
        values = change.values if isinstance(change, Added) else {}
        return _returning(row, _insert(table.table, values), "", shown, {})
    name = _name(table.table)
    key = dict(zip((column.number for column in table.key), row.key, strict=True))
    compared = change.shown if isinstance(change, Deleted) else change.values
    where = " AND ".join([*_key(table, row.key), *_unchanged(table, compared, change.shown)])
    names = ", ".join(quoted(column.name) for column in table.key)
    check = f"SELECT {names} FROM {name}\nWHERE {where}"
    if isinstance(change, Deleted):
        delete = f"DELETE FROM {name}\nWHERE {where}"
        return replace(_returning(row, delete, check, table.key, key), deletes=True)
    assigned = ", ".join(
        f"{quoted(column.name)} = {_written(change.values[column.number])}"
        for column in table.table.columns
        if column.number in change.values
    )
    unchanged = {number: text for number, text in key.items() if number not in change.values}
    text = f"UPDATE {name} SET {assigned}\nWHERE {where}"
    return _returning(row, text, check, shown, unchanged)


def _returning(
    row: Row, text: str, check: str, columns: Sequence[TableColumn], key: Mapping[int, str]
) -> RowStatement:
    listed = ", ".join(quoted(column.name) for column in columns)
    numbers = tuple(column.number for column in columns)
    return RowStatement(row, f"{text}\nRETURNING {listed}", check, numbers, key)


def _insert(table: SourceTable, values: Mapping[int, Value]) -> str:
    name = _name(table)
    given = [column for column in table.columns if column.number in values]
    if not given:
        return f"INSERT INTO {name} DEFAULT VALUES"
    names = ", ".join(quoted(column.name) for column in given)
    written = ", ".join(_written(values[column.number]) for column in given)
    return f"INSERT INTO {name} ({names})\nVALUES ({written})"


def current_row(row: RowKey, table: EditableTable) -> str:
    """Return the query for a stored row as it is now: the columns that the result shows."""
    listed = ", ".join(quoted(column.name) for column in table.shown())
    where = " AND ".join(_key(table, row.key))
    return f"SELECT {listed} FROM {_name(table.table)}\nWHERE {where}"


def _name(table: SourceTable) -> str:
    return qualified((table.schema, table.name))


def _key(table: EditableTable, key: Sequence[str]) -> list[str]:
    return [
        f"{quoted(column.name)} = {literal(text)}"
        for column, text in zip(table.key, key, strict=True)
    ]


def _unchanged(
    table: EditableTable, numbers: Iterable[int], shown: Mapping[int, str | None]
) -> Iterator[str]:
    """Yield conditions that columns have the values that were shown, but for those of the key."""
    compared = set(numbers) - {column.number for column in table.key}
    for column in table.table.columns:
        if column.number in compared and column.number in shown:
            yield _same(column, shown[column.number])


def _same(column: TableColumn, text: str | None) -> str:
    name = quoted(column.name)
    if text is None:
        return f"{name} IS NULL"
    by_value = column.type_oid in _BY_VALUE or column.type_name.startswith("numeric(")
    return f"{name}{'' if by_value else '::text'} IS NOT DISTINCT FROM {literal(text)}"


def _written(value: Value) -> str:
    if isinstance(value, Placeholder):
        return value.value
    return "NULL" if value is None else literal(value)


def batches(
    statements: Sequence[RowStatement],
    rows_max: int = TRANSACTION_ROWS,
    bytes_max: int = TRANSACTION_BYTES,
) -> list[list[RowStatement]]:
    """Divide statements into transactions within DSQL's limits, in their order."""
    divided: list[list[RowStatement]] = []
    size = 0
    for statement in statements:
        size += statement.size_bytes
        if not divided or len(divided[-1]) == rows_max or size > bytes_max:
            divided.append([])
            size = statement.size_bytes
        divided[-1].append(statement)
    return divided
