"""A client's prepared statements and portals, as PostgreSQL has them.

The messages that make them are sent before they are answered. What PostgreSQL has not confirmed is
taken back, so that a statement is never judged by the text of another one. A statement whose plan
another session's DDL has made impossible is parsed again at its next use; PostgreSQL would refuse
it for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import Message, ServerMessage
from dsql_tui.local.transactions.repetition import NO_PARAMETERS, NO_TYPES
from dsql_tui.local.transactions.schema_view import SchemaView
from dsql_tui.local.transactions.transaction import SCHEMA_CHANGED

CHANGED_RESULT = replace(
    answers.error("0A000", "cached plan must not change result type"),
    others=(("R", "RevalidateCachedQuery"),),
)
"""PostgreSQL's answer to a statement that would return other columns than before. asyncpg, pgx and
pgjdbc know it by this routine, and prepare the statement again."""
_NAMES_UNKNOWN = "42"
"""Class of the SQLSTATEs that say that something is not there or not allowed."""


_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class PreparedStatement:
    """A prepared statement.

    Attributes:
        name: What the client calls it, empty for the unnamed one.
        verdict: What the gate says; `None` for an empty statement, or for several.
        sql: The statement as PostgreSQL is sent it.
        types: Encoded parameter types of its Parse.
        schema_changes: How often others had changed the schema when it was last known to work.
        is_outdated: PostgreSQL refuses its plan: it has to be parsed again.
        is_misdescribed: It returns other columns than its client has been told.
    """

    name: str
    verdict: GateVerdict | None
    sql: str
    types: bytes
    schema_changes: int = 0
    is_outdated: bool = False
    is_misdescribed: bool = False


@dataclass(frozen=True, slots=True)
class Portal:
    """A statement with its parameters.

    Attributes:
        statement: The statement it was bound to, even if its name has another one by now.
        bound: What follows the names in its Bind.
    """

    statement: PreparedStatement
    bound: bytes


UNKNOWN = Portal(PreparedStatement("", None, "", NO_TYPES), NO_PARAMETERS)
"""Stands for a portal that does not exist: PostgreSQL says so."""


class Prepared:
    """The prepared statements and portals of one session.

    Args:
        schema: What the session knows of the schema changes of others.
    """

    def __init__(self, schema: SchemaView) -> None:
        self._schema = schema
        self._statements: dict[str, PreparedStatement] = {}
        self._portals: dict[str, Portal] = {}
        self._unconfirmed: list[tuple[DueAnswer, Callable[[], object]]] = []

    def portal(self, name: str) -> Portal:
        """Return what a portal runs."""
        return self._portals.get(name, UNKNOWN)

    def parsed(self, statement: PreparedStatement, due: DueAnswer) -> None:
        """Note a Parse that is sent, and what is due for it."""
        statement.schema_changes = self._schema.changes
        self._put(self._statements, statement.name, statement, due)

    def bound(self, portal: str, statement: str, bound: bytes, due: DueAnswer) -> None:
        """Note a Bind that is sent, and what is due for it."""
        known = self._statements.get(statement)
        if known is not None:
            due.reword = lambda error: self._reworded(known, error)
        value = Portal(known, bound) if known is not None else None
        self._put(self._portals, portal, value, due)

    def described(self, kind: str, name: str, due: DueAnswer) -> None:
        """Note a Describe that is sent, and what is due for it."""
        known = self._statements.get(name) if kind == "S" else self.portal(name).statement
        if known is not None and known is not UNKNOWN.statement:
            due.reword = lambda error: self._reworded(known, error)
            known.is_misdescribed = False

    def closed(self, kind: str, name: str, due: DueAnswer) -> None:
        """Note a Close that is sent, and what is due for it."""
        if kind == "S":
            self._put(self._statements, name, None, due)
        else:
            self._put(self._portals, name, None, due)

    def transaction_ended(self) -> None:
        """Forget the portals: no portal outlives its transaction."""
        self._portals.clear()

    def settled(self) -> None:
        """Take back what PostgreSQL has not confirmed; nothing is due any more."""
        for due, undo in reversed(self._unconfirmed):
            if not due.is_answered:
                undo()
        self._unconfirmed.clear()

    def renewal(self, name: str) -> tuple[bytes, list[DueAnswer]]:
        """Return the messages that parse an outdated statement again, and what is due for them.

        They come before the Bind or Describe that uses it; there are none for other statements.
        """
        known = self._statements.get(name)
        if known is None or not known.is_outdated:
            return b"", []
        known.is_outdated = False
        closed, parsed = DueAnswer(b"3", forwarded=False), DueAnswer(b"1", forwarded=False)
        parsed.reword = lambda error: self._reworded(known, error)
        self._unconfirmed.append((parsed, lambda: setattr(known, "is_outdated", True)))
        frames = Message(b"C", b"S" + wire.zstring(name)).encode()
        return frames + wire.parse(name, known.sql, known.types).encode(), [closed, parsed]

    def _put(
        self, kept: dict[str, _Value], name: str, value: _Value | None, due: DueAnswer
    ) -> None:
        """Change an entry, `None` for none, until it turns out that `due` is not answered."""
        before = kept.get(name)
        self._unconfirmed.append((due, lambda: _set(kept, name, before)))
        _set(kept, name, value)

    def _reworded(self, statement: PreparedStatement, error: ServerMessage) -> ServerMessage | None:
        """Return DSQL's answer to a plan that DDL has made impossible, `None` for another error.

        What is gone or forbidden since others have changed the schema is reported so once; the
        retry hears what it is.
        """
        changes = self._schema.changes
        if error.message == CHANGED_RESULT.message:
            statement.is_outdated = statement.is_misdescribed = True
        elif statement.schema_changes == changes or error.sqlstate[:2] != _NAMES_UNKNOWN:
            return None
        statement.schema_changes = changes
        self._schema.refresh()
        return SCHEMA_CHANGED


def _set(kept: dict[str, _Value], name: str, value: _Value | None) -> None:
    if value is None:
        kept.pop(name, None)
    else:
        kept[name] = value
