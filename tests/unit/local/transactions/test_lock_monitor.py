"""The queries of the lock monitor; the test is the database."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.backend import Backend
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.transactions.lock_monitor import LockMonitor


class Database:
    """Accepts connections and answers each on request."""

    def __init__(self) -> None:
        self.taken: list[socket.socket] = []

    async def connect(self) -> Backend:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        self.taken.append(theirs)
        return Backend(ByteStream(ours), Path())

    async def forwarded(self, number: int) -> bytes:
        """Wait for what a connection sends; nothing once it is closed."""
        return await asyncio.get_running_loop().sock_recv(self.taken[number], 1024)

    async def answer(self, number: int, value: str) -> None:
        rows = wire.data_row([value]) + wire.command_complete("SELECT 1") + wire.ready(b"I")
        await asyncio.get_running_loop().sock_sendall(self.taken[number], rows)


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database()
    yield database
    for connection in database.taken:
        connection.close()


async def ask(
    lock_monitor: LockMonitor, database: Database, number: int, sql: str
) -> asyncio.Task[object]:
    """Ask, and wait until the database has heard it on its connection of that number."""
    asking: asyncio.Task[object] = asyncio.create_task(lock_monitor.ask(sql))
    await asyncio.sleep(0)
    assert wire.query(sql) == await database.forwarded(number)
    return asking


async def test_one_connection_serves_one_question_after_the_other(database: Database) -> None:
    lock_monitor = LockMonitor(database.connect)
    for value in ("one", "two"):
        asking = await ask(lock_monitor, database, 0, value)
        await database.answer(0, value)
        assert await asking == [(value,)]
    await lock_monitor.close()


async def test_an_answer_to_an_abandoned_request_is_not_used_for_the_next_request(
    database: Database,
) -> None:
    lock_monitor = LockMonitor(database.connect)
    asking = await ask(lock_monitor, database, 0, "one")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await database.forwarded(0) == b""
    asking = await ask(lock_monitor, database, 1, "two")
    await database.answer(1, "two")
    assert await asking == [("two",)]
    await lock_monitor.close()


async def test_a_database_that_has_gone_down_has_no_rows_and_is_asked_again_later(
    database: Database,
) -> None:
    lock_monitor = LockMonitor(database.connect)
    asking = await ask(lock_monitor, database, 0, "one")
    database.taken[0].close()
    assert await asking == []
    asking = await ask(lock_monitor, database, 1, "two")
    await database.answer(1, "two")
    assert await asking == [("two",)]
    await lock_monitor.close()


async def test_a_database_that_cannot_be_started_has_no_rows_either() -> None:
    async def connect() -> Backend:
        raise LocalError("The disk is full.")

    lock_monitor = LockMonitor(connect)
    assert await lock_monitor.ask("one") == []
    await lock_monitor.close()
