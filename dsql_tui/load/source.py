"""A file to load: its format, its columns, and its rows as a stream.

A value is text in the format of PostgreSQL's input functions, or `None` for NULL. A row that cannot
be read is also a record, with its problem, if the start of the next row is certain. A text file may
be compressed with gzip.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import IO

from dsql_tui.errors import InputError
from dsql_tui.load import compressed, json_rows, parquet_rows
from dsql_tui.load.copy_rows import CopyFormat
from dsql_tui.load.csv_rows import COMMA, CsvFormat
from dsql_tui.load.records import Position, Record, read_lines


class FileKind(StrEnum):
    """The format of a file."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


_SUFFIXES = {
    ".csv": FileKind.CSV,
    ".tsv": FileKind.TSV,
    ".json": FileKind.JSON,
    ".jsonl": FileKind.JSONL,
    ".ndjson": FileKind.JSONL,
    ".parquet": FileKind.PARQUET,
}
_OTHERS = {
    ".sql": ("SQL", "Run it: dsql-tui script CLUSTER -f FILE."),
    ".xlsx": ("an Excel workbook", "Save the sheet as CSV UTF-8."),
}
_DELIMITED = frozenset({FileKind.CSV, FileKind.TSV})
_BY_KEY = frozenset({FileKind.JSON, FileKind.JSONL})


