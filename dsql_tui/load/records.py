"""Records from every kind of file, and reading text line by line in constant memory."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from dsql_tui.errors import InputError

FIELD_MAX_BYTES = 1024 * 1024
"""Largest column value (user guide, CHAP_quotas)."""
RECORD_MAX_BYTES = 32 * 1024 * 1024
"""Longest text of one row. A transaction holds 10 MiB (CHAP_quotas); escapes make text longer."""
BOM = "\ufeff"
BLOCK_BYTES = 1024 * 1024
_SPACE = re.compile(r"[ \t\n\r]*")

Values = tuple[str | None, ...]


class Record(NamedTuple):
    """One row of a file.

    Attributes:
        line: The line in which it begins, from 1; for JSON arrays and Parquet the number of the
            row. It is unique in a file.
        values: Values in the order of the source's columns; empty if the row could not be read.
        problem: Why the row could not be read.
        text: The source text of a row that could not be read.
    """

    line: int
    values: Values
    problem: str = ""
    text: str = ""


@dataclass(slots=True)
class Position:
    """How much of a file was read, in bytes as on disk; for Parquet in proportion to its rows."""

    bytes_read: int = 0


class Malformed(Exception):
    """Text that does not conform to its format.

    Attributes:
        offset: The position in the text, in characters from 0.
        why: The problem there, without a full stop.
        remedy: What to do about it; may be empty.
    """

    def __init__(self, offset: int, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.offset = offset
        self.why = why
        self.remedy = remedy

    def in_file(self, path: Path, text: str, line: int) -> InputError:
        """Return the error that stops the reading of a file.

        Args:
            path: The file.
            text: The text to which the offset refers.
            line: The line in which that text begins, from 1.
        """
        line += text.count("\n", 0, self.offset)
        column = self.offset - text.rfind("\n", 0, self.offset)
        return malformed(path, line, column, self.why, self.remedy)


def malformed(path: Path, line: int, column: int, why: str, remedy: str = "") -> InputError:
    """Return the error for a malformed file; line and column count from 1."""
    return InputError(f"{path}, line {line}, column {column}: {why}.", remedy=remedy)


def read_lines(path: Path, stream: IO[bytes], position: Position) -> Iterator[str]:
    r"""Yield each line with its `\n`; no other character ends one. A BOM is removed.

    Raises:
        InputError: A line is not UTF-8, or longer than a row can be.
    """
    longest = RECORD_MAX_BYTES
    for number, line in enumerate(iter(partial(stream.readline, longest + 1), b""), start=1):
        position.bytes_read += len(line)
        if len(line) > longest:
            raise malformed(path, number, 1, f"a line of more than {longest:,} bytes")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise _not_utf8(path, number, line, error) from None
        yield text.removeprefix(BOM) if number == 1 else text


def _not_utf8(path: Path, number: int, line: bytes, error: UnicodeDecodeError) -> InputError:
    before = line[: error.start].decode()
    if number == 1:
        before = before.removeprefix(BOM)
    why = f"not UTF-8 text (byte 0x{line[error.start]:02X})"
    return malformed(path, number, len(before) + 1, why, "Save it as UTF-8.")


def without_break(line: str) -> str:
    r"""Return a line without its `\n` or `\r\n`."""
    return line[:-2] if line.endswith("\r\n") else line.removesuffix("\n")


class TextBlocks:
    """A file's text from the current position, for formats without lines.

    Attributes:
        text: The buffered part of the file.
        at: The offset in `text` up to which it has been read.
    """

    def __init__(self, stream: IO[bytes], path: Path, position: Position) -> None:
        self._stream = stream
        self._path = path
        self._position = position
        self._decoder = getincrementaldecoder("utf-8")()
        self._line = self._column = 1
        self.text = ""
        self.at = 0
        if self.more():
            self.text = self.text.removeprefix(BOM)

    def more(self) -> bool:
        """Read as much again as is buffered; return whether anything was read.

        Raises:
            InputError: It is not UTF-8.
        """
        held = self.text[self.at :]
        if len(held) > RECORD_MAX_BYTES:
            return False
        data = self._stream.read(max(BLOCK_BYTES, len(held)))
        self._position.bytes_read += len(data)
        try:
            new = self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            self.text, self.at = held + error.object[: error.start].decode(), 0
            why = f"not UTF-8 text (byte 0x{error.object[error.start]:02X})"
            raise self.fault(len(self.text), why, "Save it as UTF-8.") from None
        self.text, self.at = held + new, 0
        return bool(data)

    def skip(self, count: int) -> None:
        """Advance by a number of characters."""
        self._line, self._column = self.place(self.at + count)
        self.at += count

    def next_mark(self) -> str:
        """Advance to the next character that is not whitespace and return it; "" at the end."""
        while True:
            space = _SPACE.match(self.text, self.at)
            self.skip(space.end() - self.at if space else 0)
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of a position in `text` at or after `at`."""
        breaks = self.text.count("\n", self.at, offset)
        if breaks:
            return self._line + breaks, offset - self.text.rfind("\n", self.at, offset)
        return self._line, self._column + offset - self.at

    def fault(self, offset: int, why: str, remedy: str = "") -> InputError:
        """Return the error for a problem at a position in `text`."""
        return malformed(self._path, *self.place(offset), why, remedy)
