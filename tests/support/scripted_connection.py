"""A session's connections between a client that the test plays and a scripted PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from dsql_tui.local.gate.verdicts import GateVerdict, examine
from dsql_tui.local.metering.counters import Counters
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.backend import Backend
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message
from dsql_tui.local.transactions.private_messages import NO_PARAMETERS
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.transaction import LogEntry, TransactionState
from dsql_tui.local.transactions.upstream import Upstream
from tests.support.scripted_backend import ScriptedBackend, pairs

DEADLINE_S = 10.0
"""Nothing here waits for anything: whatever is not done by then is never done."""


class ScriptedConnection:
    """An upstream whose PostgreSQL is scripted.

    Attributes:
        upstream: The connection under test.
        database: PostgreSQL, in an open transaction block.
        client: The client's end.
    """

    def __init__(self, upstream: Upstream, database: ScriptedBackend, client: ByteStream) -> None:
        self.upstream, self.database, self.client = upstream, database, client

    async def settle(self) -> None:
        await self.upstream.settle(no_copy)

    async def received(self) -> list[Message]:
        """Return what the client has been sent since the last time."""
        self.upstream.send_to_client(wire.ready(b"I"))
        await self.upstream.flush()
        messages = []
        while (message := await self.client.message(1 << 20)) is not None and message.type != b"Z":
            messages.append(message)
        return messages

    async def errors(self) -> list[str]:
        """Return the SQLSTATEs of the errors among what the client has been sent."""
        messages = await self.received()
        parsed = (wire.ServerMessage.parse(one.body) for one in messages if one.type == b"E")
        return [one.sqlstate for one in parsed]


def with_connection(test: Callable[[ScriptedConnection], Awaitable[None]]) -> None:
    """Run a test on a connection of its own."""

    async def whole() -> None:
        with pairs() as (ours, theirs, served, receiving):
            backend = Backend(ByteStream(ours), Path("nowhere"))
            meter = Meter(Counters(lambda: datetime.now(UTC)), "a" * 26, is_multi_region=False)
            postgres, client = ByteStream(theirs), ByteStream(receiving)
            database = ScriptedBackend(postgres)
            database.status = b"T"
            upstream = Upstream(backend, ByteStream(served), meter)
            serving = asyncio.create_task(database.serve())
            async with asyncio.timeout(DEADLINE_S):
                await test(ScriptedConnection(upstream, database, client))
            serving.cancel()
            for stream in (postgres, client, backend.stream):
                stream.abort()

    asyncio.run(whole())


async def no_copy() -> None:
    raise AssertionError("no statement here copies")


def verdict_on(sql: str) -> GateVerdict:
    (verdict,) = examine(sql)
    return verdict


def simple(sql: str) -> Request:
    """Return the execution of a statement by a Query."""
    return Request(verdict_on(sql), sql, wire.query(sql), DueAnswer(b"Z"))


def executed(sql: str, *, portal: str = "", most_rows: int = 0) -> Request:
    """Return the execution of a statement by an Execute that follows its Parse and Bind."""
    name = wire.zstring(portal)
    prelude = wire.parse("", sql).encode()
    prelude += Message(b"B", name + b"\0" + NO_PARAMETERS).encode()
    frames = Message(b"E", name + most_rows.to_bytes(4)).encode()
    before = [DueAnswer(b"1"), DueAnswer(b"2")]
    request = Request(verdict_on(sql), sql, frames, DueAnswer(b"CIs"), portal=portal)
    request.prelude, request.before = prelude, before
    return request


def block(*log: LogEntry) -> TransactionState:
    """Return a transaction block that has run this."""
    return TransactionState(0.0, is_block=True, has_run=True, log=list(log))
