"""The private channel between a running server and its users.

Loopback TCP with one JSON object per line. A client must send the secret in `server.json` (mode
0600). A *lease* is an open connection that keeps the server running. The kernel closes it when its
process ends, even if that is killed; the server ends when its last lease is released.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from dsql_tui.errors import LocalError
from dsql_tui.local.gateway.clients import accepted, listen
from dsql_tui.local.gateway.slots import Slot, Slots

CONNECTIONS_MAX = 128
LINE_MAX_BYTES = 64 * 1024
ANSWER_TIMEOUT_S = 15.0

Answer = Mapping[str, Any]
Handler = Callable[[Mapping[str, Any]], Answer | Awaitable[Answer]]
"""Answers one request; raises LocalError with the message for the client."""


class ServerGone(LocalError):
    """The server has ended, or does not respond in time."""


class Channel:
    """The server's side of the channel.

    Args:
        handlers: Functions that answer requests, by the request's `do`.
        when_unused: Called when the last lease is released.
        connections_max: How many connections may be open at once; at most a quarter of them may not
            have sent the secret yet.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        when_unused: Callable[[], None],
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        strangers_max = max(connections_max // 4, 1)
        self._slots = Slots(strangers_max, connections_max - strangers_max)
        self.secret = secrets.token_urlsafe(24)
        self.port = 0
        self._handlers = {
            **handlers,
            "lease": self._lease,
            "release": self._release,
            "ping": self._ping,
            "stay": self._stay,
        }
        self._when_unused = when_unused
        self._leases: set[object] = set()
        self._tasks: set[object] = set()  # the event loop holds only weak references
        self._asking: object = None
        self._starter: object = None

    @property
    def leases(self) -> int:
        """The number of current leases."""
        return len(self._leases)

    def hold(self, holder: object) -> None:
        """Acquire a lease for this process."""
        self._leases.add(holder)

    def hold_for_starter(self, holder: object) -> None:
        """Acquire a lease for the starting process, until one is requested over the channel."""
        self._starter = holder
        self._leases.add(holder)

    def let_go(self, holder: object) -> None:
        """Release a lease; does nothing if it is not held."""
        if holder in self._leases:
            self._leases.discard(holder)
            if not self._leases:
                self._when_unused()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen on a free loopback port; open connections stay open at the end."""
        with listen(0) as listener:
            self.port = int(listener.getsockname()[1])
            accepting = asyncio.create_task(self._accept(listener))
            accepting.add_done_callback(
                lambda _: self._when_unused()
            )  # no further request can arrive
            try:
                yield
            finally:
                accepting.cancel()
                await asyncio.wait([accepting])

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection = await accepted(listener, self._slots.cut_oldest)
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(LINE_MAX_BYTES), self._serve)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        slot = Slot(writer.transport.abort)
        self._slots.take(slot)
        try:
            greeting = await asyncio.wait_for(reader.readline(), ANSWER_TIMEOUT_S)
            if not hmac.compare_digest(greeting.strip(), self.secret.encode()):
                return
            is_counted = self._slots.authenticate(slot)
            while line := await reader.readline():
                answer = await self._answer(line, writer) if is_counted else _FULL
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError):
            return  # not a client of ours, or it has disconnected
        finally:
            writer.close()
            self._slots.give_back(slot)
            self.let_go(writer)
            self._tasks.discard(task)

    async def _answer(self, line: bytes, asker: object) -> Answer:
        request = json.loads(line)
        handler = self._handlers.get(request.get("do"))
        if handler is None:
            return {"error": "The running server does not know this request."}
        self._asking = asker
        try:
            answer = handler(request)
            return await answer if inspect.isawaitable(answer) else answer
        except LocalError as error:
            return {"error": error.message, "remedy": error.remedy}

    def _lease(self, _: Mapping[str, Any]) -> Answer:
        self.hold(self._asking)
        self._leases.discard(self._starter)
        return {"leases": self.leases}

    def _ping(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an empty answer, which shows that the server responds."""
        return {"leases": self.leases}

    def _stay(self, _: Mapping[str, Any]) -> Answer:
        """Hold a lease that is never released: the server ends when it is stopped."""
        self.hold("stay")
        return {"leases": self.leases}

    def _release(self, _: Mapping[str, Any]) -> Answer:
        self.let_go(self._asking)
        return {"leases": self.leases}


_FULL: Answer = {
    "error": "Too many commands and consoles use the local DSQL at once.",
    "remedy": "Close some of them, or raise its limit of open files: ulimit -n.",
}


class ChannelClient:
    """The client's side of the channel: an open connection to a running server.

    Args:
        port: The channel's port.
        secret: The secret that the channel requires.

    Raises:
        OSError: No server listens there.
    """

    def __init__(self, port: int, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S)
        self._socket.sendall(secret.encode() + b"\n")
        self._lines = self._socket.makefile("rb")

    def ask(self, do: str, **values: Any) -> dict[str, Any]:
        """Send a request and return the response.

        Raises:
            ServerGone: The server has ended, or does not respond in time.
            LocalError: The server refuses the request.
        """
        try:
            self._socket.sendall(json.dumps({"do": do, **values}).encode() + b"\n")
            answer = json.loads(self._lines.readline())
        except (OSError, ValueError):
            answer = None
        if not isinstance(answer, dict):
            raise ServerGone("The local DSQL stopped answering.")
        if "error" in answer:
            raise LocalError(answer["error"], remedy=answer.get("remedy", ""))
        return answer

    def wait(self) -> None:
        """Wait until the server closes the connection."""
        self._socket.settimeout(None)
        with suppress(OSError):
            self._lines.readline()

    def close(self) -> None:
        """Close the connection, and release its lease if it has one."""
        self._lines.close()
        self._socket.close()
