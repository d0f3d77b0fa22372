"""A session's PostgreSQL connection with a queue of expected responses.

For each message that is sent, the expected answers are queued, with a flag whether they are
forwarded to the client: answers to the gateway's own queries are not. `settle` reads until all have
arrived. Rows are forwarded without being parsed, in the pieces in which they arrive.

`settle` always ends. An error ends all expected answers up to the Sync, including those to messages
that PostgreSQL skips because of it. A ReadyForQuery ends all answers up to the Sync or Query that
it answers. `settle` also flushes PostgreSQL's output buffer, and a lost connection is an error.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dsql_tui.local.gate.refusals import dsql_error
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendLost
from dsql_tui.local.protocol.pending import READY, DueAnswer
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import Message, Origin, ServerMessage, Splitter
from dsql_tui.local.transactions.private_messages import (
    NO_PARAMETERS,
    NO_TYPES,
    PRIVATE,
    private_statement,
)
from dsql_tui.local.transactions.transaction import CONFLICT

REPORTED = {"server_version": answers.SERVER_VERSION}
HELD_MAX_BYTES = 1 << 20
"""Most bytes of rows that are buffered until it is known whether their statement fails."""
CANCELED = "57014"
_LOCK_CONFLICTS = frozenset({"40001", "40P01"})
_ERROR = b"E"
_ENDING = frozenset({"FATAL", "PANIC"})
"""Severities of errors that end the connection."""


CopyIn = Callable[[], Awaitable[None]]
"""Forwards the client's copy data to PostgreSQL; called when PostgreSQL asks for it."""


