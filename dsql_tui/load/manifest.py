"""What of a file is stored already: JSON Lines beside the file, appended as batches end.

The first line says what is loaded where; a batch writes a line when it begins and one when it is
done. A batch that began and is not done is in doubt: it may have been stored just before the end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dsql_tui.errors import InputError

SUFFIX = ".load.jsonl"


@dataclass(frozen=True, slots=True)
class Header:
    """What is loaded where; a load is resumed only when all of it is the same.

    Attributes:
        file: The file's name.
        size_bytes: Its size.
        modified_ns: When it was changed last.
        cluster: Identifier of the cluster.
        table: The table as given.
        columns: The columns loaded.
        rows_max: Rows of a batch.
        bytes_max: Bytes of a batch.
    """

    file: str
    size_bytes: int
    modified_ns: int
    cluster: str
    table: str
    columns: tuple[str, ...]
    rows_max: int
    bytes_max: int


@dataclass(slots=True)
class State:
    """What a manifest says.

    Attributes:
        done: Numbers of the batches that are stored.
        in_doubt: Numbers of those that began and may be stored.
        rows: Rows stored.
        bad: Rows set aside.
        finished: Whether the whole file has been gone through.
    """

    done: set[int] = field(default_factory=set)
    in_doubt: set[int] = field(default_factory=set)
    rows: int = 0
    bad: int = 0
    finished: bool = False


class Manifest:
    """A manifest being written; one thread. A line is in the file when its method returns."""

    def __init__(self, path: Path, state: State) -> None:
        self._path = path
        self.state = state

    def begin(self, number: int) -> None:
        """Say that a batch is about to be stored."""
        self._write({"begin": number})

    def done(self, number: int, rows: int, bad: int) -> None:
        """Say that a batch is stored."""
        self.state.done.add(number)
        self.state.rows += rows
        self.state.bad += bad
        self._write({"done": number, "rows": rows, "bad": bad})

    def finish(self) -> None:
        """Say that the whole file has been gone through."""
        self.state.finished = True
        self._write({"finished": True})

    def _write(self, line: dict[str, Any]) -> None:
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        except OSError as error:
            raise _unwritable(self._path, error) from None


def path_for(file: Path) -> Path:
    """Return where the manifest of a file is."""
    return file.with_name(file.name + SUFFIX)


def open_manifest(path: Path, header: Header, *, restart: bool) -> Manifest:
    """Start a manifest, or take up the one that is there.

    Raises:
        InputError: The one that is there is of another load, or the folder cannot be written.
    """
    try:
        state = None if restart else _read(path, header)
        if state is None:
            path.write_text(json.dumps(asdict(header)) + "\n", encoding="utf-8")
            path.chmod(0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    return Manifest(path, state or State())


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"The manifest {path} cannot be written: {error.strerror}.",
        remedy="Name another place with --manifest.",
    )


def _read(path: Path, header: Header) -> State | None:
    if not path.exists():
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = json.loads(json.dumps(asdict(header)))
    found = _parsed(lines[0]) if lines else {}
    if found != expected:
        differs = ", ".join(key for key in expected if found.get(key) != expected[key])
        raise InputError(
            f"{path} is the manifest of another load ({differs} differ).",
            remedy="Add --restart to begin anew, or name another with --manifest.",
        )
    state = State()
    for line in map(_parsed, lines[1:]):
        if "begin" in line:
            state.in_doubt.add(line["begin"])
        elif "done" in line:
            state.done.add(line["done"])
            state.rows += line["rows"]
            state.bad += line["bad"]
        elif "finished" in line:
            state.finished = True
    state.in_doubt -= state.done
    return state


def _parsed(line: str) -> dict[str, Any]:
    """Return a line's object; the last line of a process that was killed may be cut off."""
    try:
        parsed = json.loads(line)
    except json.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
