"""One session after its start-up: client messages to PostgreSQL, its answers back.

This is where DSQL's rules meet the wire. Messages are taken one by one; each execution of a
statement, be it a Query or an Execute, goes through `_perform`, which asks the gate and the
transaction's rules first. ReadyForQuery is always our own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from dsql_tui.local import answers, gate, wire
from dsql_tui.local.backend import Backend, BackendLost
from dsql_tui.local.conditions import AGE_LIMIT_S
from dsql_tui.local.executor import Executor
from dsql_tui.local.gate import Verdict
from dsql_tui.local.meter import Meter
from dsql_tui.local.request import Request
from dsql_tui.local.setting import Setting
from dsql_tui.local.stream import Stream
from dsql_tui.local.transaction import Transaction
from dsql_tui.local.upstream import NO_PARAMETERS, NO_TYPES, REPORTED, Due, Upstream
from dsql_tui.local.wire import CancelKey, Message, ProtocolViolation, ServerMessage

MESSAGE_MAX_BYTES = 10 * 1024 * 1024
"""Largest message; a larger one drops the connection (facts §2; LIVE-B)."""
PENDING_MAX_BYTES = 1 << 20
"""Messages of a batch that are kept back before they are sent."""
_ENDS = {b"P": b"1", b"B": b"2", b"C": b"3", b"D": b"Tn", b"E": b"CIs"}
"""What ends PostgreSQL's answer to each message of the extended protocol."""


