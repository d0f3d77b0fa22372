"""Tracks a client's prepared statements and portals, as PostgreSQL has them.

A client's messages that create them are recorded before PostgreSQL answers. Changes that PostgreSQL
does not confirm are reverted, so that no execution is checked against the text of another
statement. If DDL of another session has invalidated a statement's plan, the statement is parsed
again at its next use; otherwise PostgreSQL would refuse it every time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import Message, ServerMessage
from dsql_tui.local.transactions.private_messages import NO_PARAMETERS, NO_TYPES
from dsql_tui.local.transactions.schema_view import SchemaView
from dsql_tui.local.transactions.transaction import SCHEMA_CHANGED

CHANGED_RESULT = replace(
    answers.error("0A000", "cached plan must not change result type"),
    others=(("R", "RevalidateCachedQuery"),),
)
"""PostgreSQL's error for a statement that would return other columns than before. asyncpg, pgx and
pgjdbc recognize it by the field `R` (routine) and prepare the statement again."""
_NAMES_UNKNOWN = "42"
"""Class of the SQLSTATEs for missing objects and missing privileges."""


_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class PreparedStatement:
    """A prepared statement.

    Attributes:
        name: The client's name for it, empty for the unnamed one.
        verdict: The gate's verdict; `None` for an empty statement, or for several.
        sql: The statement as it is sent to PostgreSQL.
        types: Encoded parameter types of its Parse.
        schema_changes: How many schema changes others had made when it last succeeded.
        is_outdated: PostgreSQL refuses its plan, so it must be parsed again.
        is_misdescribed: It returns other columns than those described to the client.
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
        statement: The statement it was bound to, even if the name has been reused since.
        bound: The part of its Bind after the names: parameters and formats.
    """

    statement: PreparedStatement
    bound: bytes


UNKNOWN = Portal(PreparedStatement("", None, "", NO_TYPES), NO_PARAMETERS)
"""Placeholder for a portal that does not exist; PostgreSQL reports that error."""


class Prepared:
    """The prepared statements and portals of one session.

    Args:
        schema: The schema changes that were reported to the session.
    """

    def __init__(self, schema: SchemaView) -> None:
        self._schema = schema
        self._statements: dict[str, PreparedStatement] = {}
        self._portals: dict[str, Portal] = {}
        self._unconfirmed: list[tuple[DueAnswer, Callable[[], object]]] = []

    def portal(self, name: str) -> Portal:
        """Return a portal by name."""
        return self._portals.get(name, UNKNOWN)

    def parsed(self, statement: PreparedStatement, due: DueAnswer) -> None:
        """Record a Parse that is sent, with its expected response."""
        statement.schema_changes = self._schema.changes
        self._put(self._statements, statement.name, statement, due)

    def bound(self, portal: str, statement: str, bound: bytes, due: DueAnswer) -> None:
        """Record a Bind that is sent, with its expected response."""
        known = self._statements.get(statement)
        if known is not None:
            due.reword = lambda error: self._reworded(known, error)
        value = Portal(known, bound) if known is not None else None
        self._put(self._portals, portal, value, due)

    def described(self, kind: str, name: str, due: DueAnswer) -> None:
        """Record a Describe that is sent, with its expected response."""
        known = self._statements.get(name) if kind == "S" else self.portal(name).statement
        if known is not None and known is not UNKNOWN.statement:
            due.reword = lambda error: self._reworded(known, error)
            known.is_misdescribed = False

    def closed(self, kind: str, name: str, due: DueAnswer) -> None:
        """Record a Close that is sent, with its expected response."""
        if kind == "S":
            self._put(self._statements, name, None, due)
        else:
            self._put(self._portals, name, None, due)

    def transaction_ended(self) -> None:
        """Remove all portals, which end with the transaction."""
        self._portals.clear()

    def settled(self) -> None:
        """Revert unconfirmed changes, after all responses have arrived."""
        for due, undo in reversed(self._unconfirmed):
            if not due.is_answered:
                undo()
        self._unconfirmed.clear()

    def renewal(self, name: str) -> tuple[bytes, list[DueAnswer]]:
        """Return the messages that parse an outdated statement again, and their responses.

        They precede the Bind or Describe that uses it; there are none for other statements.
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
        self, entries: dict[str, _Value], name: str, value: _Value | None, due: DueAnswer
    ) -> None:
        """Set an entry, `None` to remove it; it is reverted if `due` fails."""
        before = entries.get(name)
        self._unconfirmed.append((due, lambda: _set(entries, name, before)))
        _set(entries, name, value)

    def _reworded(self, statement: PreparedStatement, error: ServerMessage) -> ServerMessage | None:
        """Return OC001 for a plan that DDL has invalidated, `None` for another error.

        A missing object or privilege after a schema change by others is reported as OC001 once;
        a retry gets the error itself.
        """
        changes = self._schema.changes
        if error.message == CHANGED_RESULT.message:
            statement.is_outdated = statement.is_misdescribed = True
        elif statement.schema_changes == changes or error.sqlstate[:2] != _NAMES_UNKNOWN:
            return None
        statement.schema_changes = changes
        self._schema.refresh()
        return SCHEMA_CHANGED


def _set(entries: dict[str, _Value], name: str, value: _Value | None) -> None:
    if value is None:
        entries.pop(name, None)
    else:
        entries[name] = value
