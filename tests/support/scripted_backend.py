"""A PostgreSQL that keeps the protocol's rules and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message

ANSWERS = {
    b"P": Message(b"1", b"").encode(),
    b"B": Message(b"2", b"").encode(),
    b"C": Message(b"3", b"").encode(),
    b"D": Message(b"n", b"").encode(),
    b"E": wire.command_complete("SELECT 0"),
}
COPYING = Message(b"G", bytes(3)).encode()
BROKEN = answers.error("22012", "division by zero").encode()
FATAL = answers.fatal("57P01", "terminating connection due to administrator command").encode()


class Rules:
    """Answers as PostgreSQL does: kept back until a Flush or Sync; after an error, not until Sync.

    A message that contains `fail` fails; a Query that contains `copy` asks for copy data.
    """

    def __init__(self, connection: ByteStream) -> None:
        self._connection = connection
        self._kept = b""
        self._discards = False
        self._copies = False
        self.syncs = 0

    async def serve(self) -> None:
        while (message := await self._next()) is not None:
            if message.type == b"S":
                self.syncs += 1
                self._discards = False
                self._send(wire.ready(b"I"))
            elif not self._discards:
                self._answer(message)

    async def _next(self) -> Message | None:
        try:
            return await self._connection.message(1 << 20)
        except EOFError:
            return None

    def _answer(self, message: Message) -> None:
        fails = b"fail" in message.body
        if message.type == b"H":
            self._send(b"")
        elif message.type == b"Q" and b"copy" in message.body.lower():
            self._copies = True
            self._send(COPYING)
        elif message.type == b"Q":
            self._send((BROKEN if fails else ANSWERS[b"E"]) + wire.ready(b"I"))
        elif message.type in b"dcf":
            self._copied(message, fails=fails)
        elif fails:
            self._discards = True
            self._send(BROKEN)
        else:
            self._kept += ANSWERS[message.type]

    def _copied(self, message: Message, *, fails: bool) -> None:
        if self._copies and (fails or message.type != b"d"):
            self._copies = False
            self._send((BROKEN if fails else ANSWERS[b"E"]) + wire.ready(b"I"))

    def _send(self, frames: bytes) -> None:
        self._connection.write(self._kept + frames)
        self._kept = b""


@contextmanager
def pairs() -> Iterator[list[socket.socket]]:
    sockets = [*socket.socketpair(), *socket.socketpair()]
    try:
        for one in sockets:
            one.setblocking(False)
        yield sockets
    finally:
        for one in sockets:
            one.close()
