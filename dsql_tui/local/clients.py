"""Connections from outside, before and after they are encrypted."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass

from dsql_tui.local.arrivals import Arrivals


class ClientProtocol(Arrivals):
    """A stream whose task is cancelled when the client is gone, even in the middle of a query."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._lost = False
        self._serving: asyncio.Task[None] | None = None  # `_task` is asyncio's own name

    def when_lost(self, task: asyncio.Task[None] | None) -> None:
        """Cancel `task` as soon as the connection is lost."""
        self._serving = task
        if self._lost and task is not None:
            task.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and end the task that serves this client."""
        super().connection_lost(exc)
        self._lost = True
        if self._serving is not None:
            self._serving.cancel()


@dataclass(frozen=True, slots=True)
class Client:
    """An encrypted connection from outside.

    Attributes:
        reader: What the client sends.
        writer: What it is sent.
        protocol: Tells when it is gone.
        server_name: SNI name it asked for, or empty.
        alpn: Protocol agreed on, or empty.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: ClientProtocol
    server_name: str
    alpn: str

    @property
    def tls(self) -> str:
        """Version, cipher and its bits, as `pg_stat_ssl` tells them; empty if unknown."""
        cipher = self.writer.get_extra_info("cipher")
        return f"{cipher[1]} {cipher[0]} {cipher[2]}" if cipher else ""


async def readable(connection: socket.socket) -> None:
    """Wait until there is something to read, without reading it."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        with suppress(asyncio.InvalidStateError):
            ready.set_result(None)

    loop.add_reader(connection, wake)
    try:
        await ready
    finally:
        loop.remove_reader(connection)


async def exactly(connection: socket.socket, count: int) -> bytes:
    """Read `count` bytes of a plain connection.

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
