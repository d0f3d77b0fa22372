"""Classifies statements by their text; advisory, because the server decides.

The console asks for confirmation if there is a `hazard`, the transaction bar counts statements by
`kind`, and conflicts are retried only if `is_safe_to_repeat` is true. Checking keywords does not
protect data: read-only mode is therefore a read-only transaction. Effects that the text does not
show are called unknown, never harmless.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dsql_tui.sql.lexing.names import Piece, name_at, pieces_of, qualified
from dsql_tui.sql.statements.actions import (
    actions_of,
    calls_of,
    is_known,
    locks_rows,
    main_verb_of,
    writes_sequence,
)
from dsql_tui.sql.statements.commands import (
    KIND_OF,
    StatementKind,
    command_of,
    is_async,
    targets_of,
)

__all__ = ["StatementClass", "StatementKind", "classify"]


@dataclass(frozen=True, slots=True)
class StatementClass:
    """The kind and effects of a statement.

    Attributes:
        kind: The sort of command; of EXPLAIN ANALYZE, that of the statement it runs.
        command: The command in capitals, as in a completion tag: `CREATE INDEX`, `AWS IAM GRANT`.
        verbs: Everything that acts, outermost first: `("EXPLAIN ANALYZE", "DELETE", "SELECT")`.
        targets: Objects it changes or defines and names, quoted for SQL.
        hazard: What it destroys, as a command: `Drop table orders`; empty if it does not.
        is_write: Changes rows, objects or sequences, as far as its text shows.
        is_explain: Describes a plan; with `EXPLAIN ANALYZE` in `verbs` it also runs the statement.
        locks_rows: It has `FOR UPDATE` or similar: its reads are checked for conflicts.
        starts_job: It returns the id of a job in `sys.jobs`.
        unknown_effects: Functions and calls whose effects the text does not show.
        answers_rows: It returns a result set, which may be empty.
    """

    kind: StatementKind
    command: str = ""
    verbs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    hazard: str = ""
    is_write: bool = False
    is_explain: bool = False
    locks_rows: bool = False
    starts_job: bool = False
    unknown_effects: tuple[str, ...] = ()
    answers_rows: bool = False

    @property
    def is_ddl(self) -> bool:
        """Whether it is DDL, of which a transaction may contain one."""
        return self.kind is StatementKind.DDL

    @property
    def is_transaction_control(self) -> bool:
        """Whether it begins or ends a transaction, or may do so."""
        return self.kind is StatementKind.TRANSACTION

    @property
    def is_destructive(self) -> bool:
        """Whether it needs a confirmation."""
        return bool(self.hazard)

    @property
    def only_reads(self) -> bool:
        """Whether it can be seen to change nothing."""
        return self.kind is StatementKind.QUERY and not self.is_write and not self.unknown_effects

    @property
    def is_safe_to_repeat(self) -> bool:
        """Whether it may be retried automatically after the server has rolled it back.

        It says nothing about a statement whose outcome is unknown: only `only_reads` may then.
        """
        repeatable = {StatementKind.QUERY, StatementKind.DML, StatementKind.DDL}
        return (
            self.kind in repeatable and not self.unknown_effects and self.command != "COPY"
        )  # COPY FROM has consumed its input


_EMPTY = StatementClass(StatementKind.EMPTY)
_DESTRUCTIVE = re.compile(r"\b(?:delete|update|merge|drop|alter|truncate|revoke)\b", re.IGNORECASE)
"""Words without which no statement destroys anything."""


def may_destroy(statement: str) -> bool:
    """Whether a statement needs to be classified to know its hazard; a search, so it is quick."""
    return _DESTRUCTIVE.search(statement) is not None


def hazard_of(statement: str) -> str:
    """Return the destructive effect of a statement, as a command: `Drop table orders`; or empty."""
    return classify(statement).hazard if may_destroy(statement) else ""


def classify(statement: str) -> StatementClass:
    """Return the class of one statement; never raises. Linear: about a second per megabyte."""
    pieces = pieces_of(statement)
    while pieces and pieces[-1].word == ";":
        pieces.pop()
    return _classify(pieces)


def _classify(pieces: Sequence[Piece], *, is_explained: bool = False) -> StatementClass:
    start = 0
    while start < len(pieces) and pieces[start].word == "(":
        start += 1
    pieces = pieces[start:]
    if not pieces:
        return _EMPTY
    first = pieces[0].word
    if first == "EXPLAIN" and not is_explained:  # EXPLAIN EXPLAIN is a syntax error
        return _explain(pieces)
    kind = KIND_OF.get(first, StatementKind.UNKNOWN)
    command, after = command_of(pieces)
    match kind:
        case StatementKind.QUERY | StatementKind.DML:
            return _of_rows(pieces)
        case StatementKind.DDL:
            return _ddl(pieces, command, after)
        case StatementKind.CALL:
            return _call(pieces, command)
        case StatementKind.SESSION if command == "PREPARE TRANSACTION":
            return StatementClass(StatementKind.TRANSACTION, command, (command,))
        case StatementKind.UNKNOWN:
            return StatementClass(kind, first, (first,), unknown_effects=(first,))
    return StatementClass(kind, command, (command,), answers_rows=command in {"SHOW", "FETCH"})


def _explain(pieces: Sequence[Piece]) -> StatementClass:
    position = 1
    runs = False
    if position < len(pieces) and pieces[position].word == "(":
        depth = pieces[position].depth
        position += 1
        while position < len(pieces) and pieces[position].depth > depth:
            if pieces[position].word in {"ANALYZE", "ANALYSE"}:
                runs = pieces[position + 1 : position + 2] == [] or (
                    pieces[position + 1].word not in {"OFF", "FALSE", "0", "'off'", "'false'"}
                )
            position += 1
        position += 1
    else:
        while position < len(pieces) and pieces[position].word in {"ANALYZE", "ANALYSE", "VERBOSE"}:
            runs = runs or pieces[position].word != "VERBOSE"
            position += 1
    inner = _classify(pieces[position:], is_explained=True)
    if runs:
        return replace(
            inner,
            command="EXPLAIN",
            verbs=("EXPLAIN ANALYZE", *inner.verbs),
            is_explain=True,
            answers_rows=True,
        )
    verbs = ("EXPLAIN", *inner.verbs)
    return StatementClass(
        StatementKind.QUERY,
        "EXPLAIN",
        verbs,
        targets=inner.targets,
        is_explain=True,
        answers_rows=True,
    )


def _ddl(pieces: Sequence[Piece], command: str, after: int) -> StatementClass:
    targets = targets_of(pieces, command, after)
    return StatementClass(
        StatementKind.DDL,
        command,
        (command,),
        targets,
        hazard=_ddl_hazard(pieces, command, targets),
        is_write=True,
        starts_job=is_async(pieces, command, after),
    )


def _ddl_hazard(pieces: Sequence[Piece], command: str, targets: Sequence[str]) -> str:
    named = ", ".join(targets) or "objects"
    if command.startswith("DROP"):
        more = " and everything that depends on it" if pieces[-1].word == "CASCADE" else ""
        return f"{command.capitalize()} {named}{more}"
    if command.startswith("ALTER"):
        for at, piece in enumerate(pieces):
            if piece.word == "DROP" and pieces[at - 2].word not in {"ALTER", "COLUMN"}:
                return f"Drop {_dropped(pieces, at + 1)} of {named}"
    return ""


def _dropped(pieces: Sequence[Piece], position: int) -> str:
    """Return `column c` or `constraint c` for the ALTER action that continues at `position`."""
    sort = "column"
    if position < len(pieces) and pieces[position].word in {"COLUMN", "CONSTRAINT"}:
        sort = pieces[position].word.lower()
        position += 1
    while position < len(pieces) and pieces[position].word in {"IF", "EXISTS"}:
        position += 1
    return f"{sort} {qualified(name_at(pieces, position)[0])}"


def _call(pieces: Sequence[Piece], command: str) -> StatementClass:
    parts, _ = name_at(pieces, 1)
    harmless = parts == ("sys", "wait_for_job")
    unknown = () if harmless else (qualified(parts) if command != "DO" and parts else command,)
    return StatementClass(
        StatementKind.CALL, command, (command,), is_write=not harmless, unknown_effects=unknown
    )


def _of_rows(pieces: Sequence[Piece]) -> StatementClass:
    """Classify what reads or changes rows, with every CTE inside of it that does so too."""
    actions = actions_of(pieces)
    calls = list(calls_of(pieces))
    writes = any(action.is_write for action in actions)
    return StatementClass(
        StatementKind.DML if writes else StatementKind.QUERY,
        main_verb_of(pieces) or pieces[0].word,
        tuple(action.verb for action in actions),
        tuple(dict.fromkeys(action.target for action in actions if action.target)),
        hazard="; ".join(action.hazard for action in actions if action.hazard),
        is_write=writes or any(writes_sequence(call) for call in calls),
        locks_rows=locks_rows(pieces),
        unknown_effects=tuple(
            dict.fromkeys(qualified(call) for call in calls if not is_known(call))
        ),
        answers_rows=not writes or _returns(pieces),
    )


def _returns(pieces: Sequence[Piece]) -> bool:
    """Whether DML has RETURNING, or is the CTE of a query."""
    if main_verb_of(pieces) in {"SELECT", "VALUES", "TABLE"}:
        return not any(piece.word == "INTO" and not piece.depth for piece in pieces)
    return any(piece.word == "RETURNING" and not piece.depth for piece in pieces)
