"""The gateway's streams over a WebSocket: what they buffer, and how they end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from dsql_tui.local.protocol.stream import READ_BYTES, UNSENT_MAX_BYTES
from dsql_tui.local.protocol.websocket import CloseCode, Opcode, close_frame, frame
from dsql_tui.local.protocol.websocket_stream import WebSocketStream
from dsql_tui.local.protocol.wire import Message
from tests.unit.local.protocol.test_websocket import END, REQUEST, masked

DEADLINE_S = 20.0


def with_stream(test: Callable[[WebSocketStream, socket.socket], Awaitable[None]]) -> None:
    """Run a test with an open WebSocket and the client's end of it."""

    async def whole() -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setblocking(False)
        stream = WebSocketStream(ours)
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.get_running_loop().sock_sendall(theirs, REQUEST + END)
            assert (await received(theirs)).startswith(b"HTTP/1.1 101 ")
            await test(stream, theirs)
        stream.abort()
        theirs.close()

    asyncio.run(whole())


async def received(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, 1 << 20)


def test_pings_of_a_client_that_does_not_read_are_not_all_answered() -> None:
    ping = masked(Opcode.PING, b"p" * 125)
    pings = 40_000

    async def test(stream: WebSocketStream, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, ping * pings + masked(Opcode.BINARY, b"the end"))
        assert await stream.exactly(7) == b"the end"
        assert stream._unsent_bytes <= UNSENT_MAX_BYTES + READ_BYTES

    with_stream(test)


def test_a_stream_that_is_closed_says_so_after_what_it_has_written() -> None:
    async def test(stream: WebSocketStream, client: socket.socket) -> None:
        stream.write(Message(b"Z", b"I").encode())
        stream.close()
        expected = frame(Opcode.BINARY, Message(b"Z", b"I").encode())
        assert await received(client) == expected + close_frame(CloseCode.NORMAL)

    with_stream(test)


def test_a_client_that_closes_is_answered_and_lost() -> None:
    async def test(stream: WebSocketStream, client: socket.socket) -> None:
        lost = asyncio.Event()
        stream.when_lost(lost.set)
        sent = masked(Opcode.BINARY, b"X") + masked(Opcode.CLOSE, b"\x03\xe8")
        await asyncio.get_running_loop().sock_sendall(client, sent)
        await lost.wait()
        assert await stream.read() == b"X"
        assert await stream.read() == b""
        stream.close()
        assert await received(client) == close_frame(CloseCode.NORMAL)
        assert await received(client) == b""

    with_stream(test)
