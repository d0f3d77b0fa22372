"""A stream over one end of a socket pair; the test holds the other end."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsql_tui.local.gateway import tls
from dsql_tui.local.gateway.clients import shake_hands
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.stream import HELD_MAX_BYTES, UNSENT_MAX_BYTES, ByteStream
from dsql_tui.local.protocol.wire import Message

LARGE = bytes(range(256)) * 40_000


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


async def received(peer: socket.socket) -> bytes:
    """Read everything that is sent to the peer until the end."""

    def read() -> bytes:
        return b"".join(iter(lambda: peer.recv(1 << 16), b""))

    return await asyncio.to_thread(read)


async def test_messages_come_whole_however_they_were_cut(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream, theirs = ByteStream(ends[0]), ends[1]
    sent = wire.query("select 1") + wire.query("") + wire.query("x" * 300_000)

    async def pieces() -> None:
        for start in range(0, len(sent), 70_001):
            await asyncio.to_thread(theirs.sendall, sent[start : start + 70_001])

    sending = asyncio.create_task(pieces())
    got = [await stream.message(1 << 20) for _ in range(3)]
    await sending
    assert b"".join(one.encode() for one in got if one) == sent
    stream.close()


async def test_a_message_that_is_too_large_is_not_waited_for(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream = ByteStream(ends[0])
    ends[1].sendall(Message(b"Q", bytes(11)).encode()[:5])
    assert await stream.message(10) is None
    stream.close()


async def test_the_end_of_a_peer_is_an_error_in_a_message_and_the_end_of_the_bytes(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream, lost = ByteStream(ends[0]), []
    ends[1].sendall(b"Q\0")
    ends[1].close()
    with pytest.raises(EOFError):
        await stream.message(10)
    stream.when_lost(lambda: lost.append("told"))
    assert lost == ["told"]
    assert (await stream.read(), await stream.read()) == (b"Q\0", b"")
    with pytest.raises(ConnectionError):
        await stream.drain()
    stream.close()


async def test_a_reader_can_be_interrupted_and_the_peer_still_be_told_why(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream = ByteStream(ends[0])
    reading = asyncio.create_task(stream.message(10))
    await asyncio.sleep(0)
    stream.interrupt(TimeoutError())
    with pytest.raises(TimeoutError):
        await reading
    stream.write(b"time is up")
    stream.close()
    assert await received(ends[1]) == b"time is up"


async def test_a_peer_that_sends_without_end_has_to_wait(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream, theirs = ByteStream(ends[0]), ends[1]
    sending = asyncio.create_task(asyncio.to_thread(theirs.sendall, LARGE))
    first = await stream.exactly(1)
    for _turn in range(1_000_000):
        if stream.held_bytes > HELD_MAX_BYTES:
            break
        await asyncio.sleep(0)
    assert HELD_MAX_BYTES < stream.held_bytes < 2 * HELD_MAX_BYTES
    assert not sending.done()
    assert first + await stream.exactly(len(LARGE) - 1) == LARGE
    await sending
    stream.close()


async def test_a_peer_that_does_not_read_is_waited_for(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream, theirs = ByteStream(ends[0]), ends[1]
    stream.write(LARGE)
    draining = asyncio.create_task(stream.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    reading = asyncio.create_task(received(theirs))
    await draining
    stream.write(b"end")
    stream.close()  # the rest is still sent
    assert await reading == LARGE + b"end"


async def test_an_aborted_connection_ends_whoever_reads_it_and_may_be_closed_again(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    stream = ByteStream(ends[0])
    stream.when_lost(lambda: pytest.fail("it was we who closed it"))
    reading = asyncio.create_task(stream.exactly(1))
    await asyncio.sleep(0)
    stream.abort()
    with pytest.raises(EOFError):
        await reading
    assert await received(ends[1]) == b""
    stream.close()
    stream.abort()


async def test_encryption_survives_a_peer_that_reads_slowly(
    ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    """OpenSSL wants a write that had to wait again as it was."""
    authority = tls.authority(tmp_path)
    context = tls.server_context(authority, ["us-east-1"])
    trust = ssl.create_default_context(cafile=str(authority.certificate_file))
    server = context.wrap_socket(ends[0], server_side=True, do_handshake_on_connect=False)
    theirs = await _greeted(trust, server, ends[1])
    stream = ByteStream(server)
    for start in range(0, len(LARGE), UNSENT_MAX_BYTES):
        stream.write(LARGE[start : start + UNSENT_MAX_BYTES])
    stream.close()
    assert await received(theirs) == LARGE
    theirs.close()


async def _greeted(
    trust: ssl.SSLContext, server: ssl.SSLSocket, client: socket.socket
) -> ssl.SSLSocket:
    greeting = asyncio.to_thread(trust.wrap_socket, client, server_hostname="localhost")
    _, encrypted = await asyncio.gather(shake_hands(server), greeting)
    return encrypted
