"""Which names of a SQL text PostgreSQL looks up on the session's search path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, pieces_of

OWN_SCHEMAS = frozenset({"PG_CATALOG", "SYS", "PG_DSQL", "PG_DSQL_SHOWN", "PG_DSQL_WHOLE"})
_GRAMMAR = frozenset(
    {
        *("ALL", "AND", "ANY", "ARRAY", "AS", "BY", "CASE", "CAST", "COALESCE", "ELSE", "EXISTS"),
        *("FROM", "GREATEST", "IN", "LEAST", "LIKE", "NOT", "ON", "OPERATOR", "OR", "ROW"),
        *("SELECT", "THEN", "USING", "VALUES", "WHEN", "WHERE"),
    }
)
"""Words that may precede a parenthesis without being looked up as functions."""
_TYPES_OF_GRAMMAR = frozenset({"BIGINT", "BOOLEAN", "INTEGER", "NUMERIC", "REAL", "SMALLINT"})
_WITH_OPERATORS = frozenset(
    {"BETWEEN", "DISTINCT", "ILIKE", "IN", "LIKE", "NATURAL", "NULLIF", "SIMILAR"}
)
"""Words that are operators, which are looked up by name."""
_BEFORE_RELATIONS = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "CALL"})
_RAISED = frozenset({"ERRCODE", "DETAIL", "HINT", "CONSTRAINT", "TABLE", "SCHEMA"})
"""What RAISE sets with a sign that is no operator."""
_DECLARED = re.compile(r"^\s*\w+\s+(?:CONSTANT\s+)?([\w.]+)", re.MULTILINE)


def looked_up(sql: str) -> list[str]:
    """Return what is not qualified with a schema of PostgreSQL's or ours; empty for a safe text.

    Args:
        sql: A statement, or the body of a function in PL/pgSQL.
    """
    declared, begins, body = sql.partition("\nBEGIN\n")
    found = []
    if begins:
        declarations = declared.partition("DECLARE\n")[2]
        types = [match[1] for match in _DECLARED.finditer(declarations)]
        found += [name for name in types if name.partition(".")[0].upper() not in OWN_SCHEMAS]
        sql = declarations + body
    return found + list(_unqualified(pieces_of(sql)))


def _unqualified(pieces: Sequence[Piece]) -> Iterator[str]:
    words = ["", "", *(piece.word for piece in pieces), "", ""]
    for at, piece in enumerate(pieces, 2):
        before, behind = words[at - 1], words[at + 1]
        if piece.kind is TokenKind.OPERATOR and not _is_syntax(words, at):
            yield piece.text
        if piece.word == "::" and behind not in _TYPES_OF_GRAMMAR:
            yield from _unless_own(words, at + 1)
        if not piece.is_name or before == ".":
            continue
        if behind == "(" and piece.word not in _GRAMMAR:
            yield f"{piece.text}("
        if piece.word in _WITH_OPERATORS and not (piece.word == "IN" and words[at - 2] == "FOR"):
            yield piece.text
        if piece.word in _BEFORE_RELATIONS and behind not in {"(", "STATEMENT"}:
            yield from _unless_own(words, at + 1) if _names_relation(words, at) else ()


def _names_relation(words: Sequence[str], at: int) -> bool:
    """Whether a name of a relation or procedure follows; PL/pgSQL also says INTO a variable."""
    return words[at] != "INTO" or words[at - 1] == "INSERT"


def _unless_own(words: Sequence[str], at: int) -> Iterator[str]:
    if words[at] and (words[at] not in OWN_SCHEMAS or words[at + 1] != "."):
        yield words[at].lower()


def _is_syntax(words: Sequence[str], at: int) -> bool:
    """Whether an operator's sign is a cast, an assignment, a star or qualified."""
    if words[at - 1] == "." or words[at] in {"::", ":="}:
        return True
    if words[at] == "=":
        return words[2] == "SET" or words[at - 1] in _RAISED
    return words[at] == "*" and words[at - 1] in {"SELECT", "(", ","}
