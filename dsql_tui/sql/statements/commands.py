"""The commands of SQL by their first words, and their kinds of objects.

This module has a table of commands and the rules that find the object names after the command.
`sql/statements/classify.py` combines them with the effects of a statement on rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from dsql_tui.sql.lexing.keywords import words
from dsql_tui.sql.lexing.names import Piece, name_at, qualified


class StatementKind(StrEnum):
    """The category of a command."""

    EMPTY = "empty"
    QUERY = "query"
    DML = "DML"
    DDL = "DDL"
    TRANSACTION = "transaction control"
    SESSION = "session"
    CALL = "call"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


_COMMANDS = {
    StatementKind.QUERY: "SELECT VALUES TABLE WITH EXPLAIN",
    StatementKind.DML: "INSERT UPDATE DELETE MERGE COPY TRUNCATE",
    StatementKind.DDL: "CREATE ALTER DROP GRANT REVOKE COMMENT AWS REASSIGN SECURITY IMPORT REFRESH"
    " REINDEX CLUSTER",
    StatementKind.TRANSACTION: "BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE",
    StatementKind.SESSION: "SET SHOW RESET DISCARD LISTEN UNLISTEN NOTIFY PREPARE DEALLOCATE"
    " DECLARE FETCH MOVE CLOSE LOAD LOCK",
    StatementKind.CALL: "CALL DO EXECUTE",
    StatementKind.MAINTENANCE: "ANALYZE ANALYSE VACUUM CHECKPOINT",
}
KIND_OF = {word: kind for kind, words in _COMMANDS.items() for word in words.split()}
"""GRANT, COMMENT and AWS IAM GRANT count as DDL in a transaction (UG/working-with-ddl)."""
_SECOND_WORDS = {
    "START": {"TRANSACTION"},
    "COMMIT": {"PREPARED"},
    "ROLLBACK": {"PREPARED", "TO"},
    "PREPARE": {"TRANSACTION"},
    "SET": {"LOCAL", "SESSION", "TRANSACTION", "CONSTRAINTS", "ROLE"},
    "DROP": {"OWNED"},
    "REASSIGN": {"OWNED"},
    "COMMENT": {"ON"},
}
_MODIFIERS = words(
    "OR REPLACE UNIQUE TEMP TEMPORARY UNLOGGED GLOBAL LOCAL RECURSIVE TRUSTED PROCEDURAL"
)
_LONG_OBJECTS = {
    "MATERIALIZED": ("VIEW",),
    "FOREIGN": ("TABLE", "DATA WRAPPER"),
    "EVENT": ("TRIGGER",),
    "CONSTRAINT": ("TRIGGER",),
    "ACCESS": ("METHOD",),
    "DEFAULT": ("PRIVILEGES",),
    "USER": ("MAPPING",),
    "OPERATOR": ("CLASS", "FAMILY"),
    "TEXT": (
        "SEARCH CONFIGURATION",
        "SEARCH DICTIONARY",
        "SEARCH PARSER",
        "SEARCH TEMPLATE",
    ),
}
_BEFORE_NAME = words("IF NOT EXISTS ONLY CONCURRENTLY")
_NAMED_BEHIND_ON = frozenset({"INDEX", "TRIGGER", "POLICY", "RULE"})


def command_of(pieces: Sequence[Piece]) -> tuple[str, int]:
    """Return the command's words, as in its completion tag, and the position after them."""
    first = pieces[0].word
    following = [piece.word for piece in pieces[1:4]]
    if first == "AWS" and following[:1] == ["IAM"]:
        return " ".join([first, *following[:2]]), 3
    if first in {"CREATE", "ALTER", "DROP"} and following[:1] != ["OWNED"]:
        return _object_command(pieces)
    if following[:1] and following[0] in _SECOND_WORDS.get(first, ()):
        return f"{first} {following[0]}", 2
    return first, 1


def _object_command(pieces: Sequence[Piece]) -> tuple[str, int]:
    position = 1
    while position < len(pieces) and pieces[position].word in _MODIFIERS:
        position += 1
    following = [piece.word for piece in pieces[position : position + 3]]
    if not following:
        return pieces[0].word, 1
    for rest in _LONG_OBJECTS.get(following[0], ()):
        count = 1 + rest.count(" ") + 1
        if " ".join(following[1:count]) == rest:
            return f"{pieces[0].word} {following[0]} {rest}", position + count
    return f"{pieces[0].word} {following[0]}", position + 1


def is_async(pieces: Sequence[Piece], command: str, position: int) -> bool:
    """Whether the ASYNC at `position` is the keyword: `ALTER TABLE async …` names a table."""
    if position >= len(pieces) or pieces[position].word != "ASYNC":
        return False
    if command == "ALTER TABLE":
        _, after = name_at(pieces, position + 1)
        return after < len(pieces) and pieces[after].word == "VALIDATE"
    return command == "CREATE INDEX"


def targets_of(pieces: Sequence[Piece], command: str, position: int) -> tuple[str, ...]:
    """Return the objects a DDL command names, quoted; `position` is after the command."""
    verb, _, kind = command.partition(" ")
    if kind == "OWNED":
        return ()
    if verb in {"GRANT", "REVOKE"}:
        on = _find(pieces, position, "ON")
        return _granted(pieces, on + 1) if on else _names(pieces, position)
    if verb == "COMMENT":
        return _names(pieces, _object_command(pieces[position - 1 :])[1] + position - 1)
    if verb == "CREATE" and kind in _NAMED_BEHIND_ON:
        on = _find(pieces, position, "ON")
        return _names(pieces, on + 1) if on else ()
    if is_async(pieces, command, position):
        position += 1
    return _names(pieces, position)


def _granted(pieces: Sequence[Piece], position: int) -> tuple[str, ...]:
    if pieces[position : position + 1] and pieces[position].word == "ALL":
        schema = _find(pieces, position, "SCHEMA")
        return _names(pieces, schema + 1) if schema else ()
    following = pieces[position + 1 : position + 2]
    if following and following[0].is_name and following[0].word not in {"TO", "FROM"}:
        position += 1  # the sort of object: TABLE, SCHEMA, FUNCTION …
    return _names(pieces, position)


def _find(pieces: Sequence[Piece], position: int, word: str) -> int | None:
    return next((at for at in range(position, len(pieces)) if pieces[at].word == word and at), None)


def _names(pieces: Sequence[Piece], position: int) -> tuple[str, ...]:
    """Read names separated by commas; argument lists of functions are skipped."""
    names: list[str] = []
    while True:
        while position < len(pieces) and pieces[position].word in _BEFORE_NAME:
            position += 1
        parts, position = name_at(pieces, position)
        if not parts:
            return tuple(names)
        names.append(qualified(parts))
        if position < len(pieces) and pieces[position].word == "(":
            depth = pieces[position].depth
            position += 1
            while position < len(pieces) and pieces[position].depth > depth:
                position += 1
            position += 1
        if position >= len(pieces) or pieces[position].word != ",":
            return tuple(names)
        position += 1
