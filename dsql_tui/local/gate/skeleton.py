"""The normal form of a statement, which patterns of refused statements match.

`Select "For", 'X'  -- note` becomes `SELECT "for" , 'x'`: keywords and plain names in capitals,
quoted names and strings in small letters, one space between tokens. A pattern in capitals can
therefore never match inside a quoted name or a string. Quotes are removed from names that begin
with `pg_`: none of these is a keyword, so the quoted name means the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece

NAME = r'(?:"[^"]*"|[\w$]+)'
QUALIFIED = rf"{NAME}(?: \. {NAME})*"
_OF_POSTGRESQL = re.compile(r'"(pg_\w*)"')
_SIMPLE = re.compile(r"[\w .=/-]{1,64}")
_STRINGS = {TokenKind.STRING, TokenKind.DOLLAR_STRING}


def skeleton(pieces: Sequence[Piece]) -> str:
    """Return the normal form of a statement's tokens."""
    return " ".join(_normal(piece) for piece in pieces)


def _normal(piece: Piece) -> str:
    if piece.kind is TokenKind.WORD:
        return piece.word
    if piece.kind is TokenKind.QUOTED_IDENTIFIER:
        plain = _OF_POSTGRESQL.fullmatch(piece.text)
        if plain:
            return plain[1].upper()
        return '"' + re.sub(r"[^\w.]", "_", piece.text[1:-1]).lower() + '"'
    if piece.kind in _STRINGS:
        inner = piece.text.strip("'")
        return f"'{inner.lower()}'" if _SIMPLE.fullmatch(inner) else "''"
    return piece.text


def listed(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Split a list at its outermost commas: elements of a CREATE TABLE, actions of an ALTER."""
    if not pieces:
        return []
    depth = pieces[0].depth
    elements: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.word == "," and piece.depth == depth:
            elements.append([])
        else:
            elements[-1].append(piece)
    return [element for element in elements if element]


def inside(pieces: Sequence[Piece], opening: int) -> Sequence[Piece]:
    """Return the tokens in the parentheses that open at position `opening`."""
    depth = pieces[opening].depth
    end = opening + 1
    while end < len(pieces) and pieces[end].depth > depth:
        end += 1
    return pieces[opening + 1 : end]
