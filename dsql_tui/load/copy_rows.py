r"""TSV: PostgreSQL's COPY text format, as written by COPY and `query --format tsv`.

Fields are separated by tabs, NULL is `\N`, and a backslash escapes characters that have a special
meaning; quotes are ordinary characters. Source: PostgreSQL documentation, COPY, "Text Format". COPY
ignores a backslash before any other letter; here the row is malformed instead, because the file was
probably not written in this format (`C:\data`) and the backslash would be lost silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.load.records import Malformed, Record, malformed, without_break

NULLS = frozenset({"\\N"})
END_OF_DATA = "\\."
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|([bfnrtv])|([^0-9A-Za-z\s])|)")
_BACKSLASH_REMEDY = r"Write a backslash as \\."


@dataclass(frozen=True)
class CopyFormat:
    """The spelling of NULL: `nulls` are compared with a field before its escapes are decoded."""

    nulls: frozenset[str] = NULLS

    def names(self, lines: Iterator[str], path: Path) -> tuple[str, ...]:
        """Return the names in the first line; none if it is missing or empty.

        Raises:
            InputError: It is malformed.
        """
        line = without_break(next(lines, ""))
        try:
            return tuple(name or "" for name in _fields(line, frozenset())) if line else ()
        except Malformed as fault:
            raise fault.in_file(path, line, 1) from None

    def records(
        self, lines: Iterator[str], path: Path, width: int, *, has_header: bool
    ) -> Iterator[Record]:
        r"""Yield the rows; a malformed line is a record with its problem.

        Raises:
            InputError: Something follows the end of the data, `\.`.
        """
        numbered = enumerate(lines, start=1)
        if has_header:
            next(numbered, None)
        for number, line in numbered:
            text = without_break(line)
            if text == END_OF_DATA:
                _require_end(numbered, path)
                return
            try:
                fields = _fields(text, self.nulls)
            except Malformed as fault:
                yield Record(number, (), f"column {fault.offset + 1}: {fault.why}", text)
                continue
            if len(fields) == width:
                yield Record(number, tuple(fields))
            elif text:
                problem = f"{len(fields)} fields where there are {width} columns"
                yield Record(number, (), problem, text)


def values_of(row: str) -> tuple[str | None, ...]:
    """Return the values of a row that a server has written with COPY; `None` is NULL."""
    return tuple(_fields(without_break(row), NULLS))


def _fields(text: str, nulls: frozenset[str]) -> list[str | None]:
    """Return the fields of a line.

    Raises:
        Malformed: An escape sequence is invalid, or a carriage return is not escaped.
    """
    if "\r" in text:
        raise Malformed(text.index("\r"), r"a carriage return that is not written \r")
    spelled = text.split("\t")
    if "\\" not in text and nulls == NULLS:
        return list[str | None](spelled)
    fields, at = list[str | None](), 0
    for each in spelled:
        fields.append(None if each in nulls else _unescaped(each, at) if "\\" in each else each)
        at += len(each) + 1
    return fields


def _unescaped(field: str, at: int) -> str:
    """Return the value of a field, with its escape sequences decoded.

    Args:
        field: The field as written in the file.
        at: The offset in its line at which it begins.

    Raises:
        Malformed: An escape sequence is invalid.
    """

    def meant(escape: re.Match[bytes]) -> bytes:
        code, octal, letter, character = escape.groups()
        if character is not None:
            return bytes(character)
        if letter is not None:
            return _LETTERS[letter]
        if code is None and octal is None:
            before = data[: escape.start()].decode()
            raise Malformed(
                at + len(before), r"a backslash that is not written \\ and escapes nothing"
            )
        return bytes([int(code, 16) if code is not None else int(octal, 8) & 0xFF])

    data = field.encode()
    try:
        return _ESCAPE.sub(meant, data).decode()
    except UnicodeDecodeError:
        raise Malformed(at, r"bytes written as \x or octal that are not UTF-8 text") from None


def _require_end(numbered: Iterator[tuple[int, str]], path: Path) -> None:
    for number, line in numbered:
        if line.strip():
            raise malformed(path, number, 1, rf"text after the end of the data, {END_OF_DATA}")
