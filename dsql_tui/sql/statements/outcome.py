"""The outcome of a statement whose connection was lost, and a query to check it.

The client only knows that it received no response. Whether the outcome is unknown depends on the
statement and on its transaction: uncommitted changes are rolled back, a read has changed nothing,
everything else may or may not have completed.
"""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.errors import SessionLost
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, name_at, pieces_of, qualified
from dsql_tui.sql.statements.classify import StatementClass, StatementKind, classify
from dsql_tui.sql.statements.params import untyped

OUTCOME_UNKNOWN = "XX000"
"""`server unavailable` at COMMIT: the transaction may or may not be stored (DSQL skill guide)."""
ROWS_SHOWN = 100
_ENDS = frozenset({"COMMIT", "END"})
_PLAIN = frozenset({TokenKind.STRING, TokenKind.NUMBER})
_CATALOG = {
    "TABLE": ("pg_class", "relname"),
    "VIEW": ("pg_class", "relname"),
    "INDEX": ("pg_class", "relname"),
    "SEQUENCE": ("pg_class", "relname"),
    "SCHEMA": ("pg_namespace", "nspname"),
    "ROLE": ("pg_roles", "rolname"),
}
"""Where the name of what was created or dropped stands."""


def with_outcome(
    error: SessionLost,
    statement: str,
    *,
    in_transaction: bool,
    read_only: bool = False,
    before: Sequence[str] = (),
) -> SessionLost:
    """Return the error of a lost connection with the outcome as far as it is known.

    Args:
        error: The error of the lost connection.
        statement: The statement that was running.
        in_transaction: A transaction was open when it was sent.
        read_only: It ran in a read-only transaction.
        before: The statements that had run in that transaction, oldest first.
    """
    statement_class = classify(statement)
    what_happened = error.message.partition(";")[0].rstrip(".")
    if in_transaction and not read_only and statement_class.command not in _ENDS:
        return SessionLost(
            f"{what_happened}; the open transaction was rolled back.",
            outcome_unknown=False,
            remedy="Run the transaction again from BEGIN.",
        )
    if read_only or _changes_nothing(statement_class):
        return SessionLost(
            f"{what_happened}; nothing was changed.",
            outcome_unknown=False,
            remedy="Run it again; that opens a new session.",
        )
    if not error.outcome_unknown:
        return error  # it was not sent
    check, meaning = check_query(statement)
    for earlier in reversed(before if statement_class.command in _ENDS else ()):
        if not check:
            check, meaning = check_query(earlier)
    remedy = f"Check before you run it again: {check};" if check else error.remedy
    return SessionLost(
        f"{what_happened}; the statement may or may not have completed.",
        outcome_unknown=True,
        remedy=f"{remedy}\n{meaning}".rstrip(),
        check=check,
    )


def _changes_nothing(statement_class: StatementClass) -> bool:
    """Whether its effects end with the session: SET and SHOW, ROLLBACK, BEGIN."""
    outlived = {StatementKind.TRANSACTION, StatementKind.SESSION, StatementKind.EMPTY}
    return statement_class.only_reads or (
        statement_class.kind in outlived and statement_class.command not in _ENDS
    )


def check_query(statement: str) -> tuple[str, str]:
    """Return a query that shows whether a statement completed, and how to read its result.

    Both are empty if no query can determine it. The query only reads, and names only objects that
    the statement names.
    """
    statement_class = classify(statement)
    pieces = [piece for piece in pieces_of(statement) if piece.word != ";"]
    if statement_class.is_explain or not pieces:
        return "", ""
    if statement_class.starts_job:
        columns = "job_id, status, object_name, start_time"
        query = _select(columns, "sys.jobs", "ORDER BY start_time DESC", "LIMIT 5")
        return query, "If a job started just now, it completed."
    if statement_class.kind is StatementKind.DDL:
        return _of_definition(statement_class)
    if statement_class.kind is not StatementKind.DML:
        return "", ""
    match pieces[0].word:
        case "UPDATE":
            return _of_condition(statement, pieces, "*", "SET", _UPDATED)
        case "DELETE":
            return _of_condition(statement, pieces, "count(*)", "WHERE", _DELETED)
        case "INSERT":
            if query := _of_first_row(pieces):
                return query, "If there is a new row, it completed."
    return _count(statement_class)


