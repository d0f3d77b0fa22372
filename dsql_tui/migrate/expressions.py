"""Expressions as PostgreSQL prints them with an empty `search_path`: names in them, rewritten.

Every name outside `pg_catalog` has its schema there, so a name of two parts is never a builtin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, folded, name_at, pieces_of
from dsql_tui.sql.lexing.string_constants import content

QualifiedName = tuple[str, str]


def qualified_names(sql: str) -> Iterator[tuple[QualifiedName, int, int]]:
    """Yield each name with a schema, and its range; `t.c` is among them, if `t` has no schema."""
    pieces = pieces_of(sql)
    position = 0
    while position < len(pieces):
        parts, behind = name_at(pieces, position)
        if len(parts) >= 2:
            # The first two parts of a.b.c are those of a relation whose column c is.
            yield (parts[0], parts[1]), pieces[position].start, pieces[position + 2].end
        position = max(behind, position + 1)


def with_names(sql: str, names: Mapping[QualifiedName, str]) -> str:
    """Return SQL with some qualified names replaced by other text."""
    parts: list[str] = []
    done = 0
    for name, start, end in qualified_names(sql):
        if name in names:
            parts += [sql[done:start], names[name]]
            done = end
    return "".join(parts) + sql[done:]


def first_of(sql: str, names: Collection[QualifiedName]) -> QualifiedName | None:
    """Return the first qualified name in SQL that is one of `names`."""
    return next((name for name, _, _ in qualified_names(sql) if name in names), None)


def first_word_of(sql: str, words: Collection[str]) -> str | None:
    """Return the first identifier in SQL, part of a name or not, that is one of `words`."""
    found = (folded(piece.text) for piece in pieces_of(sql) if piece.is_name)
    return next((word for word in found if word in words), None)


def foreign_operator(sql: str) -> str | None:
    """Return the first operator that is not PostgreSQL's own: `OPERATOR(public.%)`."""
    pieces = pieces_of(sql)
    for at, piece in enumerate(pieces):
        if piece.word == "OPERATOR" and [each.word for each in pieces[at + 1 : at + 2]] == ["("]:
            parts, behind = _operator(pieces, at + 2)
            if parts and parts[0] != "pg_catalog":
                return f"{parts[0]}.{behind}"
    return None


def _operator(pieces: list[Piece], position: int) -> tuple[tuple[str, ...], str]:
    schema = folded(pieces[position].text) if position < len(pieces) else ""
    symbol = "".join(
        piece.text
        for piece in pieces[position + 2 : position + 4]
        if piece.word not in {")", "("} and not piece.is_name
    )
    return ((schema,) if schema else ()), symbol


def sequence_of(default: str) -> QualifiedName | None:
    """Return the sequence of `nextval('schema.name'::regclass)`, if that is all of a default."""
    pieces = pieces_of(default)
    words = [piece.word for piece in pieces]
    is_call = (
        len(pieces) == 6
        and words[:2] == ["NEXTVAL", "("]
        and words[3:]
        == [
            "::",
            "REGCLASS",
            ")",
        ]
    )
    if not is_call or pieces[2].kind is not TokenKind.STRING:
        return None
    parts, _ = name_at(pieces_of(content(pieces[2].text)), 0)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def constant_of(default: str) -> str | None:
    """Return the value of a constant, `'new'::public.status` or `1.5`, as text."""
    pieces = pieces_of(default.strip())
    if [each.word for each in pieces[:1]] == ["("] and [each.word for each in pieces[2:3]] == [")"]:
        pieces = [pieces[1], *pieces[3:]]
    if len(pieces) == 1 and pieces[0].kind is TokenKind.NUMBER:
        return pieces[0].text
    is_cast = len(pieces) >= 3 and pieces[1].word == "::"
    if not is_cast or pieces[0].kind not in {TokenKind.STRING, TokenKind.NUMBER}:
        return None
    if any(piece.word == "::" or piece.word == "||" for piece in pieces[2:]):
        return None
    return content(pieces[0].text)


def referenced_columns(definition: str) -> tuple[str, ...]:
    """Return the columns that a foreign key refers to."""
    pieces = pieces_of(definition)
    start = next((at for at, each in enumerate(pieces) if each.word == "REFERENCES"), len(pieces))
    _, at = name_at(pieces, start + 1)
    columns: list[str] = []
    for piece in pieces[at + 1 :]:
        if piece.word == ")":
            break
        if piece.is_name:
            columns.append(folded(piece.text))
    return tuple(columns)
