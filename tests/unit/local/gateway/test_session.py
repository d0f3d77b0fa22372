"""One session between a client that the test plays and a PostgreSQL that follows the protocol."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsql_tui.local.faults import Conditions
from dsql_tui.local.gateway.session import ClientSession
from dsql_tui.local.metering.counters import Counters
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendLost
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import CancelKey, Message
from dsql_tui.local.transactions.lock_monitor import LockMonitor
from dsql_tui.local.transactions.session_context import SessionContext
from dsql_tui.local.transactions.transaction import CONFLICT
from tests.support.scripted_backend import ANSWERS, COPYING, FATAL, Rules, pairs

DEADLINE_S = 10.0
END = Message(b"X", b"").encode()
BIND = Message(b"B", bytes(8)).encode()
EXECUTE = Message(b"E", bytes(5)).encode()
DESCRIBE = Message(b"D", b"P\0").encode()
CLOSE = Message(b"C", b"P\0").encode()
CALL = Message(b"F", bytes(10)).encode()
LOST = answers.BACKEND_LOST.encode()


async def nowhere() -> Backend:
    raise BackendLost("there is no database")


class Bench:
    """A session with its two ends.

    Attributes:
        client: The client's end.
        postgres: PostgreSQL's end.
    """

    def __init__(self, client: ByteStream, postgres: ByteStream) -> None:
        self.client, self.postgres = client, postgres

    async def forwarded(self) -> bytes:
        """Return everything that the client receives until the session is closed."""
        whole = b""
        while part := await self.client.read():
            whole += part
        return whole


def serve(
    test: Callable[[Bench], Awaitable[None]], *, by_rules: bool = True, **conditions: float
) -> None:
    """Run a test against a session whose PostgreSQL is `Rules`, or the test itself."""
    now = Conditions(**conditions)  # type: ignore[arg-type]

    async def whole() -> None:
        with pairs() as (ours, theirs, served, client):
            postgres = ByteStream(theirs)
            context = SessionContext(
                lock_monitor=LockMonitor(nowhere),
                region="us-east-1",
                is_multi_region=False,
                conditions=lambda: now,
                job_submitted=lambda: None,
                rows_changed=lambda: None,
                message_max_bytes=1 << 20,
            )
            meter = Meter(Counters(lambda: datetime.now(UTC)), "a" * 26, is_multi_region=False)
            stream, bench = ByteStream(served), Bench(ByteStream(client), postgres)
            backend = Backend(ByteStream(ours), Path("nowhere"))
            session = ClientSession(stream, backend, CancelKey(1, 1), meter, context)
            rules = asyncio.create_task(Rules(postgres).serve() if by_rules else asyncio.sleep(0))

            async def run() -> None:
                await session.run()
                stream.close()

            running = asyncio.create_task(run())
            async with asyncio.timeout(DEADLINE_S):
                await test(bench)
                bench.client.abort()
                await asyncio.gather(running, return_exceptions=True)
            rules.cancel()
            for one in (postgres, stream, backend.stream):
                one.abort()

    asyncio.run(whole())


def split(forwarded: bytes) -> list[Message]:
    messages = []
    while forwarded:
        kind, length = wire.header(forwarded[: wire.HEADER_BYTES])
        end = wire.HEADER_BYTES + length
        messages.append(Message(kind, forwarded[wire.HEADER_BYTES : end]))
        forwarded = forwarded[end:]
    return messages


class Model:
    """What the protocol requires as answers to what a client sends in autocommit.

    Attributes:
        kinds: Types of the answers so far.
    """

    def __init__(self, *, conflicts: bool) -> None:
        self.kinds = b""
        self._conflicts = conflicts
        self._skips = self._parsed = self._writes = False

    def sends(self, message: bytes) -> None:
        kind, fails = message[:1], b"fail" in message or b"pg_backend_pid" in message
        writes = b"INSERT" in message
        if kind == b"S":
            self._skips = False
            self.kinds += b"Z"
        elif self._skips or kind == b"H":
            return
        elif kind == b"Q":
            conflict = writes and self._conflicts
            self.kinds += b"EZ" if fails or conflict else b"CZ"
        elif kind == b"F":
            self.kinds += b"EZ"
        elif fails or (kind == b"E" and self._writes and self._conflicts):
            self._skips = True
            self.kinds += b"E"
        else:
            self.kinds += {b"P": b"1", b"B": b"2", b"D": b"n", b"E": b"C", b"C": b"3"}[kind]
            if kind == b"P":
                self._parsed = writes
            elif kind == b"B":
                self._writes = self._parsed
        if self.kinds.endswith(b"Z"):
            self._writes = False  # the portal has ended with its transaction


@pytest.mark.parametrize("conflicts", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_every_message_of_a_random_client_has_the_answer_that_the_protocol_says(
    seed: int, *, conflicts: bool
) -> None:
    async def test(bench: Bench) -> None:
        chance, model = random.Random(seed), Model(conflicts=conflicts)
        texts = ["SELECT 1", "SELECT fail", "INSERT INTO t VALUES (1)", "SELECT pg_backend_pid()"]
        others = [BIND, BIND, EXECUTE, EXECUTE, DESCRIBE, CLOSE, wire.FLUSH, wire.SYNC, CALL]
        others.append(Message(b"B", b"\0\0fail" + bytes(6)).encode())
        messages = [wire.parse("", "SELECT 1").encode(), BIND]
        for _ in range(chance.randrange(1, 60)):
            if chance.random() < 0.3:
                text = chance.choice(texts)
                messages.append(chance.choice([wire.query(text), wire.parse("", text).encode()]))
            else:
                messages.append(chance.choice(others))
        messages.append(wire.SYNC)
        for message in messages:
            model.sends(message)
            bench.client.write(message)
            if chance.random() < 0.2:
                await asyncio.sleep(0)
        bench.client.write(END)
        assert b"".join(kind for kind, _ in split(await bench.forwarded())) == model.kinds

    serve(test, commit_conflicts=1.0 if conflicts else 0.0)


def test_an_idle_session_is_notified_that_postgresql_has_ended() -> None:
    async def test(bench: Bench) -> None:
        bench.client.write(wire.query("SELECT 1"))
        await bench.client.exactly(len(ANSWERS[b"E"] + wire.ready(b"I")))
        bench.postgres.close()
        assert await bench.forwarded() == LOST

    serve(test)


@pytest.mark.parametrize(
    ("last", "forwarded_bytes"),
    [
        (ANSWERS[b"E"] + wire.ready(b"I") + FATAL, ANSWERS[b"E"] + wire.ready(b"I") + LOST),
        (ANSWERS[b"E"] + FATAL, ANSWERS[b"E"] + LOST),
        (COPYING, COPYING + LOST),
        (b"", LOST),
    ],
    ids=["after an answer", "in an answer", "while copying", "before an answer"],
)
def test_what_postgresql_has_answered_before_its_end_is_heard_once(
    last: bytes, forwarded_bytes: bytes
) -> None:
    async def test(bench: Bench) -> None:
        bench.client.write(wire.query("SELECT 1"))
        await bench.postgres.exactly(len(wire.query("SELECT 1")))
        bench.postgres.write(last)
        bench.postgres.close()
        assert await bench.forwarded() == forwarded_bytes

    serve(test, by_rules=False)


def test_a_session_whose_time_is_up_still_answers_what_it_was_asked() -> None:
    async def test(bench: Bench) -> None:
        batch = wire.parse("", "SELECT 1").encode() + BIND + EXECUTE + wire.FLUSH
        bench.client.write(batch)
        told = ANSWERS[b"P"] + ANSWERS[b"B"] + ANSWERS[b"E"]
        assert await bench.client.exactly(len(told)) == told
        bench.client.write(wire.SYNC)
        assert await bench.forwarded() == wire.ready(b"I")

    serve(test, session_limit_s=0.0)


def test_an_error_is_heard_though_no_sync_has_come() -> None:
    async def test(bench: Bench) -> None:
        bench.client.write(wire.parse("", "SELECT pg_backend_pid()").encode())
        message = await bench.client.message(1 << 20)
        assert message is not None
        assert message.type == b"E"

    serve(test)


def test_copy_data_pass_when_their_client_has_them() -> None:
    async def test(bench: Bench) -> None:
        bench.client.write(wire.query("COPY t FROM STDIN"))
        await bench.client.exactly(len(COPYING))
        for message in (Message(b"d", b"1"), Message(b"H", b""), Message(b"c", b"")):
            bench.client.write(message.encode())
        told = ANSWERS[b"E"] + wire.ready(b"I")
        assert await bench.client.exactly(len(told)) == told

    serve(test)


def test_a_refusal_takes_the_place_of_the_error_of_its_bind() -> None:
    """The answer is the one to a Query, which has no Bind."""

    async def test(bench: Bench) -> None:
        insert = wire.parse("", "INSERT INTO t VALUES ($1)").encode()
        unreadable = Message(b"B", b"\0\0fail" + bytes(6)).encode()
        bench.client.write(insert + unreadable + EXECUTE + wire.SYNC)
        told = ANSWERS[b"P"] + CONFLICT.encode() + wire.ready(b"I")
        assert await bench.client.exactly(len(told)) == told

    serve(test, commit_conflicts=1.0)
