"""The manifest of a load: a JSON Lines file that lists which batches are stored.

The first line describes the file and the table. A line is written before a batch is sent (`begin`),
when it is stored (`done`), and when it is certain that none of its rows were stored (`not_stored`);
each line is on disk before the next step. If a batch has only the line `begin`, whether it was
stored is unknown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import real_path, reason
from dsql_tui.files.checked import (
    Check,
    Damaged,
    checked_object,
    count,
    line_range,
    ordinal,
    parse_json,
    text,
    texts,
    whole,
)
from dsql_tui.files.lines import LineFile

SUFFIX = ".load.jsonl"
VERSION = 2
"""Of the format. Version 1 had no `version`, no `not_stored` and no lines, and is read as well."""

Lines = tuple[int, int]
"""The first and the last line of a batch in the file, counted from 1."""


@dataclass(frozen=True, slots=True)
class Header:
    """The identity of a load: it is resumed only if all of it is the same.

    Attributes:
        file: The file's name.
        size_bytes: Its size.
        modified_ns: Time of its last modification, in nanoseconds.
        cluster: Identifier of the cluster.
        table: The table as given.
        columns: The columns loaded.
        rows_max: The most rows of a batch.
        bytes_max: The most bytes of a batch.
        spelling: The format of the file, with its options for NULLs and delimiters.
    """

    file: str
    size_bytes: int
    modified_ns: int
    cluster: str
    table: str
    columns: tuple[str, ...]
    rows_max: int
    bytes_max: int
    spelling: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A stored batch: its number, rows stored and rejected, and its lines if known."""

    number: int
    rows: int
    bad: int
    lines: Lines | None = None


@dataclass(slots=True)
class ManifestState:
    """The content of a manifest.

    Attributes:
        done: Batches that are stored, by number.
        in_doubt: Batches that an earlier run sent and whose outcome is unknown, with their lines.
        rows: Number of rows stored.
        bad: Number of rejected rows.
        finished: Whether the whole file has been read.
    """

    done: dict[int, Done] = field(default_factory=dict)
    in_doubt: dict[int, Lines | None] = field(default_factory=dict)
    rows: int = 0
    bad: int = 0
    finished: bool = False

    def add(self, done: Done) -> None:
        """Record a batch as stored, once."""
        if done.number not in self.done:
            self.done[done.number] = done
            self.rows += done.rows
            self.bad += done.bad
        self.in_doubt.pop(done.number, None)


class Manifest:
    """An open manifest; thread-safe. A line is on disk when its method returns.

    Attributes:
        path: The path of the file.
        state: Its content.
        resumed: Whether an earlier run created it.
    """

    def __init__(self, file: LineFile, state: ManifestState, *, resumed: bool) -> None:
        self.path = file.path
        self.state = state
        self.resumed = resumed
        self._file = file
        self._turn = Lock()

    def begin(self, number: int, lines: Lines) -> None:
        """Record that a batch is about to be sent.

        Raises:
            WriteFailed: The entry could not be written; do not send the batch.
        """
        self._write({"begin": number, "lines": lines})

    def not_stored(self, number: int) -> None:
        """Record that no row of a started batch is stored.

        Raises:
            WriteFailed: That could not be noted.
        """
        self._write({"not_stored": number})

    def done(self, batches: Sequence[Done]) -> None:
        """Record that batches are stored.

        Raises:
            WriteFailed: The entries could not be written.
        """
        self._write(
            *(
                {"done": each.number, "rows": each.rows, "bad": each.bad, "lines": each.lines}
                for each in batches
            )
        )
        for each in batches:
            self.state.add(each)

    def finish(self) -> None:
        """Record that the whole file was read.

        Raises:
            WriteFailed: That could not be noted.
        """
        self._write({"finished": True})
        self.state.finished = True

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, *records: dict[str, Any]) -> None:
        try:
            with self._turn:
                self._file.append([json.dumps(record).encode() for record in records])
        except OSError as error:
            raise WriteFailed(
                f"The manifest {self.path} cannot be written: {reason(error)}."
            ) from None


def path_for(file: Path) -> Path:
    """Return the path of a file's manifest, in the folder of the file after resolving links.

    Raises:
        InputError: There is one beside a symbolic link to the file, where earlier versions created
            it.
    """
    real = real_path(file)
    path, earlier = (each.with_name(each.name + SUFFIX) for each in (real, file))
    if earlier.exists() and real_path(earlier) != real_path(path):
        raise InputError(
            f"{earlier} is the manifest of a file that is reached by a symbolic link.",
            remedy=f"Move it to {path}, or name it with --manifest.",
        )
    return path


