"""The limit of open files: raised, divided, and what happens when it is reached all the same."""

from __future__ import annotations

import asyncio
import errno
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from dsql_tui.local.filesystem.descriptors import LIMIT_MAX, LIMIT_MIN, SESSION_DESCRIPTORS, Shares
from dsql_tui.local.gateway.clients import accepted, listen
from dsql_tui.local.gateway.slots import Slot, Slots

RAISING = """
import resource, sys
from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.descriptors import raise_limit
soft, hard = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
try:
    limit = raise_limit()
except LocalError as error:
    print(error.message)
else:
    print(limit, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "outcome"),
    [
        (140, 600, "600 600"),
        (600, 600, "600 600"),
        (128, 128, "128 128"),
        (60, 100, "The local DSQL needs 128 open files, and this process may have 100."),
    ],
)
def test_the_limit_is_raised_to_the_hard_one(soft: int, hard: int, outcome: str) -> None:
    command = [sys.executable, "-c", RAISING, str(soft), str(hard)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == outcome


def test_all_shares_together_leave_some_for_the_server_itself() -> None:
    for limit in range(LIMIT_MIN, LIMIT_MAX, 61):
        shares = Shares.of(limit)
        taken = shares.unauthenticated + shares.http + shares.channel
        taken += shares.sessions * SESSION_DESCRIPTORS
        assert 64 <= limit - taken <= 66 + limit // 16
        assert min(shares.unauthenticated, shares.http, shares.channel, shares.sessions) >= 8


class Crowd:
    """Slots of a listener, and the names of the connections that were closed."""

    def __init__(self, unauthenticated: int, authenticated: int) -> None:
        self.slots = Slots(unauthenticated, authenticated)
        self.cut: list[str] = []

    def take(self, name: str) -> Slot:
        slot = Slot(lambda: self.cut.append(name))
        self.slots.take(slot)
        return slot


def test_the_oldest_unauthenticated_connection_gives_way() -> None:
    crowd = Crowd(2, 5)
    crowd.slots.authenticate(crowd.take("known"))
    first = crowd.take("first")
    for name in ("second", "third"):
        crowd.take(name)
    assert crowd.cut == ["first"]
    assert not crowd.slots.authenticate(first)  # it is gone, and takes nobody's place
    crowd.take("fourth")
    assert crowd.cut == ["first", "second"]


def test_who_is_authenticated_never_gives_way_and_has_a_limit_too() -> None:
    crowd = Crowd(2, 1)
    known = crowd.take("known")
    assert crowd.slots.authenticate(known)
    late = crowd.take("late")
    assert not crowd.slots.authenticate(late)
    crowd.slots.cut_oldest()
    crowd.slots.cut_oldest()
    assert crowd.cut == ["late"]
    crowd.slots.give_back(known)
    assert crowd.slots.authenticate(crowd.take("next"))


def test_what_is_closed_does_not_count() -> None:
    crowd = Crowd(1, 1)
    crowd.slots.give_back(crowd.take("gone"))
    crowd.take("next")
    assert crowd.cut == []


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen(0) as listening:
        yield listening


@pytest.mark.parametrize(
    "number",
    [
        *(errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM),
        *(errno.ECONNABORTED, errno.EPROTO, errno.EPERM, errno.ENETDOWN),
    ],
)
async def test_accepting_connections_continues_after_an_error(
    listener: socket.socket, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, failures, room_made = asyncio.get_running_loop(), [number] * 2, []
    accept = loop.sock_accept

    async def flaky(listening: socket.socket) -> tuple[socket.socket, object]:
        if failures:
            raise OSError(failures.pop(), "injected")
        return await accept(listening)

    monkeypatch.setattr(loop, "sock_accept", flaky)
    with (
        socket.create_connection(listener.getsockname()) as client,
        await accepted(listener, lambda: room_made.append(number)) as connection,
    ):
        assert connection.getpeername() == client.getsockname()
    assert room_made == [number] * 2


async def test_accepting_ends_with_the_listener(listener: socket.socket) -> None:
    listener.close()
    with pytest.raises((OSError, ValueError)):
        await accepted(listener, lambda: None)


async def test_a_crowd_is_not_accepted_without_anything_else_running(
    listener: socket.socket,
) -> None:
    waiting = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    ran: list[int] = []
    for number in range(3):
        asyncio.get_running_loop().call_soon(ran.append, number)
        (await accepted(listener, lambda: None)).close()
        assert ran == list(range(number + 1))
    for one in waiting:
        one.close()