class Session:
    """Pumps between a client and its own PostgreSQL connection.

    Args:
        client: What the client sends and is sent.
        backend: The connection opened for it.
        key: What it may cancel with.
        meter: Measures its transactions.
        setting: Where it takes place: the arena, the conditions, the jobs.
    """

    def __init__(
        self,
        client: Stream,
        backend: Backend,
        key: CancelKey,
        meter: Meter,
        setting: Setting,
    ) -> None:
        self.key = key
        self._meter = meter
        self._client = client
        self._backend = backend
        self._setting = setting
        self._upstream = Upstream(backend, client, meter)
        self._executor = Executor(self._upstream, setting, self._copy_in)
        self._prepared: dict[str, tuple[Verdict | None, str, bytes]] = {}
        self._portals: dict[str, tuple[str, bytes]] = {}
        self._pending: list[bytes] = []
        self._pending_due: list[Due] = []
        self._pending_bytes = 0
        self._ahead: Message | None = None
        self._skipping = False
        self._batch_is_synced = False
        self._is_over = False
        self._end: asyncio.TimerHandle

    # --- its life --------------------------------------------------------------------------------

    @property
    def process(self) -> int:
        """Its PostgreSQL process."""
        return self._backend.key.pid

    @property
    def transaction(self) -> Transaction:
        """What it is in the middle of."""
        return self._executor.transaction

    def greet(self) -> None:
        """Tell the client that it is in: parameters, cancel key, ready."""
        parameters = self._backend.parameters | REPORTED
        parts = [wire.authentication(0)]
        parts += [wire.parameter_status(name, value) for name, value in parameters.items()]
        parts += [wire.backend_key(self.key), wire.ready(b"I")]
        self._client.write(b"".join(parts))

    async def cancel(self) -> None:
        """Cancel what is running; it may come too late."""
        await self._backend.cancel()

    async def run(self) -> None:
        """Serve until the client leaves, PostgreSQL is lost, time is up or it is cancelled."""
        with self._meter:
            self._setting.arena.enter(self._executor)
            try:
                await self._run()
            finally:
                self._setting.arena.leave(self._executor)

    async def _run(self) -> None:
        limit_s = self._setting.conditions().session_limit_s
        # One timer for all messages: a timeout around each costs a tenth of a round trip.
        self._end = asyncio.get_running_loop().call_later(limit_s, self._end_in_time)
        try:
            await self._client.drain()
            await self._serve()
        except TimeoutError:
            self._client.write(answers.SESSION_ENDED.encode())
        except BackendLost:
            self._client.write(answers.BACKEND_LOST.encode())
        except ProtocolViolation as violation:
            self._client.write(answers.fatal("08P01", str(violation)).encode())
        except ConnectionError:
            return  # the client is gone
        except asyncio.CancelledError:
            if not self._client.is_lost:
                self._client.write(answers.SHUTTING_DOWN.encode())
            raise
        finally:
            self._end.cancel()
            try:
                if self._executor.busy:
                    with suppress(OSError):
                        await asyncio.shield(self._backend.cancel())
            finally:  # a client that has left while it was let in cancels this very line
                self._backend.close()

    async def _serve(self) -> None:
        """Take message after message until the client leaves.

        Raises:
            TimeoutError: The session's time is up.
        """
        while True:
            self._executor.busy = False
            if self._is_over and not self.transaction.is_block:
                raise TimeoutError
            message = await self._next()
            if message is None or message.type == b"X":
                return
            self._executor.busy = True
            await self._take(message)

    def _end_in_time(self) -> None:
        """End the session, now if it is idle; an open transaction has as long as any may last."""
        if self._is_over or not (self._executor.busy or self.transaction.is_block):
            self._client.interrupt(TimeoutError())
        else:
            self._end = asyncio.get_running_loop().call_later(AGE_LIMIT_S, self._end_in_time)
        self._is_over = True

    async def _next(self) -> Message | None:
        """Read a message; `None` when the client is gone or has sent one that is too large."""
        if self._ahead is not None:
            message, self._ahead = self._ahead, None
            return message
        try:
            return await self._client.message(self._setting.message_max_bytes)
        except EOFError:
            return None

    async def _take(self, message: Message) -> None:
        handler = self._HANDLERS.get(message.type)
        if handler is None:
            raise ProtocolViolation(f"invalid frontend message type {message.type[0]}")
        self._meter.sent(len(message.body))
        await handler(self, message)

    async def _ready(self) -> None:
        """Let the client speak again."""
        status = self._executor.status
        self._meter.answered()
        self._upstream.tell(wire.ready(status))
        try:
            await self._upstream.flush()
        finally:
            self._meter.ready(status)  # counting need not keep the client waiting

    def _examine(self, text: str) -> tuple[Verdict, ...]:
        conditions = self._setting.conditions()
        return gate.examine(text, refuses_disputed=conditions.refuses_disputed)

    # --- simple protocol -------------------------------------------------------------------------

    async def _query(self, message: Message) -> None:
        """Run the statements of a Query: several of them are one transaction.

        After an error of the extended protocol PostgreSQL hears nothing but a Sync, no Query.
        """
        if self._pending and not self._skipping:
            await self._answer_pending()
        if self._skipping:
            return
        text, _ = wire.cstring(message.body, 0)
        verdicts = self._examine(text)
        if not verdicts:
            self._upstream.send(message.encode(), [Due(b"Z")])
            await self._upstream.settle()
        elif len(verdicts) == 1:
            await self._executor.perform(_simple(verdicts[0]))
        else:
            await self._executor.perform_all([_simple(verdict) for verdict in verdicts])
        self._executor.end_batch()
        await self._ready()

    # --- extended protocol -----------------------------------------------------------------------

    async def _parse(self, message: Message) -> None:
        if self._skipping:
            return
        name, text, types = wire.parse_message(message.body)
        verdicts = self._examine(text)
        verdict = verdicts[0] if len(verdicts) == 1 else None
        refused = verdict.refusal if verdict else None
        if refused is not None and not self._executor.failed:
            await self._refuse(answers.error(refused.sqlstate, refused.message))
            return
        sql = verdict.sql if verdict else text
        self._prepared[name] = (verdict, sql, types)
        shift = verdict.start if verdict else 0
        await self._add(message if sql == text else wire.parse(name, sql, types), shift)

    async def _bind(self, message: Message) -> None:
        portal, statement, bound = wire.bind_message(message.body)
        self._portals[portal] = (statement, bound)
        await self._add(message)

    async def _close(self, message: Message) -> None:
        kind, name = wire.target(message.body)
        if kind == "S":
            self._prepared.pop(name, None)
        else:
            self._portals.pop(name, None)
            self.transaction.closed(name)
        await self._add(message)

    async def _add(self, message: Message, shift: int = 0) -> None:
        """Keep a message back until something has to be answered.

        Args:
            message: What the client sent, or what is sent in its place.
            shift: What is added to a position in an error.
        """
        if self._skipping:
            return
        self._pending.append(message.encode())
        self._pending_due.append(Due(_ENDS[message.type], offset=shift))
        self._pending_bytes += len(message.body)
        if self._pending_bytes > PENDING_MAX_BYTES:
            await self._answer_pending()

    def _take_pending(self) -> tuple[bytes, list[Due]]:
        frames, due = b"".join(self._pending), self._pending_due
        self._pending, self._pending_due, self._pending_bytes = [], [], 0
        return frames, due

    async def _answer_pending(self) -> None:
        """Have everything that was kept back answered."""
        frames, due = self._take_pending()
        self._upstream.send(frames + wire.FLUSH, due)
        await self._upstream.settle()
        self._skipping |= self._upstream.skipping

    async def _execute(self, message: Message) -> None:
        if self._skipping:
            return
        portal = wire.cstring(message.body, 0)[0]
        statement, bound = self._portals.get(portal, ("", NO_PARAMETERS))
        verdict, sql, types = self._prepared.get(statement, (None, "", NO_TYPES))
        prelude, before = self._take_pending()
        # Nearly always the Sync is the next message: then one round trip does for both.
        self._ahead = await self._next()
        synced = self._ahead is not None and self._ahead.type == b"S"
        own = Due(_ENDS[b"E"], tag=verdict.tag if verdict else "")
        request = Request(
            verdict,
            sql,
            message.encode(),
            own,
            types,
            bound,
            prelude,
            before,
            portal,
            synced=synced,
        )
        done = await self._executor.perform(request)
        self._batch_is_synced = synced and request.sent
        self._skipping = not done

    async def _flush(self, _: Message) -> None:
        if not self._skipping and self._pending:
            await self._answer_pending()
        await self._upstream.flush()

    async def _sync(self, _: Message) -> None:
        if not self._batch_is_synced:
            frames, due = self._take_pending()
            self._upstream.send(frames + wire.SYNC, [*due, Due(b"Z", heard=False)])
            await self._upstream.settle()
        self._skipping = self._batch_is_synced = False
        self._executor.end_batch()
        await self._ready()

    async def _refuse(self, answer: ServerMessage) -> None:
        """Answer for PostgreSQL, behind the answers to what came before; skip to the Sync."""
        await self._answer_pending()
        if not self._skipping:
            await self._executor.refuse(answer, simply=False)
        self._skipping = True

    async def _ignore(self, message: Message) -> None:
        """Drop copy messages that arrive after a failed COPY, as PostgreSQL does."""

    async def _refuse_function_call(self, _: Message) -> None:
        if self._skipping:
            return
        refusal = answers.error("0A000", "function call protocol not supported")
        await self._executor.refuse(refusal, simply=True)
        await self._ready()

    _HANDLERS: ClassVar[dict[bytes, Callable[[Session, Message], Awaitable[None]]]] = {
        b"Q": _query,
        b"P": _parse,
        b"B": _bind,
        b"D": _add,
        b"E": _execute,
        b"C": _close,
        b"H": _flush,
        b"S": _sync,
        b"d": _ignore,
        b"c": _ignore,
        b"f": _ignore,
        b"F": _refuse_function_call,
    }

    async def _copy_in(self, *, synced: bool) -> None:
        """Pass the client's copy data on.

        PostgreSQL ignores a Sync that it was sent before the data: the client's next one, behind
        the data, takes its place.
        """
        ended = False
        if synced:
            self._ahead = None
        while True:
            message = await self._next()
            if message is None:
                raise ConnectionResetError("the client is gone")
            self._meter.sent(len(message.body))
            self._backend.stream.write(message.encode())
            await self._backend.stream.drain()
            ended |= message.type in (b"c", b"f")
            if ended and synced and message.type == b"S":
                self._ahead = message  # the batch ends with it
                return
            if ended and not synced:
                self._backend.stream.write(wire.FLUSH)  # or PostgreSQL keeps its answer back
                return


def _simple(verdict: Verdict) -> Request:
    own = Due(b"Z", tag=verdict.tag, offset=verdict.start)
    return Request(verdict, verdict.sql, wire.query(verdict.sql), own)
