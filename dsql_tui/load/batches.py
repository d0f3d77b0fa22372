"""Splits records into batches that fit into a transaction, in COPY's text format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from dsql_tui.load.records import FIELD_MAX_BYTES, Record, Values

BATCH_ROWS = 2_000
BATCH_BYTES = 4 * 1024 * 1024
"""Text bytes of a batch; the service counts 10 MiB of what it stores, which may be more."""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Row(NamedTuple):
    """A row to load.

    Attributes:
        line: The number of its line in the file.
        values: The values to store.
        data: The values in COPY's text format, as one line.
    """

    line: int
    values: Values
    data: bytes


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not loaded, and the reason."""

    line: int
    reason: str
    values: Values = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows for one transaction.

    Attributes:
        number: From 1; the same file split with the same limits has the same batches.
        rows: Rows that could be read.
        bad: Rows that could not be read.
    """

    number: int
    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...] = ()


def cut(records: Iterable[Record], *, rows_max: int, bytes_max: int) -> Iterator[Batch]:
    """Yield batches of at most that many rows and bytes; a single row may be larger."""
    number, rows, bad, size = 1, list[Row](), list[BadRow](), 0
    for record in records:
        row = _row(record)
        grown = len(row.data) if isinstance(row, Row) else 0
        if len(rows) + len(bad) == rows_max or (rows and size + grown > bytes_max):
            yield Batch(number, tuple(rows), tuple(bad))
            number, rows, bad, size = number + 1, [], [], 0
        if isinstance(row, Row):
            rows.append(row)
            size += grown
        else:
            bad.append(row)
    if rows or bad:
        yield Batch(number, tuple(rows), tuple(bad))


def halves(rows: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Split a batch of two or more rows into two."""
    middle = len(rows) // 2
    return rows[:middle], rows[middle:]


def _row(record: Record) -> Row | BadRow:
    line, values, problem, text = record
    if problem:
        return BadRow(line, problem, text=text)
    joined = " ".join(filter(None, values))
    if len(joined) <= FIELD_MAX_BYTES // 4 and joined.isprintable() and "\\" not in joined:
        # Most rows contain no character that has to be escaped or cannot be stored.
        fields = ["\\N" if value is None else value for value in values]
        return Row(line, values, ("\t".join(fields) + "\n").encode())
    for value in values:
        if value is None:
            continue
        if "\0" in value:
            return BadRow(line, "a NUL character cannot be stored", values)
        if len(value) > FIELD_MAX_BYTES // 4 and len(value.encode()) > FIELD_MAX_BYTES:
            return BadRow(line, "a value is larger than 1 MiB", values)
    fields = ["\\N" if value is None else value.translate(_ESCAPES) for value in values]
    return Row(line, values, ("\t".join(fields) + "\n").encode())
