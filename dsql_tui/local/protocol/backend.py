"""An asyncio connection to a private PostgreSQL over its Unix socket.

The gateway opens one for each client; the server's own look-ups and jobs use `query`. PostgreSQL
trusts every process that can reach the socket, so its folder is private.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import CancelKey, Message, ServerMessage
from dsql_tui.sql.lexing import string_constants


class BackendRefused(Exception):
    """PostgreSQL responded with an error."""

    def __init__(self, answer: ServerMessage) -> None:
        super().__init__(answer.message)
        self.answer = answer


class BackendLost(Exception):
    """PostgreSQL closed the connection."""


def literal(text: str) -> str:
    """Return a string as a SQL literal; zero bytes, which are not allowed, are removed."""
    return string_constants.literal(text.replace("\0", ""))


class Backend:
    """One connection; used by one task at a time.

    Attributes:
        stream: Reads and writes its bytes.
        parameters: ParameterStatus values of the start-up.
        key: Cancel key.
        path: The socket PostgreSQL listens on.
    """

    def __init__(self, stream: ByteStream, path: Path) -> None:
        self.stream = stream
        self.path = path
        self.parameters: dict[str, str] = {}
        self.key = CancelKey(0, 0)

    @classmethod
    async def open(cls, path: Path, parameters: Mapping[str, str]) -> Backend:
        """Connect and start up with `parameters` (`user`, `database` and settings).

        Raises:
            OSError: Nothing listens there.
            BackendRefused: The start-up was refused.
            BackendLost: The connection was closed.
        """
        backend = cls(ByteStream(await _connected(path)), path)
        try:
            backend.stream.write(wire.startup(parameters))
            await backend._start_up()
        except BaseException:
            backend.close()
            raise
        return backend

    async def _start_up(self) -> None:
        while True:
            message = await self.message()
            if message.type == b"Z":
                return
            if message.type == b"E":
                raise BackendRefused(ServerMessage.parse(message.body))
            if message.type == b"S":
                name, end = wire.cstring(message.body, 0)
                self.parameters[name], _ = wire.cstring(message.body, end)
            elif message.type == b"K":
                self.key = wire.read_backend_key(message.body)

    async def message(self) -> Message:
        """Read one message.

        Raises:
            BackendLost: The connection was closed.
        """
        try:
            kind, length = wire.header(await self.stream.exactly(wire.HEADER_BYTES))
            return Message(kind, await self.stream.exactly(length))
        except EOFError:
            raise BackendLost("PostgreSQL closed the connection") from None

    async def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run one statement and return its rows as text.

        Raises:
            BackendRefused: It failed.
            BackendLost: The connection was closed.
        """
        self.stream.write(wire.query(sql))
        rows: list[tuple[str | None, ...]] = []
        refusal: ServerMessage | None = None
        while (message := await self.message()).type != b"Z":
            if message.type == b"D":
                rows.append(wire.row(message.body))
            elif message.type == b"E":
                refusal = ServerMessage.parse(message.body)
        if refusal is not None:
            raise BackendRefused(refusal)
        return rows

    async def cancel(self) -> None:
        """Ask PostgreSQL to cancel the running statement, if it has not ended yet.

        A later statement is not cancelled: PostgreSQL closes the connection after it has signalled.
        """
        with suppress(OSError):
            stream = ByteStream(await _connected(self.path))
            try:
                stream.write(wire.cancel_request(self.key))
                await stream.read()
            finally:
                stream.abort()

    def close(self) -> None:
        """Close the connection without waiting."""
        self.stream.abort()


async def _connected(path: Path) -> socket.socket:
    """Connect to a Unix socket.

    Raises:
        OSError: No server listens there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, str(path))
    except BaseException:
        connection.close()
        raise
    return connection
