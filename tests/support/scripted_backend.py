"""Fakes of PostgreSQL: one that only follows the protocol, and one with scripted answers."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message, ServerMessage

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


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a statement.

    Attributes:
        rows: Its rows, as text.
        tag: Its command tag; by default that of its first word.
        error: The error it fails with, or `None`.
        notice: A notice before its end, or `None`.
    """

    rows: Sequence[Sequence[str | None]] = ()
    tag: str = ""
    error: ServerMessage | None = None
    notice: ServerMessage | None = None


class ScriptedBackend:
    """A PostgreSQL that follows the protocol and answers each statement as the test scripts it.

    Attributes:
        ran: The statements that were executed, in order.
        status: Transaction status, `I`, `T` or `E`.
    """

    def __init__(self, connection: ByteStream) -> None:
        self.ran: list[str] = []
        self.status = b"I"
        self._connection = connection
        self._replies: list[tuple[str, deque[Reply]]] = []
        self._statements: dict[str, str] = {}
        self._portals: dict[str, tuple[str, Iterator[Sequence[str | None]] | None]] = {}
        self._skips = False
        self._out = b""

    def answer(self, beginning: str, *replies: Reply) -> None:
        """Answer statements that begin so with these replies in turn, the last one repeatedly."""
        self._replies.insert(0, (beginning, deque(replies)))

    def rest_of(self, portal: str) -> list[Sequence[str | None]]:
        """Return the rows of a portal that were not fetched."""
        return list(self._portals[portal][1] or ())

    async def serve(self) -> None:
        """Answer until the other end is closed."""
        while True:
            try:
                message = await self._connection.message(1 << 20)
            except EOFError:
                return
            if message is None:
                return
            self._process(message)

    def _process(self, message: Message) -> None:
        if message.type == b"S":
            self._skips = False
            self._send(wire.ready(self.status))
        elif message.type == b"H":
            self._send(b"")
        elif message.type == b"Q":
            self._query(wire.cstring(message.body, 0)[0])
        elif not self._skips:
            self._extended(message)

    def _query(self, text: str) -> None:
        for statement in text.split("; "):
            frames, error = self._run(statement, self._reply(statement))
            self._out += frames if error is None else error.encode()
            if error is not None:
                break
        self._send(wire.ready(self.status))

    def _extended(self, message: Message) -> None:
        kind, body = message
        if kind == b"P":
            name, sql, _ = wire.parse_message(body)
            if sql == "refused":
                self._fail(answers.error("42601", "syntax error"))
                return
            self._statements[name] = sql
        elif kind == b"B":
            portal, name, _ = wire.bind_message(body)
            self._portals[portal] = (self._statements[name], None)
        if kind == b"E":
            self._execute(wire.cstring(body, 0)[0], int.from_bytes(body[-4:]))
        elif kind == b"D":
            self._describe(*wire.target(body))
        else:
            self._out += ANSWERS[kind]

    def _describe(self, kind: str, name: str) -> None:
        sql = self._statements[name] if kind == "S" else self._portals[name][0]
        rows = next((r[0].rows for text, r in self._replies if sql.startswith(text)), ())
        columns = [f"column {number}" for number in range(len(rows[0]) if rows else 0)]
        self._out += wire.row_description(columns) if columns else ANSWERS[b"D"]

    def _execute(self, portal: str, most_rows: int) -> None:
        sql, rows = self._portals[portal]
        reply = self._reply(sql)
        if most_rows and reply.error is None:
            if rows is None:
                self.ran.append(sql)
                rows = iter(reply.rows)
            part = list(islice(rows, most_rows))
            self._portals[portal] = (sql, rows)
            self._out += b"".join(map(wire.data_row, part))
            is_suspended = len(part) == most_rows
            self._out += Message(b"s", b"").encode() if is_suspended else _tagged(sql, reply)
            return
        frames, error = self._run(sql, reply)
        if error is None:
            self._out += frames
        else:
            self._fail(error)

    def _run(self, sql: str, reply: Reply) -> tuple[bytes, ServerMessage | None]:
        """Execute a statement; return its answer, or its error."""
        self.ran.append(sql)
        ends, word = ("ROLLBACK", "COMMIT"), sql.partition(" ")[0]
        if self.status == b"E" and word not in ends:
            return b"", answers.error("25P02", "current transaction is aborted")
        if reply.error is not None:
            self.status = b"E" if self.status != b"I" else b"I"
            return b"", reply.error
        if word == "BEGIN" or sql.startswith("ROLLBACK TO"):
            self.status = b"T"
        elif word in ends:
            self.status = b"I"
        notice = reply.notice.encode(b"N") if reply.notice is not None else b""
        rows = b"".join(map(wire.data_row, reply.rows))
        return rows + notice + _tagged(sql, reply), None

    def _reply(self, sql: str) -> Reply:
        for beginning, replies in self._replies:
            if sql.startswith(beginning):
                return replies.popleft() if len(replies) > 1 else replies[0]
        return Reply()

    def _fail(self, error: ServerMessage) -> None:
        self.status = b"E" if self.status != b"I" else b"I"
        self._skips = True
        self._send(error.encode())

    def _send(self, frames: bytes) -> None:
        self._connection.write(self._out + frames)
        self._out = b""


def _tagged(sql: str, reply: Reply) -> bytes:
    word = sql.partition(" ")[0].upper()
    return wire.command_complete(reply.tag or f"{word} {len(reply.rows)}")
