"""Files as records: CSV, TSV, JSON Lines and Parquet, read as a stream.

A value is text as PostgreSQL's input functions take it, or `None` for NULL. A record that cannot be
read is a record too, with its problem, and the reading goes on behind it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from dsql_tui.errors import InputError

FIELD_MAX_BYTES = 1024 * 1024
"""Largest column value (user guide, CHAP_quotas)."""
PARQUET_BATCH_ROWS = 1_000
OWN_KEYS = frozenset({"_line", "_reason", "_text"})
"""Keys of the side file that are no columns, so that a corrected side file can be loaded."""


class FileKind(StrEnum):
    """What a file holds."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.TSV,
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
    ".parquet": FileKind.PARQUET,
}

Values = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file.

    Attributes:
        line: Its number, from 1: of the line, or of the row for Parquet.
        values: In the order of the source's columns; empty when it could not be read.
        problem: Why it could not be read.
        text: What it looked like then.
    """

    line: int
    values: Values
    problem: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to load.

    Attributes:
        path: Where.
        kind: What it holds.
        columns: Their names, in the order of the values.
        has_header: Whether the first line of a CSV or TSV names the columns.
        null_text: The text that means NULL in CSV and TSV.
        size_bytes: Of the file.
    """

    path: Path
    kind: FileKind
    columns: tuple[str, ...]
    has_header: bool
    null_text: str
    size_bytes: int

    def records(self, position: Position) -> Iterator[Record]:
        """Yield the rows and keep `position` up to date.

        Raises:
            InputError: The file cannot be read any further.
        """
        try:
            if self.kind is FileKind.PARQUET:
                yield from self._parquet(position)
            else:
                with self.path.open("rb") as stream:
                    lines = _lines(stream, position)
                    read = self._jsonl if self.kind is FileKind.JSONL else self._delimited
                    yield from read(lines)
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise InputError(
                f"{self.path} is not UTF-8 text.", remedy="Save it as UTF-8."
            ) from None

    def _delimited(self, lines: Iterator[str]) -> Iterator[Record]:
        # The module's limit of 128 KiB a field is below what a column may hold.
        csv.field_size_limit(2 * FIELD_MAX_BYTES)
        reader = csv.reader(lines, delimiter="\t" if self.kind is FileKind.TSV else ",")
        width = len(self.columns)
        try:
            for number, fields in enumerate(reader):
                if (self.has_header and number == 0) or not fields:
                    continue
                if len(fields) != width:
                    problem = f"{len(fields)} fields where there are {width} columns"
                    yield Record(reader.line_num, (), problem, ",".join(fields))
                    continue
                values = tuple(None if field == self.null_text else field for field in fields)
                yield Record(reader.line_num, values)
        except csv.Error as error:
            raise InputError(f"{self.path}, line {reader.line_num}: {error}.") from None

    def _jsonl(self, lines: Iterator[str]) -> Iterator[Record]:
        known = set(self.columns) | OWN_KEYS
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line, parse_float=Decimal)
            except json.JSONDecodeError as error:
                yield Record(number, (), f"not JSON: {error.msg}", line.rstrip("\n"))
                continue
            if not isinstance(row, dict) or not set(row) <= known:
                told = (
                    f"keys that are no columns: {', '.join(sorted(set(row) - known))}"
                    if isinstance(row, dict)
                    else "not a JSON object"
                )
                yield Record(number, (), told, line.rstrip("\n"))
                continue
            yield Record(number, tuple(as_text(row.get(name)) for name in self.columns))

    def _parquet(self, position: Position) -> Iterator[Record]:
        parquet = _pyarrow_parquet()
        with parquet.ParquetFile(self.path) as file:
            total = max(file.metadata.num_rows, 1)
            number = 0
            for batch in file.iter_batches(PARQUET_BATCH_ROWS, columns=list(self.columns)):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(number, tuple(as_text(row[name]) for name in self.columns))
                position.bytes_read = self.size_bytes * number // total


@dataclass(slots=True)
class Position:
    """How far a file has been read, in bytes; for Parquet in proportion to its rows."""

    bytes_read: int = 0


def open_source(
    path: Path,
    *,
    kind: FileKind | None = None,
    columns: tuple[str, ...] = (),
    null_text: str = "",
) -> Source:
    """Look at a file and return what can be loaded from it.

    Args:
        path: The file.
        kind: What it holds; `None` decides by its suffix.
        columns: Names of a CSV's columns when it has no header line.
        null_text: The text that means NULL in CSV and TSV.

    Raises:
        InputError: It cannot be read, or holds nothing that has columns.
    """
    kind = kind or _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise InputError(
            f"What {path.name} holds cannot be told from its name.",
            remedy=f"Say --format {', '.join(FileKind)}.",
        )
    try:
        size = path.stat().st_size
        found = columns or _columns_of(path, kind)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.", remedy="Save it as UTF-8.") from None
    if not found:
        raise InputError(f"{path} has no columns.")
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        raise InputError(f"{path} has the column {twice[0]!r} twice.")
    return Source(path, kind, found, not columns, null_text, size)


def as_text(value: object) -> str | None:
    """Return a value as PostgreSQL's input functions take it; lists and mappings as JSON."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case bytes():
            return "\\x" + value.hex()
        case datetime() | date() | time():
            return value.isoformat()
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=_in_json)
    return str(value)


def _in_json(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else as_text(value)


def _columns_of(path: Path, kind: FileKind) -> tuple[str, ...]:
    if kind is FileKind.PARQUET:
        return tuple(_pyarrow_parquet().read_schema(path).names)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        if kind is FileKind.JSONL:
            return _keys(stream)
        reader = csv.reader(stream, delimiter="\t" if kind is FileKind.TSV else ",")
        return tuple(name.strip() for name in next(reader, ()))


def _keys(stream: IO[str]) -> tuple[str, ...]:
    """Return the keys of the first object; later ones may lack some, which are NULL then."""
    for line in stream:
        try:
            row: object = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(row, Mapping):
            return tuple(key for key in row if key not in OWN_KEYS)
    return ()


def _lines(stream: IO[bytes], position: Position) -> Iterator[str]:
    for number, line in enumerate(stream):
        position.bytes_read += len(line)
        yield line.decode("utf-8-sig" if number == 0 else "utf-8")


def _pyarrow_parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "Reading Parquet needs pyarrow.", remedy="pip install 'dsql-tui[parquet]'"
        ) from None
    return pyarrow.parquet