@dataclass(frozen=True, slots=True)
class Dialect:
    """Options for the syntax of a CSV or TSV file.

    Attributes:
        columns: The names of the columns if there is no header line.
        nulls: The spellings of NULL; if empty, the default of the format.
        delimiter: The delimiter of a CSV file.
    """

    columns: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    delimiter: str = COMMA

    def check(self, kind: FileKind) -> None:
        """Refuse options that the format does not have.

        Raises:
            InputError: Says why.
        """
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise InputError(f"{self.delimiter!r} cannot separate fields.")
        if self.delimiter != COMMA and kind is not FileKind.CSV:
            raise InputError(f"A delimiter is for CSV, not for {kind}.", remedy="--format csv")
        if self.nulls and kind not in _DELIMITED:
            raise InputError(f"--null is for CSV and TSV; {kind} has its own NULL.")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to load.

    Attributes:
        path: The path of the file.
        kind: What it holds.
        columns: The names of the columns, in the order of the values; empty for JSON without any
            row.
        dialect: The options for reading a CSV or TSV file.
        size_bytes: The size of the file.
        documents: Columns of type json and jsonb, whose values are JSON source text.
    """

    path: Path
    kind: FileKind
    columns: tuple[str, ...]
    dialect: Dialect
    size_bytes: int
    documents: frozenset[str] = frozenset()

    @property
    def has_header(self) -> bool:
        """Whether the first line of a CSV or TSV contains the column names."""
        return not self.dialect.columns

    @property
    def spelling(self) -> str:
        """The options that determine rows and NULLs; they must be the same when resuming."""
        parts = [self.kind.value, *(f"null {null!r}" for null in self.dialect.nulls)]
        if self.kind in _DELIMITED:
            parts.append("header" if self.has_header else "no header")
            parts.append(f"delimiter {self.dialect.delimiter!r}")
        return ", ".join(parts)

    @property
    def own_keys(self) -> frozenset[str]:
        """Columns that the table need not have, because they describe the row."""
        return json_rows.OWN_KEYS if self.kind in _BY_KEY else frozenset()

    def into(self, columns: tuple[str, ...], documents: frozenset[str]) -> SourceFile:
        """Return the file with its columns checked against a table.

        Args:
            columns: Names as in the table: all columns of a CSV or TSV file, or some of a format
                with keys.
            documents: The columns of type json or jsonb.
        """
        return replace(self, columns=columns, documents=documents)

    def records(self, position: Position) -> Iterator[Record]:
        """Yield the rows and keep `position` up to date.

        Raises:
            InputError: The file cannot be read any further.
        """
        try:
            if self.kind is FileKind.PARQUET:
                yield from parquet_rows.read_parquet(self.path, position, self.columns)
                return
            with compressed.open_text(self.path) as (stream, packed):
                if packed is None:
                    yield from self._text_records(stream, position)
                else:
                    records = self._text_records(stream, Position())
                    yield from compressed.follow(records, packed, position)
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def _text_records(self, stream: IO[bytes], position: Position) -> Iterator[Record]:
        reader = json_rows.RowReader(self.columns, self.documents)
        if self.kind is FileKind.JSON:
            return json_rows.read_array(stream, self.path, position, reader)
        lines = read_lines(self.path, stream, position)
        if self.kind is FileKind.JSONL:
            return json_rows.read_lines_of_json(lines, reader)
        return _delimited(self.kind, self.dialect).records(
            lines, self.path, len(self.columns), has_header=self.has_header
        )


def open_source(
    path: Path, *, kind: FileKind | None = None, dialect: Dialect | None = None
) -> SourceFile:
    """Open a file and return what can be loaded from it.

    Args:
        path: The path of the file.
        kind: Its format; if `None`, determined by its suffix.
        dialect: The options for reading it; for JSON and Parquet, `columns` are the columns to
            read.

    Raises:
        InputError: It cannot be read, or contains no columns.
    """
    kind = kind or kind_of(path)
    dialect = dialect or Dialect()
    dialect.check(kind)
    try:
        size = path.stat().st_size
        columns = _columns(path, kind, dialect)
    except OSError as error:
        raise _unreadable(path, error) from None
    if not columns and kind not in _BY_KEY:
        raise InputError(f"{path} has no columns.")
    if twice := [name for name in columns if columns.count(name) > 1]:
        raise InputError(f"{path} has the column {twice[0]!r} twice.")
    return SourceFile(path, kind, columns, dialect, size)


def kind_of(path: Path) -> FileKind:
    """Return the format of a file by its suffix; `.gz` after it is ignored.

    Raises:
        InputError: The suffix is unknown, or is of a format that cannot be loaded.
    """
    suffix = path.suffix.lower()
    if suffix == compressed.SUFFIX:
        suffix = Path(path.stem).suffix.lower()
    if suffix in _OTHERS:
        what, remedy = _OTHERS[suffix]
        raise InputError(f"{path.name} is {what}; such files cannot be loaded.", remedy=remedy)
    if suffix not in _SUFFIXES:
        raise InputError(
            f"What {path.name} holds cannot be detected from its name.",
            remedy=f"Use --format {', '.join(FileKind)}.",
        )
    return _SUFFIXES[suffix]


def _columns(path: Path, kind: FileKind, dialect: Dialect) -> tuple[str, ...]:
    if kind is FileKind.PARQUET:
        return _chosen(path, parquet_rows.read_names(path), dialect.columns)
    if dialect.columns:
        return dialect.columns
    with compressed.open_text(path) as (stream, _):
        if kind is FileKind.JSON:
            return json_rows.keys_of_array(stream, path)
        lines = read_lines(path, stream, Position())
        if kind is FileKind.JSONL:
            return json_rows.keys_of_lines(lines, path)
        return _delimited(kind, dialect).names(lines, path)


def _chosen(path: Path, names: tuple[str, ...], chosen: tuple[str, ...]) -> tuple[str, ...]:
    if missing := [name for name in chosen if name not in names]:
        raise InputError(f"{path} has no column {missing[0]!r}.")
    return chosen or names


def _delimited(kind: FileKind, dialect: Dialect) -> CsvFormat | CopyFormat:
    nulls = {"nulls": frozenset(dialect.nulls)} if dialect.nulls else {}
    if kind is FileKind.TSV:
        return CopyFormat(**nulls)
    return CsvFormat(dialect.delimiter, **nulls)


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be read: {error.strerror or error}.")