class Upstream:
    """The connection and its expected responses.

    Args:
        backend: The connection.
        client: The client's connection.
        meter: Counts the forwarded messages.

    Attributes:
        status: Transaction status of the last ReadyForQuery.
        in_batch: Messages of the extended protocol are not yet ended by a Sync.
        private_error: The last error of a query of the gateway's own.
        overdue: The error that is reported for a statement that the gateway cancels, or `None`.
        origins: The columns of copies and those of their tables, which the client is told instead.
    """

    def __init__(self, backend: Backend, client: ByteStream, meter: Meter) -> None:
        self.backend = backend
        self.status = b"I"
        self.in_batch = False
        self.private_error: ServerMessage | None = None
        self.overdue: ServerMessage | None = None
        self.origins: dict[Origin, Origin] = {}
        self._client = client
        self._meter = meter
        self._due: deque[DueAnswer] = deque()
        self._is_flushed = True
        self._batch_error: ServerMessage | None = None
        self._splitter = Splitter()
        self._out: list[bytes] = []

    @property
    def skipping(self) -> bool:
        """Whether PostgreSQL skips messages until a Sync, after an error."""
        return self._batch_error is not None

    def send(self, frames: bytes, due: Sequence[DueAnswer]) -> None:
        """Send messages and expect these responses in order; no Flush is needed.

        Answers to messages that PostgreSQL skips after an error end at once with that error.
        """
        self.backend.stream.write(frames)
        self._due.extend(due)
        self.in_batch = due[-1].ends != READY
        self._is_flushed = not self.in_batch
        if self._batch_error is not None:
            for ended in self._up_to_sync():
                ended.error, ended.is_reported = self._batch_error, True

    def run_privately(self, sql: str) -> DueAnswer:
        """Run an internal statement without forwarding its response."""
        statement = DueAnswer(b"CI", forwarded=False)
        self.send(*private_statement(sql, NO_TYPES, NO_PARAMETERS, statement))
        return statement

    def run_query(self, sql: str) -> None:
        """Run internal statements in one Query; the block must not have failed."""
        self.send(wire.query(sql), [DueAnswer(READY, forwarded=False)])

    def fail_transaction(self) -> None:
        """Fail the open transaction in PostgreSQL; the caller sends a Sync next."""
        self.send(wire.parse(PRIVATE, "refused").encode(), [DueAnswer(b"1", forwarded=False)])

    def sync(self) -> None:
        """End a batch of the extended protocol."""
        self.send(wire.SYNC, [DueAnswer.of_sync()])

    async def settle(self, copy_in: CopyIn) -> None:
        """Read until no response is expected; the last one is sent at the next `flush`.

        So an answer and the ReadyForQuery after it share one packet and one TLS record.

        Args:
            copy_in: Forwards the client's copy data when PostgreSQL asks for it.

        Raises:
            BackendLost: PostgreSQL closed the connection, or sent an answer that is not expected.
            ConnectionError: The client has disconnected.
        """
        self._request_flush()
        while self._due:
            chunk = await self.backend.stream.read()
            if not chunk:
                raise BackendLost("PostgreSQL closed the connection")
            for item in self._splitter.feed(chunk):
                if isinstance(item, bytes):
                    self._rows(item)
                else:
                    self._message(item)
            if self._due:
                await self.flush()
                await self._copy(copy_in)

    def _request_flush(self) -> None:
        """Request the responses that PostgreSQL buffers until the Sync."""
        if self._due and not self._is_flushed:
            self.backend.stream.write(wire.FLUSH)
            self._is_flushed = True

    async def _copy(self, copy_in: CopyIn) -> None:
        """Forward the client's copy data until it ends or PostgreSQL sends a message.

        That message may be an error; then the client need not send the rest.
        """
        due = self._due[0]
        if not due.is_copying:
            return
        arrived = asyncio.ensure_future(self.backend.stream.arrived())
        copied = asyncio.ensure_future(copy_in())
        try:
            await asyncio.wait((arrived, copied), return_when=asyncio.FIRST_COMPLETED)
            if copied.done():
                await copied
                due.is_copying = False
                self._is_flushed = due.is_query
                self._request_flush()
        finally:
            for task in (arrived, copied):
                task.cancel()
            await asyncio.gather(arrived, copied, return_exceptions=True)

    async def flush(self) -> None:
        """Send the buffered messages to the client, and wait while it is slow."""
        if self._out:
            # Each write would become a TLS record of its own.
            self._client.write(b"".join(self._out))
            self._out.clear()
            await self._client.drain()

    def end(self, answer: ServerMessage | None = None) -> None:
        """Send the buffered messages and the reason for the end, without waiting."""
        reason = answer.encode() if answer is not None else b""
        self._client.write(b"".join((*self._out, reason)))
        self._out.clear()

    def send_to_client(self, frames: bytes) -> None:
        """Buffer the gateway's own messages for the client."""
        self._out.append(frames)

    def _pass(self, message: Message) -> None:
        due = self._due[0]
        if due.forwarded and message.type not in due.dropped:
            self._out.append(message.encode())

    def _head(self) -> DueAnswer:
        """Return the answer that is arriving.

        Raises:
            BackendLost: None is expected.
        """
        if not self._due:
            raise BackendLost("PostgreSQL sent an answer that is not expected")
        return self._due[0]

    def _rows(self, run: bytes) -> None:
        due = self._head()
        if due.digest is not None:
            due.digest.update(run)
        if due.rows is not None:
            due.rows.append(run)
        elif due.forwarded:
            self._meter.rows(len(run))
            if due.held_back is None:
                self._out.append(run)
            else:
                due.held_back.append(run)
                if sum(map(len, due.held_back)) > HELD_MAX_BYTES:
                    self._release(due)
                    due.keeps_error = False  # a part of it has been forwarded

    def _release(self, due: DueAnswer) -> None:
        """Forward the messages that were held back."""
        self._out += due.held_back or ()
        due.held_back = None

    def _message(self, message: Message) -> None:
        if message.type == b"S":
            self._reported(message)
        elif message.type == b"A":
            return  # DSQL has no LISTEN
        elif message.type == _ERROR:
            self._failed(ServerMessage.parse(message.body))
        elif message.type == b"N":
            self._noticed(ServerMessage.parse(message.body))
        else:
            self._answered(message)

    def _noticed(self, notice: ServerMessage) -> None:
        if not self._due:
            return  # it reports the connection's end, which the next read finds
        due, inserted = self._due[0], wire.inserted(notice)
        if inserted is not None:
            due.inserted = (*due.inserted, inserted)
        elif due.forwarded:
            self._out.append(notice.without_context().encode(b"N"))

    def _reported(self, message: Message) -> None:
        name, _ = wire.cstring(message.body, 0)
        known = REPORTED.get(name)
        self._out.append(wire.parameter_status(name, known) if known else message.encode())

    def _answered(self, message: Message) -> None:
        if message.type == READY:
            self._ready(message.body)
            return
        due = self._head()
        if message.type == b"C":
            message = self._completed(due, message)
        elif message.type == b"s":
            due.suspended = True
        elif message.type == b"G":
            due.is_copying = True
            self._meter.copying_in()
        elif message.type == b"T" and self.origins:
            message = Message(b"T", wire.with_origins(message.body, self.origins))
        if due.held_back is not None and message.type == b"T":
            due.held_back.append(message.encode())
            return
        self._release(due)
        if due.rows is None or message.type == b"T":
            self._pass(message)
        if message.type in due.ends:
            self._due.popleft().is_answered = True

    def _completed(self, due: DueAnswer, message: Message) -> Message:
        """Record a command tag; return the message for the client."""
        due.command = wire.command_tag(message.body)
        if due.forwarded:
            self._meter.completed(due.command)
        return Message(b"C", wire.zstring(due.tag)) if due.tag else message

    def _ready(self, status: bytes) -> None:
        """End all answers up to the Sync or Query that is answered."""
        self._head()
        self.status, self._batch_error = status, None
        while self._due:
            due = self._due.popleft()
            self._release(due)
            due.is_answered = due.error is None
            if due.ends == READY:
                return

    def _up_to_sync(self) -> list[DueAnswer]:
        """Remove and return the answers expected before the next Sync."""
        ended: list[DueAnswer] = []
        while self._due and not self._due[0].is_sync:
            ended.append(self._due.popleft())
        return ended

    def _failed(self, error: ServerMessage) -> None:
        """End the answer with an error; in the extended protocol all answers up to the Sync."""
        if not self._due:
            return  # it reports the connection's end, which the next read finds
        if error.severity in _ENDING:
            raise BackendLost(error.message)
        first = self._due[0]
        reworded = first.reword(error) if first.reword is not None else None
        error = first.replacement or reworded or translated(error, first.offset)
        ended = [first] if first.ends == READY else self._up_to_sync()
        if first.ends != READY:
            self._batch_error = error
        speaker = next((due for due in ended if due.forwarded), ended[-1])
        is_reported = speaker.forwarded and not speaker.keeps_error
        for due in ended:
            due.error, due.is_reported, due.held_back = error, is_reported, None
        if is_reported:
            self.refuse(error)
        elif not speaker.forwarded:
            self.private_error = error

    def refuse(self, error: ServerMessage) -> None:
        """Send the client an error, with a lock conflict of PostgreSQL as OC000."""
        if error.sqlstate in _LOCK_CONFLICTS and "(OC0" not in error.message:
            error = CONFLICT
        elif error.sqlstate == CANCELED and self.overdue is not None:
            error = self.overdue
        self._meter.failed(error.sqlstate, error.message)
        self._out.append(error.encode())


def translated(error: ServerMessage, offset: int) -> ServerMessage:
    """Return an error of PostgreSQL in DSQL's wording."""
    position = error.position or error.other("p")
    if position and offset:
        position = str(int(position) + offset)
    error = replace(error.without_context(), position=position)
    known = dsql_error(error.sqlstate, error.message)
    if known is None:
        return error
    return replace(error, sqlstate=known.sqlstate, message=known.message, detail="", hint="")
