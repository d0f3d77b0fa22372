"""The manifest of a dump: a JSON Lines file that lists its tables and the parts of their rows.

The first line describes the dump. A line follows for each part when its rows are on disk, one for
each table that is complete, and at the end one with a checksum of the lines before it. A dump that
was stopped has no last line and resumes after its parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from dsql_tui.dump.ranges import RowSelection
from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import reason
from dsql_tui.files.checked import (
    Check,
    Damaged,
    checked_object,
    count,
    flag,
    ordinal,
    parse_json,
    text,
    texts,
    whole,
)
from dsql_tui.files.lines import LineFile
from dsql_tui.sql.lexing.names import qualified

FILE = "manifest.jsonl"
VERSION = 1
ROWS_FOLDER = "rows"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_NAME_MAX = 80
_START_OVER = "Delete the folder to start over, or name another one."


@dataclass(frozen=True, slots=True)
class DumpedTable:
    """A table whose rows are dumped.

    Attributes:
        number: Its place among the tables, from 1.
        schema: Unquoted.
        name: Unquoted.
        columns: The columns that are dumped, in the order of the values, unquoted.
        key: The columns by which it is read in ranges; none if it is read by one statement.
        identities: Its identity columns → their increment.
    """

    number: int
    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    identities: Mapping[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The table's name as in SQL."""
        return qualified((self.schema, self.name))

    @property
    def selection(self) -> RowSelection:
        """What is read of it."""
        return RowSelection(self.schema, self.name, self.columns, self.key)

    @property
    def file(self) -> str:
        """The path of the file of its rows, below the folder of the dump."""
        plain = "".join(
            each if each in _PLAIN else "-" for each in f"{self.schema}-{self.name}"[:_NAME_MAX]
        )
        return f"{ROWS_FOLDER}/{self.number:04}-{plain}.tsv.gz"


@dataclass(frozen=True, slots=True)
class DumpedSequence:
    """A sequence that belongs to no identity column.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        increment: What is added for the next value.
        owned_by: Schema, table and column that it belongs to, or empty.
    """

    schema: str
    name: str
    increment: int = 1
    owned_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DumpHeader:
    """What a dump is of.

    Attributes:
        cluster: The ARN of the cluster.
        began_at: ISO 8601, UTC.
        choices: The options that determine what is dumped.
        is_snapshot: All rows are read in one transaction.
        files: SQL files → their SHA-256.
        tables: The tables whose rows are dumped.
        sequences: The sequences.
    """

    cluster: str
    began_at: str
    choices: str
    is_snapshot: bool
    files: Mapping[str, str]
    tables: tuple[DumpedTable, ...]
    sequences: tuple[DumpedSequence, ...] = ()


@dataclass(frozen=True, slots=True)
class DumpedPart:
    """Rows of a table that were read in one transaction: one member of its gzip file.

    The first member of a file has no rows but the names of the columns.

    Attributes:
        table: The table's number.
        rows: How many.
        size_bytes: Compressed.
        sha256: Of the compressed bytes.
        checksum: The sum of the CRC-32 of each row as COPY writes it; the order does not matter.
        last: The key of the last row.
    """

    table: int
    rows: int
    size_bytes: int
    sha256: str
    checksum: int
    last: tuple[str, ...] = ()


@dataclass(slots=True)
class TableState:
    """What was dumped of a table: its parts in order, and whether these are all."""

    parts: list[DumpedPart] = field(default_factory=list)
    is_complete: bool = False

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def size_bytes(self) -> int:
        """Compressed bytes of all parts."""
        return sum(part.size_bytes for part in self.parts)

    @property
    def checksum(self) -> int:
        """The checksum of all rows."""
        return sum(part.checksum for part in self.parts)

    @property
    def last(self) -> tuple[str, ...]:
        """The key of the last row that was dumped; empty for none."""
        return next((part.last for part in reversed(self.parts) if part.rows), ())