_UPDATED = "It completed if these rows, or rows that no longer match WHERE, have the values of SET."
_DELETED = "If there were such rows before, 0 means that it completed."


def _count(statement_class: StatementClass) -> tuple[str, str]:
    if len(statement_class.targets) != 1:
        return "", ""
    return _select("count(*)", statement_class.targets[0]), "Compare it with the count before."


def _of_definition(statement_class: StatementClass) -> tuple[str, str]:
    verb, _, kind = statement_class.command.partition(" ")
    if verb not in {"CREATE", "DROP"} or kind not in _CATALOG or len(statement_class.targets) != 1:
        return "", ""
    catalog, column = _CATALOG[kind]
    parts, _ = name_at(pieces_of(statement_class.targets[0]), 0)
    if not parts:
        return "", ""
    named = f"WHERE {column} = {untyped(parts[-1])}"
    query = _select(column, f"pg_catalog.{catalog}", named)
    number = "A row means" if verb == "CREATE" else "No row means"
    return query, f"{number} that it completed."


def _of_condition(
    statement: str, pieces: Sequence[Piece], columns: str, stop: str, meaning: str
) -> tuple[str, str]:
    """Return the rows that an UPDATE or DELETE of one table selects."""
    top = [index for index, piece in enumerate(pieces) if piece.depth == 0]
    words = {pieces[index].word: index for index in reversed(top)}
    start = 1 if pieces[0].word == "UPDATE" else 2
    joins = words.keys() & {"USING", "JOIN"} or ("FROM" in words and start == 1)
    ends = [words[word] for word in (stop, "RETURNING") if word in words]
    source_end = min([*ends, len(pieces)])
    if joins or source_end <= start:
        return _count(classify(statement))
    source = statement[pieces[start].start : pieces[source_end - 1].end]
    where = ""
    if "WHERE" in words:
        end = words.get("RETURNING", len(pieces))
        where = statement[pieces[words["WHERE"]].start : pieces[end - 1].end]
    limit = f"LIMIT {ROWS_SHOWN}" if columns == "*" else ""
    return _select(columns, source, where, limit), meaning


def _of_first_row(pieces: Sequence[Piece]) -> str:
    """Return a query for the first row of INSERT … (columns) VALUES, by its plain values.

    An INSERT is stored completely or not at all, so one row is sufficient; NULLs, expressions and
    values that look like JSON, which has no equality operator, are not compared.
    """
    table, at = name_at(pieces, 2)
    if not table or at >= len(pieces) or pieces[at].word != "(":
        return ""
    columns, at = _items(pieces, at)
    if at + 1 >= len(pieces) or pieces[at].word != "VALUES" or pieces[at + 1].word != "(":
        return ""
    values, _ = _items(pieces, at + 1)
    conditions = [
        f"{column[0].text} = {''.join(piece.text for piece in value)}"
        for column, value in zip(columns, values, strict=False)
        if len(column) == 1 and _is_plain(value)
    ]
    if not conditions:
        return ""
    where = f"WHERE {' AND '.join(conditions)}"
    return _select("*", qualified(table), where, f"LIMIT {ROWS_SHOWN}")


def _select(columns: str, source: str, *rest: str) -> str:
    return " ".join(["SELECT", columns, "FROM", source, *filter(None, rest)])


def _items(pieces: Sequence[Piece], opening: int) -> tuple[list[list[Piece]], int]:
    """Return the items between commas in parentheses, and the position after them."""
    items: list[list[Piece]] = [[]]
    depth = pieces[opening].depth
    at = opening + 1
    while at < len(pieces) and pieces[at].depth > depth:
        if pieces[at].word == "," and pieces[at].depth == depth + 1:
            items.append([])
        else:
            items[-1].append(pieces[at])
        at += 1
    return items, at + 1


def _is_plain(value: Sequence[Piece]) -> bool:
    signed = value[1:] if value and value[0].word == "-" else value
    return (
        len(signed) == 1
        and signed[0].kind in _PLAIN
        and not signed[0].text.startswith(("'{", "'["))
    )
