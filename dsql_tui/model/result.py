"""The results of a statement, as events of one stream.

A statement yields `Described`, any number of `RowChunk`s and `Completed`; one that returns no rows
yields only `Completed`. Notices may occur in between. Errors are raised, never yielded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

CHUNK_ROWS = 500
"""Rows per chunk asked of libpq. Measured on a million rows of ten columns, against 1,000: all rows
in the same time, the first 0.6 ms sooner, a CSV export 8% faster; 250 gain nothing more."""
JSON_NULLS_KEY = "_json_null"
"""In rows written as JSON objects: the list of keys whose `null` is a json value, not SQL NULL."""


@dataclass(frozen=True, slots=True)
class Column:
    """A result column.

    Attributes:
        name: As the server says; may be empty or occur twice.
        type_oid: `pg_type.oid`.
        type_modifier: `atttypmod`, -1 when there is none.
        relation_oid: `pg_class.oid` of the table or view whose column it is, 0 when it is none:
            an expression, a result of UNION, or a server that does not say.
        attribute_number: `pg_attribute.attnum` of that column, 0 when it is none.
    """

    name: str
    type_oid: int
    type_modifier: int = -1
    relation_oid: int = 0
    attribute_number: int = 0


class Rows(Protocol):
    """libpq's result in text format, or an object with the same interface."""

    @property
    def ntuples(self) -> int:
        """The number of rows."""
        ...

    @property
    def nfields(self) -> int:
        """The number of columns."""
        ...

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        """Return the cell's text in UTF-8; `None` is SQL NULL."""
        ...

    def texts(self) -> Sequence[tuple[str | None, ...]]:
        """Return all rows decoded; each call decodes them again."""
        ...


@dataclass(frozen=True, slots=True)
class RowChunk:
    """Up to `CHUNK_ROWS` rows as received; cells are decoded on access.

    Attributes:
        rows: Where the cells are.
        row_count: How many rows.
        size_bytes: Memory of the rows, 0 if it was not counted.
    """

    rows: Rows
    row_count: int
    size_bytes: int = 0

    def text(self, row: int, column: int) -> str | None:
        """Return a cell's text; `None` is SQL NULL."""
        value = self.rows.get_value(row, column)
        return None if value is None else value.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Described:
    """A result set begins; it may turn out to have no rows.

    Attributes:
        columns: Its columns.
        styles: The session's DateStyle, IntervalStyle and TimeZone, as far as the server reports
            them: the text of a value means the same only with the same ones.
    """

    columns: tuple[Column, ...]
    styles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A message outside of a result: `NOTICE`, `WARNING` or `INFO`."""

    severity: str
    message: str
    sqlstate: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Completed:
    """The statement has succeeded.

    Attributes:
        command_tag: As the server says: `SELECT 3`, `UPDATE 1`, `CREATE TABLE`.
        row_count: Rows streamed.
        first_row_ms: From sending to the first row, `None` when there was none.
        elapsed_ms: From sending to the end.
    """

    command_tag: str
    row_count: int
    first_row_ms: float | None
    elapsed_ms: float

    @property
    def rows_affected(self) -> int | None:
        """The number of changed rows for INSERT, UPDATE, DELETE and MERGE, otherwise `None`."""
        verb, _, rest = self.command_tag.partition(" ")
        if verb in {"INSERT", "UPDATE", "DELETE", "MERGE"}:
            return int(rest.rpartition(" ")[2])
        return None


StatementEvent = Described | RowChunk | Notice | Completed
"""What `Session.run` yields."""


class TransactionStatus(StrEnum):
    """The session's transaction status, as reported by libpq."""

    IDLE = "idle"
    ACTIVE = "active"
    IN_TRANSACTION = "in transaction"
    FAILED = "failed transaction"
    UNKNOWN = "unknown"
