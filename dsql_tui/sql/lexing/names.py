"""Identifiers: parsing and quoting.

What `quote_ident` of PostgreSQL 16 quotes, `quoted` quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dsql_tui.sql.lexing.keywords import COLUMN_NAME_KEYWORDS, RESERVED
from dsql_tui.sql.lexing.lexer import Token, TokenKind, significant
from dsql_tui.sql.lexing.string_constants import content

_NEEDS_QUOTES = RESERVED | COLUMN_NAME_KEYWORDS
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_UPPER_ASCII = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def folded(spelled: str) -> str:
    """Return the name of an identifier token: `"a""B"` is `a"B`, `Ab` is `ab`.

    Like the server in a UTF-8 database, only ASCII letters are folded. The escapes of `U&"…"` are
    read as if no UESCAPE followed it.
    """
    if spelled[-1:] == '"':
        return content(spelled)
    return spelled.translate(_UPPER_ASCII)


def quoted(name: str) -> str:
    """Return `name` as written in SQL, quoted only if needed."""
    if _PLAIN_NAME.fullmatch(name) and name not in _NEEDS_QUOTES:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(parts: Sequence[str]) -> str:
    """Return a dotted name as written in SQL."""
    return ".".join(quoted(part) for part in parts)


def schemas_in(search_path: str, role: str) -> tuple[str, ...]:
    """Return the schemas of a `search_path` setting in which names are looked up, in order.

    Args:
        search_path: The setting as SHOW prints it: `"$user", public`.
        role: The session's role, for `"$user"`.
    """
    names = [
        folded(search_path[token.start : token.end])
        for token in significant(search_path)
        if token.kind in {TokenKind.WORD, TokenKind.QUOTED_IDENTIFIER}
    ]
    schemas = [role if name == "$user" else name for name in names]
    return tuple(schemas) if "pg_catalog" in schemas else ("pg_catalog", *schemas)


class Piece(NamedTuple):
    """A token with its text, ready to be matched against a grammar.

    Attributes:
        word: A WORD in upper case, any other token as written; for strings only the kind is used.
        kind: The token's kind.
        depth: The number of enclosing parentheses; a parenthesis is not counted as inside its pair.
        start: Offset of its first code point.
        end: Offset after its last code point.
        text: The token as written.
    """

    word: str
    kind: TokenKind
    depth: int
    start: int
    end: int
    text: str

    @property
    def is_name(self) -> bool:
        """Whether it can be a name or part of one."""
        return self.kind in {TokenKind.WORD, TokenKind.QUOTED_IDENTIFIER}


def pieces_of(text: str, depth: int = 0) -> list[Piece]:
    """Return the tokens of `text` without whitespace and comments, with the depth of parentheses.

    Args:
        text: SQL.
        depth: The number of open parentheses at its start.
    """
    return pieces_from(significant(text), text, depth)


def pieces_from(tokens: Iterable[Token], text: str, depth: int = 0) -> list[Piece]:
    """Return those of some tokens that are neither whitespace nor comment; see `pieces_of`."""
    pieces: list[Piece] = []
    for kind, start, end in tokens:
        spelled = text[start:end]
        if spelled == ")":
            depth = max(depth - 1, 0)
        word = spelled.upper() if kind is TokenKind.WORD else spelled
        pieces.append(Piece(word, kind, depth, start, end, spelled))
        if spelled == "(":
            depth += 1
    return pieces


def name_at(pieces: Sequence[Piece], position: int) -> tuple[tuple[str, ...], int]:
    """Parse a dotted name.

    Returns:
        Its parts, folded, and the position after it; no parts if there is no name.
    """
    parts: list[str] = []
    while position < len(pieces) and pieces[position].is_name:
        parts.append(folded(pieces[position].text))
        position += 1
        if position < len(pieces) and pieces[position].word == ".":
            position += 1
        else:
            break
    return tuple(parts), position
