"""The queue of due answers, against a PostgreSQL that only keeps the protocol's rules."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dsql_tui.local.metering.counters import Counters
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendLost
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message, ServerMessage
from dsql_tui.local.transactions.upstream import Upstream
from tests.support.scripted_backend import ANSWERS, BROKEN, COPYING, FATAL, Rules, pairs

DEADLINE_S = 10.0
"""Nothing here waits for anything: whatever is not done by then is never done."""
ENDS = {b"P": b"1", b"B": b"2", b"C": b"3", b"D": b"Tn", b"E": b"CIs"}
HEARD = Message(b"A", b"to here").encode()


class Bench:
    """An upstream between two ends that the test holds.

    Attributes:
        postgres: PostgreSQL's end.
        client: The client's end.
    """

    def __init__(self, sockets: list[socket.socket]) -> None:
        ours, theirs, client, forwarded = sockets
        backend = Backend(ByteStream(ours), Path("nowhere"))
        meter = Meter(Counters(lambda: datetime.now(UTC)), "a" * 26, is_multi_region=False)
        self.postgres, self.client = ByteStream(theirs), ByteStream(forwarded)
        self.upstream = Upstream(backend, ByteStream(client), meter)

    async def settle(self) -> None:
        await self.upstream.settle(no_copy)

    async def assert_heard(self, expected: bytes) -> None:
        """Check all that the client has heard since the last time."""
        self.upstream.send_to_client(HEARD)
        await self.upstream.flush()
        assert await self.client.exactly(len(expected + HEARD)) == expected + HEARD


async def no_copy() -> None:
    raise AssertionError("nobody copies here")


def run(test: Callable[[Bench], Awaitable[None]], *, by_rules: bool = True) -> None:
    """Run a test against `Rules`, or against a PostgreSQL that the test plays itself."""

    async def whole() -> None:
        with pairs() as sockets:
            bench = Bench(sockets)
            rules = asyncio.create_task(Rules(bench.postgres).serve()) if by_rules else None
            async with asyncio.timeout(DEADLINE_S):
                await test(bench)
            if rules is not None:
                rules.cancel()
            for stream in (bench.postgres, bench.client, bench.upstream.backend.stream):
                stream.abort()

    asyncio.run(whole())


def extended(kind: bytes, *, fails: bool = False) -> tuple[bytes, DueAnswer]:
    return Message(kind, b"fail" if fails else b"").encode(), DueAnswer(ENDS[kind])


def resolved(due: DueAnswer) -> bool:
    """Whether an answer has ended in exactly one way."""
    return due.is_answered != (due.error is not None)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_sent_in_whatever_order_everything_due_ends_in_one_way(seed: int) -> None:
    async def test(bench: Bench) -> None:
        chance, upstream = random.Random(seed), bench.upstream
        every: list[DueAnswer] = []

        def send(count: int) -> None:
            frames, due = b"", []
            for _ in range(count):
                kind = bytes([chance.choice(b"PBCDE")])
                frame, one = extended(kind, fails=chance.random() < 0.2)
                frames += frame
                due.append(one)
            upstream.send(frames, due)
            every.extend(due)

        def end() -> None:
            every.append(DueAnswer.of_sync(forwarded=True))
            upstream.send(wire.SYNC, [every[-1]])

        def ask() -> None:
            every.append(upstream.run_privately("fail" if chance.random() < 0.3 else "SELECT 1"))

        def query() -> None:
            every.append(DueAnswer(b"Z"))
            upstream.send(wire.query(chance.choice(["SELECT 1", "fail"])), [every[-1]])

        steps = (lambda: send(chance.randrange(1, 5)), end, ask, upstream.fail_transaction, query)
        for _ in range(chance.randrange(1, 30)):
            if chance.random() < 0.4:
                await bench.settle()
                assert all(map(resolved, every))
            else:
                chance.choice(steps)()
        await bench.settle()
        assert all(map(resolved, every))
        end()
        await bench.settle()
        assert every[-1].is_answered
        assert upstream.status == b"I"
        assert not upstream.skipping

    run(test)


def test_what_is_sent_after_an_error_ends_with_it_and_is_not_waited_for() -> None:
    async def test(bench: Bench) -> None:
        broken, first = extended(b"P", fails=True)
        bench.upstream.send(broken, [first])
        await bench.settle()
        frames, later = extended(b"B")
        bench.upstream.send(frames, [later])
        await bench.settle()
        assert later.error is first.error is not None
        assert later.is_reported
        bench.upstream.sync()
        await bench.settle()
        await bench.assert_heard(BROKEN)

    run(test)


def test_the_error_of_a_sync_is_heard_where_the_sync_is_the_client_s() -> None:
    async def test(bench: Bench) -> None:
        for forwarded in (True, False):
            sync = DueAnswer.of_sync(forwarded=forwarded)
            bench.upstream.send(wire.SYNC, [sync])
            bench.postgres.write(BROKEN + wire.ready(b"I"))
            await bench.settle()
            assert sync.error is not None
            assert not bench.upstream.skipping
        await bench.assert_heard(BROKEN)

    run(test, by_rules=False)


def test_an_answer_is_whole_even_if_the_end_of_the_connection_comes_with_it() -> None:
    async def test(bench: Bench) -> None:
        due = DueAnswer(b"Z")
        bench.upstream.send(wire.query("SELECT 1"), [due])
        warning = answers.error("57P02", "terminating connection").encode(b"N")
        bench.postgres.write(ANSWERS[b"E"] + wire.ready(b"I") + warning + FATAL)
        bench.postgres.close()
        await bench.settle()
        assert due.is_answered
        await bench.assert_heard(ANSWERS[b"E"])
        bench.upstream.send(wire.query("SELECT 1"), [DueAnswer(b"Z")])
        with pytest.raises(BackendLost):
            await bench.settle()

    run(test, by_rules=False)


@pytest.mark.parametrize("rest", [FATAL, b""], ids=["with a word", "without one"])
def test_a_connection_that_ends_in_the_middle_is_lost(rest: bytes) -> None:
    async def test(bench: Bench) -> None:
        bench.upstream.send(wire.query("SELECT 1"), [DueAnswer(b"Z")])
        bench.postgres.write(ANSWERS[b"E"] + rest)
        bench.postgres.close()
        with pytest.raises(BackendLost):
            await bench.settle()
        bench.upstream.end(answers.BACKEND_LOST)
        assert await bench.client.read() == ANSWERS[b"E"] + answers.BACKEND_LOST.encode()

    run(test, by_rules=False)


@pytest.mark.parametrize("message", [ANSWERS[b"E"], wire.ready(b"I"), wire.data_row(["1"])])
def test_an_unrequested_answer_ends_the_connection(message: bytes) -> None:
    async def test(bench: Bench) -> None:
        bench.upstream.send(wire.SYNC, [DueAnswer.of_sync()])
        bench.postgres.write(wire.ready(b"I") + message)
        with pytest.raises(BackendLost):
            await bench.settle()

    run(test, by_rules=False)


def test_a_ready_for_query_ends_what_was_never_answered_before_it() -> None:
    async def test(bench: Bench) -> None:
        forgotten, sync = DueAnswer(b"1"), DueAnswer.of_sync()
        bench.upstream.send(wire.SYNC, [forgotten, sync])
        bench.postgres.write(wire.ready(b"T"))
        await bench.settle()
        assert forgotten.is_answered
        assert sync.is_answered
        assert bench.upstream.status == b"T"

    run(test, by_rules=False)


def test_settling_asks_for_what_would_be_kept_back() -> None:
    async def test(bench: Bench) -> None:
        frames, due = extended(b"P")
        bench.upstream.send(frames, [due])
        await bench.settle()
        assert due.is_answered
        assert bench.upstream.in_batch

    run(test)


def test_an_error_that_is_reworded_is_heard_as_that() -> None:
    async def test(bench: Bench) -> None:
        other = answers.error("40001", "schema has been updated by another transaction (OC001)")
        frames, due = extended(b"B", fails=True)
        due.reword = lambda error: other if error.sqlstate == "22012" else None
        bench.upstream.send(frames, [due])
        await bench.settle()
        assert due.error is other
        await bench.assert_heard(other.encode())

    run(test)


def test_an_error_in_place_of_a_refusal_is_heard_as_the_refusal() -> None:
    async def test(bench: Bench) -> None:
        refusal = answers.error("0A000", "not here")
        seen: list[ServerMessage] = []
        frames, due = extended(b"B", fails=True)
        due.reword, due.replacement = seen.append, refusal
        bench.upstream.send(frames, [due])
        await bench.settle()
        assert len(seen) == 1
        await bench.assert_heard(refusal.encode())

    run(test)


def test_copying_ends_when_postgresql_fails_even_if_the_client_keeps_sending() -> None:
    async def test(bench: Bench) -> None:
        cancelled = asyncio.Event()

        async def copy() -> None:
            try:
                bench.upstream.backend.stream.write(Message(b"d", b"fail").encode())
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        due = DueAnswer(b"Z")
        bench.upstream.send(wire.query("copy"), [due])
        await bench.upstream.settle(copy)
        assert due.error is not None
        assert cancelled.is_set()
        await bench.assert_heard(COPYING + BROKEN)

    run(test)


def test_copying_continues_after_a_notice_and_ends_with_the_client_s_data() -> None:
    async def test(bench: Bench) -> None:
        notice = answers.error("00000", "half of it").encode(b"N")
        calls = 0

        async def copy() -> None:
            nonlocal calls
            calls += 1
            if calls == 1:
                bench.postgres.write(notice)
                await asyncio.Event().wait()
            bench.postgres.write(ANSWERS[b"E"] + wire.ready(b"I"))

        due = DueAnswer(b"Z")
        bench.upstream.send(wire.query("copy"), [due])
        bench.postgres.write(COPYING)
        await bench.upstream.settle(copy)
        assert due.is_answered
        assert calls == 2
        await bench.assert_heard(COPYING + notice + ANSWERS[b"E"])

    run(test, by_rules=False)


def test_copying_is_over_with_the_client_s_data_though_the_answer_comes_in_pieces() -> None:
    async def test(bench: Bench) -> None:
        notice = answers.error("00000", "half of it").encode(b"N")
        calls = 0

        async def copy() -> None:
            nonlocal calls
            calls += 1
            bench.postgres.write(notice)

        async def complete() -> None:
            await bench.client.exactly(len(COPYING + notice))
            bench.postgres.write(ANSWERS[b"E"] + wire.ready(b"I"))

        due = DueAnswer(b"Z")
        bench.upstream.send(wire.query("copy"), [due])
        bench.postgres.write(COPYING)
        await asyncio.gather(bench.upstream.settle(copy), complete())
        assert due.is_answered
        assert calls == 1

    run(test, by_rules=False)


def test_who_leaves_while_copying_is_noticed() -> None:
    async def test(bench: Bench) -> None:
        async def copy() -> None:
            raise ConnectionResetError("the client has disconnected")

        bench.upstream.send(wire.query("copy"), [DueAnswer(b"Z")])
        with pytest.raises(ConnectionResetError):
            await bench.upstream.settle(copy)

    run(test)
