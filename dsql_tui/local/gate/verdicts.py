"""Verdicts on statements: refused, rewritten or accepted, and their kind.

`examine` reads the text of one message; it has no side effects except a cache of its results. The
rules are dated data (`refusals`, `tables`); an unknown kind of statement is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from dsql_tui.local.gate import refusals, tables
from dsql_tui.local.gate.abbreviation import abbreviated
from dsql_tui.local.gate.catalogs import after_explain, names_catalog, without_ours
from dsql_tui.local.gate.plain import plain
from dsql_tui.local.gate.refusals import Refusal
from dsql_tui.local.gate.rewriting import Rewriting, is_verbose, rewritten
from dsql_tui.local.gate.skeleton import skeleton
from dsql_tui.sql.lexing.lexer import TokenKind
from dsql_tui.sql.lexing.names import Piece, pieces_of
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.lexing.string_constants import content
from dsql_tui.sql.statements.classify import StatementKind, classify

_RIGHTS = frozenset({"GRANT", ","})
_INSERTS = (("INSERT",), ("COPY FROM",))
_FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION\b")
REMEMBERED_CHARACTERS = 4_096
"""Longer texts are examined each time: they are rarely repeated and would fill the memory."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """How one statement is handled.

    Attributes:
        statement: As the client wrote it.
        start: Offset, in code points, that turns a position in `sql` into one in the message.
        sql: The statement that is sent to PostgreSQL.
        tag: Command tag to answer with, empty to keep PostgreSQL's.
        refusal: DSQL's error if it refuses the statement, or `None`.
        disputed: The error that DSQL returns by some reports only, instead of `refusal`; or `None`.
        kind: The kind of command.
        command: The command in capitals, `CREATE INDEX`.
        targets: Relations and objects it changes, spelled for SQL.
        is_write: It changes rows, objects or sequences.
        locks_rows: `FOR UPDATE` or `FOR KEY SHARE`.
        inserts: It only inserts rows into one table, by INSERT or COPY.
        is_unclear: It calls functions whose effects are unknown.
        is_explain: It describes a plan.
        is_verbose: It asks for a VERBOSE plan.
        costs_dpu: It is EXPLAIN ANALYZE VERBOSE, which ends in a DPU estimate.
    """

    statement: str
    start: int
    sql: str
    tag: str
    refusal: Refusal | None
    disputed: Refusal | None
    kind: StatementKind
    command: str
    targets: tuple[str, ...]
    is_write: bool
    locks_rows: bool
    inserts: bool
    is_unclear: bool
    is_explain: bool
    is_verbose: bool
    costs_dpu: bool


def examine(text: str, *, refuses_disputed: bool = False) -> tuple[GateVerdict, ...]:
    """Return a verdict for each statement of a message; none for an empty one.

    Args:
        text: The text of the message.
        refuses_disputed: Whether statements are refused that DSQL refuses by some reports only.
    """
    verdicts = (_remembered if len(text) <= REMEMBERED_CHARACTERS else _examine)(text)
    if not refuses_disputed:
        return verdicts
    return tuple(replace(one, refusal=one.disputed or one.refusal) for one in verdicts)


def _examine(text: str) -> tuple[GateVerdict, ...]:
    short = abbreviated(text)
    verdicts = []
    for part in split(short.text):
        start, end = part.start, part.end
        if short.removed and start < short.at <= end:
            end += short.removed
        elif short.removed and start >= short.at:
            start, end = start + short.removed, end + short.removed
        verdicts.append(_judge(text[start:end], part.text, start))
    return tuple(verdicts)


_remembered = lru_cache(maxsize=2_048)(_examine)


def _judge(statement: str, short: str, start: int) -> GateVerdict:
    """Return the verdict on `statement`, at `start` of its message; only `short` is parsed."""
    pieces = plain(pieces_of(short))
    text = skeleton(pieces)
    refusal = _refusal(pieces, text)
    rewriting = None if refusal else rewritten(statement, pieces, text)
    if short != statement and (rewriting or names_catalog(text)):
        return _judge(statement, statement, start)  # rewriting needs the complete statement
    sort = classify(short)
    if refusal is None and names_catalog(text):
        rewriting = without_ours(rewriting or Rewriting(statement))
    return GateVerdict(
        statement=statement,
        start=start - (rewriting.inserted if rewriting else 0),
        sql=rewriting.sql if rewriting else statement,
        tag=rewriting.tag if rewriting else "",
        refusal=refusal,
        disputed=refusals.of_disputed(text),
        kind=sort.kind,
        command=sort.command,
        targets=sort.targets,
        is_write=sort.is_write,
        locks_rows=sort.locks_rows,
        inserts=sort.verbs in _INSERTS and " ON CONFLICT " not in text,
        is_unclear=bool(sort.unknown_effects),
        is_explain=sort.is_explain,
        is_verbose=is_verbose(text),
        costs_dpu="EXPLAIN ANALYZE" in sort.verbs and is_verbose(text),
    )


def _refusal(pieces: list[Piece], text: str, *, inside_function: bool = False) -> Refusal | None:
    """Return DSQL's error for a statement, or `None` if PostgreSQL may run it."""
    if not pieces:
        return None
    head = pieces[0].word
    if head == "EXPLAIN":
        explained = pieces[after_explain(pieces) :]
        is_again = bool(explained) and explained[0].word == "EXPLAIN"  # a syntax error
        return None if is_again else _refusal(explained, skeleton(explained))
    return (
        refusals.of(refusals.EVERYWHERE, text)
        or refusals.of(head, text)
        or refusals.of_setting(text)
        or _of_definition(pieces, text)
        or _of_parts(_nested(pieces, text))
        or (None if inside_function else _of_parts(_body(pieces, text), inside_function=True))
    )


def _of_definition(pieces: list[Piece], text: str) -> Refusal | None:
    if text.startswith("CREATE TABLE"):
        return tables.of_create_table(pieces, text)
    if text.startswith("ALTER TABLE"):
        return tables.of_alter_table(pieces, text)
    if text.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX")):
        return tables.of_create_index(pieces, text)
    if text.startswith(("CREATE SEQUENCE", "ALTER SEQUENCE")):
        return tables.of_sequence(text)
    return None


def _of_parts(
    statements: Iterable[list[Piece]], *, inside_function: bool = False
) -> Refusal | None:
    """Return the error for the first statement inside another one that DSQL would refuse alone."""
    for inner in statements:
        refusal = _refusal(inner, skeleton(inner), inside_function=inside_function)
        if refusal is None and inside_function:
            refusal = refusals.of_function(inner[0].word if inner else "")
        if refusal is not None:
            return refusal
    return None


def _nested(pieces: list[Piece], text: str) -> list[list[Piece]]:
    """Return the statements inside a CREATE SCHEMA."""
    if not text.startswith("CREATE SCHEMA"):
        return []
    starts = [
        at
        for at, piece in enumerate(pieces)
        if at and piece.word == "CREATE" and not piece.depth and pieces[at - 1].word not in _RIGHTS
    ]
    return [pieces[start:end] for start, end in pairwise([*starts, len(pieces)])]


def _body(pieces: list[Piece], text: str) -> list[list[Piece]]:
    """Return the statements in the string that is a function's body."""
    if not _FUNCTION.match(text):
        return []
    bodies = [
        body
        for before, body in pairwise(pieces)
        if before.word == "AS" and body.kind in {TokenKind.STRING, TokenKind.DOLLAR_STRING}
    ]
    return [plain(pieces_of(one.text)) for body in bodies for one in split(content(body.text))]
