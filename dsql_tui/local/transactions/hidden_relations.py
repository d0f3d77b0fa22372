"""Hides relations that were created after a transaction began, as DSQL does.

PostgreSQL looks up names in the current catalog, not in the transaction's snapshot. So if other
sessions have changed the schema since the transaction began, each statement of its block is parsed
first. It is refused if PostgreSQL locks a relation for it that is not in the snapshot.
Source: facts D.11 (live, Seoul, 2026).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.answers import error
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import Message, ServerMessage
from dsql_tui.local.transactions.private_messages import PRIVATE
from dsql_tui.local.transactions.replay import Replayer
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.upstream import Upstream
from dsql_tui.sql.statements.classify import StatementKind

_NAMES = frozenset({StatementKind.QUERY, StatementKind.DML})
"""Kinds of statements whose relations PostgreSQL locks at the Parse; for others, when they run."""
_HIDDEN = (
    "SELECT relation::pg_catalog.regclass"
    " FROM pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS relation"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class"
    " WHERE oid OPERATOR(pg_catalog.=) relation) LIMIT 1"
)


class HiddenRelations:
    """Finds relations that a session's transaction must not see.

    Args:
        upstream: The session's connection.
        replayer: Runs queries of the gateway's own on it.
        settle: Waits for its answers.
        touched: Returns the OIDs of the relations that the session has locks on.
    """

    def __init__(
        self,
        upstream: Upstream,
        replayer: Replayer,
        settle: Callable[[], Awaitable[None]],
        touched: Callable[[], Awaitable[set[int]]],
    ) -> None:
        self._upstream = upstream
        self._replayer = replayer
        self._settle = settle
        self._touched = touched

    async def refusal(self, request: Request, verdict: GateVerdict) -> ServerMessage | None:
        """Return the error for a statement that names such a relation, or that cannot be parsed.

        In the extended protocol, a statement is checked only if its Sync has arrived: before that,
        a query of the gateway would end the client's batch.
        """
        if verdict.kind not in _NAMES or not (request.is_simple or request.synced):
            return None
        parsed = DueAnswer(b"1", forwarded=False, offset=verdict.start)
        frames = (
            Message(b"C", b"S" + wire.zstring(PRIVATE)).encode()
            + wire.parse(PRIVATE, verdict.sql, request.types).encode()
            + wire.SYNC
        )
        due = [DueAnswer(b"3", forwarded=False), parsed, DueAnswer.of_sync()]
        self._upstream.send(frames, due)
        await self._settle()
        if parsed.error is not None:
            return _as_answered(request, parsed.error)
        locked = ",".join(map(str, sorted(await self._touched())))
        for (name,) in await self._replayer.ask(_HIDDEN.format(locked)):
            return _as_answered(request, error("42P01", f'relation "{name}" does not exist'))
        return None


def _as_answered(request: Request, refusal: ServerMessage) -> ServerMessage:
    """Return the error as the statement's own messages would report it.

    For a prepared statement that a schema change has broken this is OC001.
    """
    reworded = (due.reword(refusal) for due in request.before if due.reword is not None)
    return next((each for each in reworded if each is not None), refusal)
