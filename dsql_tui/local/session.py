"""One session after its start-up: client messages to PostgreSQL, its answers back.

Messages are taken in units that end where the client waits: a Query, or an extended-protocol batch
up to Sync or Flush. A unit is rewritten where DSQL's grammar differs, sent, and answered in full
before the next one is looked at; rows pass through unread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from dsql_tui.local import answers, gate, wire
from dsql_tui.local.backend import READ_BYTES, Backend, BackendLost
from dsql_tui.local.gate import Rewriting
from dsql_tui.local.meter import Meter
from dsql_tui.local.wire import CancelKey, Message, ProtocolViolation, ServerMessage, Splitter

MESSAGE_MAX_BYTES = 10 * 1024 * 1024
"""Largest message; a larger one drops the connection (facts §2; LIVE-B)."""

_REPORTED_VERSIONS = {"server_version": answers.SERVER_VERSION}
_ENDS_PART = {
    b"P": frozenset(b"1"),
    b"B": frozenset(b"2"),
    b"C": frozenset(b"3"),
    b"D": frozenset(b"Tn"),
    b"E": frozenset(b"CIs"),
}
"""What ends PostgreSQL's answer to each message of the extended protocol."""


class Session:
    """Pumps between a client and its own PostgreSQL connection.

    Args:
        reader: What the client sends.
        writer: What it is sent.
        backend: The connection opened for it.
        key: What it may cancel with.
        meter: Measures its transactions.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        backend: Backend,
        key: CancelKey,
        meter: Meter,
    ) -> None:
        self.key = key
        self._meter = meter
        self._reader = reader
        self._writer = writer
        self._backend = backend
        self._splitter = Splitter()
        self._batch: list[bytes] = []
        self._expected: list[frozenset[int]] = []
        self._prepared: dict[str, Rewriting] = {}
        self._portals: dict[str, str] = {}
        self._tags: list[str | None] = []

    def greet(self) -> None:
        """Tell the client that it is in: parameters, cancel key, ready."""
        parameters = self._backend.parameters | _REPORTED_VERSIONS
        parts = [wire.authentication(0)]
        parts += [wire.parameter_status(name, value) for name, value in parameters.items()]
        parts += [wire.backend_key(self.key), wire.ready(b"I")]
        self._writer.writelines(parts)

    async def cancel(self) -> None:
        """Cancel what is running; it may come too late."""
        await self._backend.cancel()

    async def run(self) -> None:
        """Serve until the client leaves, PostgreSQL is lost or the session is cancelled."""
        with self._meter:
            await self._run()

    async def _run(self) -> None:
        busy = False
        try:
            while True:
                await self._writer.drain()
                message = await self._message()
                if message is None or message.type == b"X":
                    return
                busy = True
                await self._take(message)
                busy = False
        except BackendLost:
            self._writer.write(answers.BACKEND_LOST.encode())
        except ProtocolViolation as violation:
            self._writer.write(answers.fatal("08P01", str(violation)).encode())
        except asyncio.CancelledError:
            if not self._writer.transport.is_closing():
                self._writer.write(answers.SHUTTING_DOWN.encode())
            raise
        finally:
            if busy:
                with suppress(OSError):
                    await asyncio.shield(self._backend.cancel())
            self._backend.close()

    async def _message(self) -> Message | None:
        """Read the client's next message; `None` when it is gone or sent one that is too large."""
        try:
            head = await self._reader.readexactly(wire.HEADER_BYTES)
            kind, length = wire.header(head)
            if length > MESSAGE_MAX_BYTES:
                return None
            return Message(kind, await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def _take(self, message: Message) -> None:
        handler = self._HANDLERS.get(message.type)
        if handler is None:
            raise ProtocolViolation(f"invalid frontend message type {message.type[0]}")
        self._meter.sent(len(message.body))
        await handler(self, message)

    # --- simple protocol -------------------------------------------------------------------------

    async def _query(self, message: Message) -> None:
        text, _ = wire.cstring(message.body, 0)
        rewriting = gate.rewrite(text)
        self._tags = [rewriting.tag]
        self._send(message if rewriting.unchanged else Message(b"Q", wire.zstring(rewriting.sql)))
        await self._relay(until_ready=True, simple=True)

    # --- extended protocol -----------------------------------------------------------------------

    async def _parse(self, message: Message) -> None:
        name, text, types = wire.parse_message(message.body)
        rewriting = gate.rewrite(text)
        self._prepared[name] = rewriting
        if not rewriting.unchanged:
            message = Message(b"P", wire.zstring(name) + wire.zstring(rewriting.sql) + types)
        self._add(message)

    async def _bind(self, message: Message) -> None:
        portal, statement = wire.bind_names(message.body)
        self._portals[portal] = statement
        self._add(message)

    async def _describe(self, message: Message) -> None:
        self._add(message)

    async def _execute(self, message: Message) -> None:
        portal, _ = wire.cstring(message.body, 0)
        rewriting = self._prepared.get(self._portals.get(portal, ""))
        self._tags.append(rewriting.tag if rewriting else None)
        self._add(message)

    async def _close(self, message: Message) -> None:
        kind, name = wire.target(message.body)
        if kind == "S":
            self._prepared.pop(name, None)
        self._add(message)

    async def _flush(self, message: Message) -> None:
        self._batch.append(message.encode())
        self._forward_batch()
        await self._relay(until_ready=False, simple=False)

    async def _sync(self, message: Message) -> None:
        self._batch.append(message.encode())
        self._forward_batch()
        await self._relay(until_ready=True, simple=False)

    def _add(self, message: Message) -> None:
        self._batch.append(message.encode())
        self._expected.append(_ENDS_PART[message.type])

    def _forward_batch(self) -> None:
        self._backend.writer.writelines(self._batch)
        self._batch.clear()

    async def _ignore(self, message: Message) -> None:
        """Drop copy messages that arrive after a failed COPY, as PostgreSQL does."""

    async def _refuse_function_call(self, _: Message) -> None:
        refusal = answers.error("0A000", "function call protocol not supported")
        self._writer.write(refusal.encode() + wire.ready(b"I"))

    _HANDLERS: ClassVar[dict[bytes, Callable[[Session, Message], Awaitable[None]]]] = {
        b"Q": _query,
        b"P": _parse,
        b"B": _bind,
        b"D": _describe,
        b"E": _execute,
        b"C": _close,
        b"H": _flush,
        b"S": _sync,
        b"d": _ignore,
        b"c": _ignore,
        b"f": _ignore,
        b"F": _refuse_function_call,
    }

    # --- answers ---------------------------------------------------------------------------------

    def _send(self, message: Message) -> None:
        self._backend.writer.write(message.encode())

    async def _relay(self, *, until_ready: bool, simple: bool) -> None:
        """Pass answers on until PostgreSQL is ready, or has answered all that was flushed."""
        while until_ready or self._expected:
            await self._backend.writer.drain()
            chunk = await self._backend.reader.read(READ_BYTES)
            if not chunk:
                raise BackendLost("PostgreSQL closed the connection")
            out: list[bytes] = []
            ready = failed = False
            for item in self._splitter.feed(chunk):
                if isinstance(item, bytes):
                    self._meter.rows(len(item))
                    out.append(item)
                    continue
                if self._expected and item.type[0] in self._expected[0]:
                    self._expected.pop(0)
                self._count(item)
                if item.type == b"G":
                    self._writer.writelines([*out, item.encode()])
                    out = []
                    await self._copy_in(simple=simple)
                    continue
                ready |= item.type == b"Z"
                failed |= item.type == b"E"
                out.append(self._translate(item))
            self._writer.writelines(out)
            await self._writer.drain()
            if ready or failed:
                self._expected.clear()
            if ready:
                self._tags.clear()
                return
            if failed and not until_ready:
                return

    def _count(self, message: Message) -> None:
        """Let the meter see a message of PostgreSQL."""
        if message.type == b"C":
            self._meter.completed(wire.cstring(message.body, 0)[0])
        elif message.type == b"E":
            error = ServerMessage.parse(message.body)
            self._meter.failed(error.sqlstate, error.message)
        elif message.type == b"G":
            self._meter.copying_in()
        elif message.type == b"Z":
            self._meter.ready(message.body)

    def _translate(self, message: Message) -> bytes:
        """Say a message of PostgreSQL the way DSQL says it."""
        if message.type == b"C" and self._tags:
            tag = self._tags[0] if len(self._tags) == 1 else self._tags.pop(0)
            if tag is not None:
                return wire.command_complete(tag)
        elif message.type in (b"E", b"N"):
            answer = ServerMessage.parse(message.body)
            return answer.without_context().encode(message.type)
        elif message.type == b"S":
            name, _ = wire.cstring(message.body, 0)
            if name in _REPORTED_VERSIONS:
                return wire.parameter_status(name, _REPORTED_VERSIONS[name])
        return message.encode()

    async def _copy_in(self, *, simple: bool) -> None:
        """Pass the client's copy data on; in the extended protocol up to the Sync behind it."""
        await self._writer.drain()
        ended = False
        while True:
            message = await self._message()
            if message is None:
                raise asyncio.CancelledError
            self._send(message)
            await self._backend.writer.drain()
            ended |= message.type in (b"c", b"f")
            if ended and (simple or message.type == b"S"):
                return
