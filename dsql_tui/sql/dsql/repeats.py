"""The effect of a second run of DDL, and the SQLSTATEs that show that the first one completed.

Most DDL can be repeated without a second effect: it is refused because the object already exists or
no longer exists, or it sets a value that is already set. A statement that would create a second
object under another name (an index or a constraint that the statement does not name) must not be
repeated before a person has checked whether the first run completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsql_tui.sql.lexing.names import Piece, folded, name_at, pieces_of, qualified
from dsql_tui.sql.statements.commands import command_of
from dsql_tui.sql.statements.params import untyped

ALREADY_THERE = frozenset({"42P07", "42701", "42710", "42P06", "42723"})
"""SQLSTATEs of DDL that was run before: duplicate table or index, column, object, schema,
function."""
GONE_ALREADY = frozenset({"42P01", "42703", "42704", "3F000", "42883"})
"""SQLSTATEs of a DROP that was run before: the table, column, object, schema or function is not
there."""
ALTERED = frozenset({"42P16", "55000"})
"""SQLSTATEs of an ALTER that was run before: a second primary key; a column that is an identity, or
is none, or an index that is a constraint's already."""
REFUSED = frozenset({"42601", "0A000"})
"""SQLSTATEs of what no server has run: a syntax error, a feature that is not supported."""
_UNNAMED = frozenset({"CHECK", "UNIQUE", "FOREIGN", "EXCLUDE"})
_RELATIONS = frozenset({"TABLE", "VIEW", "INDEX", "SEQUENCE"})
_CATALOGS = {
    "ROLE": ("pg_roles", "rolname"),
    "USER": ("pg_roles", "rolname"),
    "SCHEMA": ("pg_namespace", "nspname"),
    "FUNCTION": ("pg_proc", "proname"),
    "PROCEDURE": ("pg_proc", "proname"),
    "TYPE": ("pg_type", "typname"),
    "DOMAIN": ("pg_type", "typname"),
}
"""Where the new name of what was renamed is, by the kind of object."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What it means to run a statement again.

    Attributes:
        is_safe: The second run has no effect beyond that of the first.
        done_states: SQLSTATEs of the second run that mean that the first one had completed.
        check: A query to run after such a SQLSTATE, which returns a row if the first run had
            completed; empty if the SQLSTATE suffices.
    """

    is_safe: bool = True
    done_states: frozenset[str] = frozenset()
    check: str = ""


def repeat_of(statement: str) -> Repeat:
    """Return what it means to run a DDL statement again."""
    pieces = [piece for piece in pieces_of(statement) if piece.word != ";"]
    if not pieces:
        return Repeat()
    command, after = command_of(pieces)
    verb, _, kind = command.partition(" ")
    if command == "CREATE INDEX":
        return Repeat(is_safe=_is_named(pieces), done_states=ALREADY_THERE)
    if verb == "CREATE" or command == "AWS IAM GRANT":
        return Repeat(done_states=ALREADY_THERE)
    if verb == "DROP" or command == "AWS IAM REVOKE":
        return Repeat(done_states=GONE_ALREADY)
    if verb == "ALTER":
        return _alter(pieces, kind, after)
    return Repeat()


def _is_named(pieces: Sequence[Piece]) -> bool:
    """Whether a CREATE INDEX names the index."""
    words = (piece.word for piece in pieces)
    skipped = {"CREATE", "UNIQUE", "INDEX", "ASYNC", "CONCURRENTLY"}
    return next((word for word in words if word not in skipped), "ON") != "ON"


def _alter(pieces: Sequence[Piece], kind: str, after: int) -> Repeat:
    words = [piece.word if piece.depth == 0 else "" for piece in pieces]
    if "RENAME" in words[after:]:
        return Repeat(
            done_states=GONE_ALREADY, check=_renamed(pieces, kind, after, words.index("RENAME"))
        )
    for at in range(after, len(words) - 1):
        if words[at : at + 2] == ["SET", "SCHEMA"]:
            return Repeat(done_states=GONE_ALREADY, check=_moved(pieces, kind, after, at + 2))
    states: frozenset[str] = frozenset()
    is_safe = True
    for word, following in zip(words[after:], [*words[after + 1 :], ""], strict=True):
        if word == "ADD":
            states |= ALREADY_THERE | ALTERED
            is_safe = is_safe and following not in _UNNAMED
        elif word == "DROP":
            states |= GONE_ALREADY | ALTERED
    return Repeat(is_safe, states)


def _renamed(pieces: Sequence[Piece], kind: str, after: int, rename: int) -> str:
    """Return the query that finds the object renamed by ALTER … RENAME; empty if unknown."""
    old, _ = name_at(pieces, _name_start(pieces, after))
    words = [piece.word for piece in pieces]
    if "TO" not in words[rename:-1] or not old:
        return ""
    to = words.index("TO", rename)
    new = folded(pieces[to + 1].text)
    if to == rename + 1:
        if kind in _RELATIONS:
            return _relation((*old[:-1], new))
        if kind not in _CATALOGS:
            return ""
        catalog, column = _CATALOGS[kind]
        return _row_of(catalog, f"{column} = {untyped(new)} LIMIT 1")
    owner = f"to_regclass({untyped(qualified(old))})"
    if words[rename + 1] == "CONSTRAINT":
        return _row_of("pg_constraint", f"conrelid = {owner} AND conname = {untyped(new)}")
    named = f"attname = {untyped(new)} AND NOT attisdropped"
    return _row_of("pg_attribute", f"attrelid = {owner} AND {named}")


def _moved(pieces: Sequence[Piece], kind: str, after: int, schema: int) -> str:
    """Return the query that finds the object moved by ALTER … SET SCHEMA; empty if unknown."""
    name, _ = name_at(pieces, _name_start(pieces, after))
    if kind not in _RELATIONS or not name or schema >= len(pieces):
        return ""
    return _relation((folded(pieces[schema].text), name[-1]))


def _relation(name: Sequence[str]) -> str:
    return f"SELECT 1 WHERE to_regclass({untyped(qualified(name))}) IS NOT NULL"


def _row_of(catalog: str, condition: str) -> str:
    return " ".join(["SELECT 1 FROM", f"pg_catalog.{catalog}", "WHERE", condition])


def _name_start(pieces: Sequence[Piece], position: int) -> int:
    """Return the position of the object's name, after IF EXISTS and ONLY."""
    while position < len(pieces) and pieces[position].word in {"ASYNC", "IF", "EXISTS", "ONLY"}:
        position += 1
    return position