class DumpManifest:
    """An open manifest; thread-safe. A line is on disk when its method returns.

    Attributes:
        header: What the dump is of.
        tables: Table number → what was dumped of it.
        last_values: The value that each of the sequences has given out last, read after the rows;
            `None` if it has given out none, or if that could not be read.
        is_finished: Everything was dumped.
        digest: SHA-256 of all lines but the last; identifies a finished dump.
    """

    def __init__(self, file: LineFile, lines: Sequence[bytes]) -> None:
        self._file = file
        self._turn = Lock()
        self._hash = hashlib.sha256()
        self.header = _header(lines[0])
        self.tables = {table.number: TableState() for table in self.header.tables}
        self.last_values: tuple[int | None, ...] = (None,) * len(self.header.sequences)
        self.is_finished = False
        self.digest = ""
        for number, line in enumerate(lines, start=1):
            try:
                if self.is_finished:
                    raise Damaged("it comes after the last line of a dump")
                if number > 1:
                    self._follow(parse_json(line))
            except Damaged as damage:
                raise _unusable(file.path, f"line {number}: {damage}") from None
            if not self.is_finished:
                self._hash.update(line + b"\n")

    @property
    def rows(self) -> int:
        """Rows that were dumped."""
        return sum(state.rows for state in self.tables.values())

    def add_part(self, part: DumpedPart) -> None:
        """Record rows that are on disk.

        Raises:
            WriteFailed: They could not be recorded.
        """
        with self._turn:
            self._append({"part": asdict(part)})
            self.tables[part.table].parts.append(part)

    def complete(self, number: int) -> None:
        """Record that all rows of a table are dumped.

        Raises:
            WriteFailed: That could not be recorded.
        """
        with self._turn:
            self._append({"complete": number})
            self.tables[number].is_complete = True

    def finish(self, last_values: Sequence[int | None]) -> None:
        """Record that everything is dumped.

        Args:
            last_values: What each of the sequences has given out last.

        Raises:
            WriteFailed: That could not be recorded.
        """
        with self._turn:
            self._append({"last_values": list(last_values)})
            self.last_values = tuple(last_values)
            digest = self._hash.hexdigest()
            self._append({"finished": digest})
            self.is_finished, self.digest = True, digest

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode()
        try:
            self._file.append([line])
        except OSError as error:
            raise WriteFailed(
                f"{self._file.path} cannot be written: {reason(error)}.",
                remedy="Run the same command again once it can be written: the dump resumes.",
            ) from None
        self._hash.update(line + b"\n")

    def _follow(self, record: object) -> None:
        match record:
            case {"part": value}:
                part = _part(value)
                if part.table not in self.tables or self.tables[part.table].is_complete:
                    raise Damaged("it is a part of no table that is being dumped")
                self.tables[part.table].parts.append(part)
            case {"complete": int(number)} if number in self.tables:
                self.tables[number].is_complete = True
            case {"last_values": [*values]} if not any(map(_last_value, values)):
                self.last_values = tuple(values)
            case {"finished": str(digest)}:
                if digest != self._hash.hexdigest():
                    raise Damaged("the lines before it were changed after the dump")
                are_complete = all(state.is_complete for state in self.tables.values())
                if not are_complete or len(self.last_values) != len(self.header.sequences):
                    raise Damaged("the dump is finished, but something of it is missing")
                self.is_finished, self.digest = True, digest
            case _:
                raise Damaged("it is not part, complete, last_values or finished")


def create_manifest(folder: Path, header: DumpHeader) -> DumpManifest:
    """Create the manifest of a dump.

    Raises:
        WriteFailed: It cannot be written.
    """
    line = json.dumps({"version": VERSION, **asdict(header)}).encode()
    path = folder / FILE
    try:
        return DumpManifest(LineFile.create(path, [line]), [line])
    except (OSError, Damaged) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise WriteFailed(f"{path} cannot be written: {why}.") from None


def open_manifest(folder: Path) -> DumpManifest | None:
    """Open the manifest of a folder; `None` if there is none.

    Raises:
        InputError: It is damaged, of another version, or something else.
    """
    path = folder / FILE
    try:
        file, lines = LineFile.open(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, reason(error)) from None
    except Damaged as damage:
        raise _unusable(path, str(damage)) from None
    try:
        if not lines:
            raise _unusable(path, "it is empty")
        return DumpManifest(file, lines)
    except Damaged as damage:
        file.close()
        raise _unusable(path, f"line 1: {damage}") from None
    except BaseException:
        file.close()
        raise


def _unusable(path: Path, why: str) -> InputError:
    return InputError(f"The manifest {path} cannot be used: {why}.", remedy=_START_OVER)


def _list(value: object) -> str:
    return "" if isinstance(value, list) else "a list"


def _texts_by_name(value: object) -> str:
    sound = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    return "" if sound else "an object of text"


def _numbers_by_name(value: object) -> str:
    sound = isinstance(value, dict) and not any(whole(each) for each in value.values())
    return "" if sound else "an object of whole numbers"


def _last_value(value: object) -> str:
    return "" if value is None else whole(value)


_HEADER: dict[str, Check] = {
    "cluster": text,
    "began_at": text,
    "choices": text,
    "is_snapshot": flag,
    "files": _texts_by_name,
    "tables": _list,
    "sequences": _list,
}
_TABLE: dict[str, Check] = {
    "number": ordinal,
    "schema": text,
    "name": text,
    "columns": texts,
    "key": texts,
    "identities": _numbers_by_name,
}
_SEQUENCE: dict[str, Check] = {
    "schema": text,
    "name": text,
    "increment": whole,
    "owned_by": texts,
}
_PART: dict[str, Check] = {
    "table": ordinal,
    "rows": count,
    "size_bytes": ordinal,
    "sha256": text,
    "checksum": count,
    "last": texts,
}


def _header(line: bytes) -> DumpHeader:
    content = parse_json(line)
    if not isinstance(content, dict) or "version" not in content:
        raise Damaged("it is not the manifest of a dump")
    version = content.pop("version")
    if version != VERSION or isinstance(version, bool):
        raise Damaged(f"its version {str(version)[:20]} is not known to this program")
    fields = checked_object(content, _HEADER)
    tables = tuple(
        DumpedTable(**_tuples(checked_object(each, _TABLE))) for each in fields["tables"]
    )
    if [table.number for table in tables] != list(range(1, len(tables) + 1)):
        raise Damaged("its tables are not numbered from 1")
    sequences = (checked_object(each, _SEQUENCE) for each in fields["sequences"])
    return DumpHeader(
        **{
            **fields,
            "tables": tables,
            "sequences": tuple(DumpedSequence(**_tuples(each)) for each in sequences),
        }
    )


def _part(value: object) -> DumpedPart:
    return DumpedPart(**_tuples(checked_object(value, _PART)))


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
