r"""The inline data of `COPY … FROM stdin` in a script, as pg_dump writes it.

The data follows the line of the statement and ends with `\.`. It is not SQL, so scripts are parsed
with the data replaced by spaces: offsets and lines stay the same. The `\restrict` lines of pg_dump,
which concern psql alone, are blanked too. Source: PostgreSQL documentation, COPY, "Text Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.sql.lexing.lexer import Token, TokenKind, tokenize
from dsql_tui.sql.lexing.names import pieces_of
from dsql_tui.sql.statements.params import untyped

_MAY_HOLD = re.compile(r"\bfrom\s+stdin\b|^\\(?:un)?restrict\b", re.IGNORECASE | re.MULTILINE)
_PSQL = re.compile(r"\\(?:un)?restrict\b[^\n]*")
_END = re.compile(r"^\\\.\r?$", re.MULTILINE)
_NULL = "\\N"
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A part of a script that is no SQL; `statement` is the offset of the COPY it belongs to."""

    start: int
    end: int
    statement: int | None = None


def without_copy_data(text: str) -> tuple[str, dict[int, str]]:
    """Return a script with its inline data blanked, and the data by the offset of its COPY."""
    if not _MAY_HOLD.search(text):
        return text, {}
    parts: list[str] = []
    data: dict[int, str] = {}
    position = 0
    for foreign in _foreign(text):
        chunk = text[foreign.start : foreign.end]
        if foreign.statement is not None:
            data[foreign.statement] = _END.sub("", chunk)
        parts += [text[position : foreign.start], re.sub(r"[^\n]", " ", chunk)]
        position = foreign.end
    return "".join([*parts, text[position:]]), data


def _foreign(text: str) -> Iterator[_Foreign]:
    position = 0
    while (foreign := _next_foreign(text, position)) is not None:
        yield foreign
        position = foreign.end


def _next_foreign(text: str, position: int) -> _Foreign | None:
    words: list[Token] = []
    rest = text[position:]
    for token in tokenize(rest):
        if token.kind in {TokenKind.SPACE, TokenKind.COMMENT}:
            continue
        if token.kind is TokenKind.SEMICOLON:
            ends = _data_end(text, position + token.end) if _is_copy(words, rest) else None
            if ends is not None:
                return _Foreign(*ends, position + words[0].start)
            words = []
        elif not words and (psql := _PSQL.match(rest, token.start)):
            return _Foreign(position + token.start, position + psql.end())
        else:
            words.append(token)
    return None


def _is_copy(words: list[Token], text: str) -> bool:
    if len(words) < 4 or words[0].of(text).upper() != "COPY":
        return False
    return [word.of(text).upper() for word in words[-2:]] == ["FROM", "STDIN"]


def _data_end(text: str, after: int) -> tuple[int, int] | None:
    """Return the range of the data after a COPY that ends at `behind`, `None` if it has none."""
    line_end = text.find("\n", after)
    if line_end < 0 or text[after:line_end].strip():
        return None
    end = _END.search(text, line_end + 1)
    return (line_end + 1, end.end()) if end else None


def insert_of(statement: str, data: str) -> str:
    """Return the INSERT for a COPY and its inline data; empty for no rows.

    Raises:
        InputError: A row holds what no text can.
    """
    pieces = pieces_of(statement)
    target = statement[pieces[1].start : pieces[-3].end]
    rows = [_row(line.removesuffix("\r")) for line in data.split("\n")[:-1]]
    return f"INSERT INTO {target} VALUES\n" + ",\n".join(rows) if rows else ""


def _row(line: str) -> str:
    return f"({', '.join(untyped(_value(field)) for field in line.split(chr(9)))})"


def _value(field: str) -> str | None:
    if field == _NULL:
        return None
    if "\\" not in field:
        return field
    try:
        return _ESCAPE.sub(_escaped, field.encode()).decode()
    except UnicodeError:
        raise InputError("The data of COPY holds bytes that are no UTF-8 text.") from None


def _escaped(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, letter = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    return _LETTERS.get(letter, bytes(letter))
