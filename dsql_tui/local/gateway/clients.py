"""Client connections, before and after TLS is established."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from dsql_tui.local.filesystem.descriptors import ACCEPT_PAUSE_S, NOT_LISTENING
from dsql_tui.local.protocol.stream import ByteStream, wake

BACKLOG = 512
"""Length of the listen queue."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client's encrypted connection.

    Attributes:
        stream: Reads and writes its decrypted bytes.
        server_name: SNI name that the client has sent, or empty.
        alpn: Negotiated ALPN protocol, or empty.
        tls: Version, cipher and its bits, as `pg_stat_ssl` shows them; empty if unknown.
    """

    stream: ByteStream
    server_name: str
    alpn: str
    tls: str


def listen(port: int) -> socket.socket:
    """Return a socket listening on the loopback interface; port 0 selects a free one.

    Raises:
        OSError: The port is busy.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setblocking(False)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    return listener


async def accepted(listener: socket.socket, make_room: Callable[[], object]) -> socket.socket:
    """Return the next connection; raise only errors of the listener itself.

    Args:
        listener: Not blocking.
        make_room: Called when a connection cannot be accepted, for example for lack of descriptors.

    Raises:
        OSError: `listener` does not listen.
    """
    loop = asyncio.get_running_loop()
    while True:
        try:
            connection, _ = await loop.sock_accept(listener)
        except OSError as error:
            if error.errno in NOT_LISTENING:
                raise
            make_room()
            await asyncio.sleep(ACCEPT_PAUSE_S)
        else:
            await asyncio.sleep(0)  # let other tasks run between the connections of a burst
            return connection


async def readable(connection: socket.socket) -> None:
    """Wait until the socket is readable."""
    loop = asyncio.get_running_loop()
    await _called(loop.add_reader, loop.remove_reader, connection)


async def writable(connection: socket.socket) -> None:
    """Wait until the socket is writable."""
    loop = asyncio.get_running_loop()
    await _called(loop.add_writer, loop.remove_writer, connection)


async def _called(
    add: Callable[..., object], remove: Callable[..., object], connection: socket.socket
) -> None:
    """Wait until the event loop reports a socket as ready."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    add(connection, wake, ready)
    try:
        await ready
    finally:
        remove(connection)


async def shake_hands(connection: ssl.SSLSocket) -> None:
    """Perform the TLS handshake.

    Raises:
        OSError: It failed.
    """
    while True:
        try:
            return connection.do_handshake()
        except ssl.SSLWantReadError:
            await readable(connection)
        except ssl.SSLWantWriteError:
            await writable(connection)


async def exactly(connection: socket.socket, count: int) -> bytes:
    """Read `count` bytes of an unencrypted connection.

    Raises:
        EOFError: It ended before.
    """
    loop = asyncio.get_running_loop()
    parts = b""
    while len(parts) < count:
        part = await loop.sock_recv(connection, count - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