def open_manifest(path: Path, header: Header, *, restart: bool) -> Manifest:
    """Create a manifest or resume the existing one, holding its lock meanwhile.

    Raises:
        InputError: The existing file belongs to another load, is damaged, is not a manifest, or
            cannot be read.
        WriteFailed: It cannot be created.
    """
    try:
        opened = LineFile.open(path)
    except FileNotFoundError:
        return _created(path, header)
    except OSError as error:
        raise _unusable(path, f"{reason(error)}") from None
    except Damaged as damage:
        raise _unusable(path, str(damage)) from None
    file, lines = opened
    try:
        if _is_unbegun(lines, file.torn, header):
            file.close()
            return _created(path, header)
        _check_is_manifest(path, lines)
        if restart:
            file.close()
            return _created(path, header)
        _check_header(path, lines[0], header)
        return Manifest(file, _state(path, lines[1:]), resumed=True)
    except BaseException:
        file.close()
        raise


def _created(path: Path, header: Header) -> Manifest:
    try:
        file = LineFile.create(path, [_header_line(header)])
    except (OSError, Damaged) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise WriteFailed(
            f"The manifest {path} cannot be written: {why}. Nothing was sent.",
            remedy="Name another place with --manifest.",
        ) from None
    return Manifest(file, ManifestState(), resumed=False)


def _header_line(header: Header) -> bytes:
    return json.dumps({"version": VERSION, **asdict(header)}).encode()


def _is_unbegun(lines: Sequence[bytes], torn: bytes, header: Header) -> bool:
    """Whether writing the first line failed; no batch is sent before it is written."""
    fields = asdict(header)
    version_1 = json.dumps({key: fields[key] for key in _HEADER}).encode()
    return not lines and any(line.startswith(torn) for line in (_header_line(header), version_1))


_HEADER: dict[str, Check] = {
    "file": text,
    "size_bytes": count,
    "modified_ns": whole,
    "cluster": text,
    "table": text,
    "columns": texts,
    "rows_max": ordinal,
    "bytes_max": count,
}
_HEADER_LATER: dict[str, Check] = {"spelling": text}
"""What manifests of earlier versions do not have."""
_LINES: dict[str, Check] = {"lines": line_range}
_RECORDS: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
    "begin": ({"begin": ordinal}, _LINES),
    "done": ({"done": ordinal, "rows": count, "bad": count}, _LINES),
    "not_stored": ({"not_stored": ordinal}, {}),
    "finished": ({"finished": lambda value: "" if value is True else "true"}, {}),
}
"""Kind of line → its fields, and those that may be missing."""


def _check_is_manifest(path: Path, lines: Sequence[bytes]) -> None:
    """Refuse a file that is not a manifest before it is changed, also by a restart."""
    try:
        first = parse_json(lines[0]) if lines else None
    except Damaged:
        first = None
    if not isinstance(first, dict) or not {"file", "cluster", "table"} <= set(first):
        raise _unusable(path, "it is not the manifest of a load, or its first line is damaged")


def _check_header(path: Path, line: bytes, header: Header) -> None:
    stored = parse_json(line)
    version = stored.pop("version", 1)
    if version not in (1, VERSION) or isinstance(version, bool):
        raise _unusable(path, f"its version {str(version)[:20]} is not known to this program")
    try:
        checked_object(stored, _HEADER, _HEADER_LATER)
    except Damaged as damage:
        raise _unusable(path, f"line 1: {damage}", restart=True) from None
    expected = json.loads(json.dumps(asdict(header)))
    differing = ", ".join(
        key for key in expected if stored.get(key, expected[key]) != expected[key]
    )
    if differing:
        raise InputError(
            f"{path} is the manifest of another load ({differing} differ).",
            remedy="Add --restart to load from the beginning, or name another with --manifest.",
        )


def _state(path: Path, lines: Sequence[bytes]) -> ManifestState:
    state = ManifestState()
    for number, line in enumerate(lines, start=2):
        try:
            record = parse_json(line)
            kinds = [each for each in _RECORDS if isinstance(record, dict) and each in record]
            if len(kinds) != 1:
                raise Damaged("it is not begin, done, not_stored or finished")
            _follow(state, kinds[0], checked_object(record, *_RECORDS[kinds[0]]))
        except Damaged as damage:
            raise _unusable(path, f"line {number}: {damage}", restart=True) from None
    return state


def _follow(state: ManifestState, kind: str, record: dict[str, Any]) -> None:
    lines: Lines | None = tuple(record["lines"]) if record.get("lines") else None
    match kind:
        case "begin":
            if record["begin"] not in state.done:
                state.in_doubt[record["begin"]] = lines
        case "done":
            state.add(Done(record["done"], record["rows"], record["bad"], lines))
        case "not_stored":
            state.in_doubt.pop(record["not_stored"], None)
        case _:
            if state.in_doubt:
                raise Damaged(f"it is finished, but batch {min(state.in_doubt)} is not done")
            state.finished = True


def _unusable(path: Path, why: str, *, restart: bool = False) -> InputError:
    again = (
        " Or add --restart to load from the beginning, with --skip-present if the primary key is"
        " among the columns: rows that are stored are then left unchanged."
    )
    return InputError(
        f"The manifest {path} cannot be used: {why}.",
        remedy="Move it away, or name another with --manifest, and check the table for the rows"
        f" that are stored.{again if restart else ''}",
    )
