"""One session after its start-up: forwards client messages to PostgreSQL, and its responses back.

Messages are processed one by one. Each execution of a statement, by a Query or an Execute, goes
through the executor, which applies DSQL's rules. ReadyForQuery is always sent by the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from dsql_tui.local.gate.verdicts import GateVerdict, examine
from dsql_tui.local.metering.meter import Meter
from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.backend import Backend, BackendLost
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.stream import ByteStream
from dsql_tui.local.protocol.wire import CancelKey, Message, ProtocolViolation, ServerMessage
from dsql_tui.local.transactions.executor import Executor
from dsql_tui.local.transactions.prepared import CHANGED_RESULT, Prepared, PreparedStatement
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.session_context import SessionContext
from dsql_tui.local.transactions.transaction import TransactionState
from dsql_tui.local.transactions.upstream import REPORTED, Upstream
from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S

MESSAGE_MAX_BYTES = 10 * 1024 * 1024
"""Largest message; a larger one drops the connection (facts §2; LIVE-B)."""
PENDING_MAX_BYTES = 1 << 20
"""Most bytes of a batch's messages that are buffered before they are sent."""
_SYNC, _TERMINATE = b"S", b"X"
_IDLE = b"I"
"""Status in ReadyForQuery outside of a transaction block."""


class ClientSession:
    """Connects a client with its own PostgreSQL connection.

    Args:
        client: The client's connection.
        backend: The PostgreSQL connection opened for it.
        key: Its cancel key.
        meter: Counts its transactions.
        context: The objects it shares with other sessions.
    """

    def __init__(
        self,
        client: ByteStream,
        backend: Backend,
        key: CancelKey,
        meter: Meter,
        context: SessionContext,
    ) -> None:
        self.key = key
        self._meter = meter
        self._client = client
        self._backend = backend
        self._context = context
        self._upstream = Upstream(backend, client, meter)
        self._executor = Executor(self._upstream, context, self._copy_in)
        self._prepared = Prepared(self._executor.schema)
        self._pending: list[bytes] = []
        self._pending_due: list[DueAnswer] = []
        self._pending_bytes = 0
        self._ahead: Message | None = None
        self._skipping = False
        self._batch_is_synced = False
        self._in_batch = False
        self._is_over = False
        self._end: asyncio.TimerHandle

    # --- life cycle -------------------------------------------------------------------------------

    @property
    def process(self) -> int:
        """The process ID of its PostgreSQL session."""
        return self._backend.key.pid

    @property
    def transaction(self) -> TransactionState:
        """Its current transaction."""
        return self._executor.transaction

    def greet(self) -> None:
        """Send the end of the start-up: parameters, cancel key, ReadyForQuery."""
        parameters = self._backend.parameters | REPORTED
        parts = [wire.authentication(0)]
        parts += [wire.parameter_status(name, value) for name, value in parameters.items()]
        parts += [wire.backend_key(self.key), wire.ready(b"I")]
        self._client.write(b"".join(parts))

    async def cancel(self) -> None:
        """Cancel the running statement, if it has not ended yet."""
        await self._backend.cancel()

    async def run(self) -> None:
        """Serve until the client or PostgreSQL disconnects, the time limit or cancellation."""
        with self._meter:
            self._context.lock_monitor.enter(self._executor)
            try:
                await self._run()
            finally:
                self._context.lock_monitor.leave(self._executor)

    async def _run(self) -> None:
        limit_s = self._context.conditions().session_limit_s
        # One timer for all messages: a timeout for each message costs a tenth of a round trip.
        self._end = asyncio.get_running_loop().call_later(limit_s, self._on_time_limit)
        lost = BackendLost("PostgreSQL closed the connection")
        self._backend.stream.when_lost(lambda: self._client.interrupt(lost))
        try:
            await self._client.drain()
            await self._serve()
        except TimeoutError:
            self._upstream.end()  # the service closes without an error (user guide, CHAP_quotas)
        except (BackendLost, ConnectionError):
            if not self._client.is_lost:
                self._upstream.end(answers.BACKEND_LOST)
        except ProtocolViolation as violation:
            self._upstream.end(answers.fatal("08P01", str(violation)))
        except asyncio.CancelledError:
            if not self._client.is_lost:
                self._upstream.end(answers.SHUTTING_DOWN)
            raise
        finally:
            self._end.cancel()
            try:
                if self._executor.busy:
                    with suppress(OSError):
                        await asyncio.shield(self._backend.cancel())
            finally:  # a client that disconnects during its start-up cancels the line above
                self._backend.close()

    async def _serve(self) -> None:
        """Process messages until the client disconnects.

        Raises:
            TimeoutError: The session has reached its time limit.
        """
        while True:
            self._executor.busy = False
            if self._is_over and not self._has_open_work:
                raise TimeoutError
            message = await self._next()
            if message is None or message.type == _TERMINATE:
                return
            self._executor.busy = True
            await self._process(message)

    @property
    def _has_open_work(self) -> bool:
        """Whether a batch without its ReadyForQuery, or a transaction block, is open."""
        return self._in_batch or self.transaction.is_block

    def _on_time_limit(self) -> None:
        """End the session if it is idle; open work may continue up to the transaction's limit."""
        if self._is_over or not (self._executor.busy or self._has_open_work):
            self._client.interrupt(TimeoutError())
        else:
            self._end = asyncio.get_running_loop().call_later(
                TRANSACTION_AGE_S, self._on_time_limit
            )
        self._is_over = True

    async def _next(self) -> Message | None:
        """Read a message; `None` if the client has disconnected or sent one that is too large."""
        if self._ahead is not None:
            message, self._ahead = self._ahead, None
            return message
        try:
            return await self._client.message(self._context.message_max_bytes)
        except EOFError:
            return None

    async def _process(self, message: Message) -> None:
        handler = self._HANDLERS.get(message.type)
        if handler is None:
            raise ProtocolViolation(f"invalid frontend message type {message.type[0]}")
        self._meter.sent(len(message.body))
        if self._skipping and message.type != _SYNC:
            return  # as PostgreSQL does after an error of the extended protocol
        self._in_batch = True
        await handler(self, message)
        if self._skipping and self._ahead is None:
            await self._upstream.flush()  # errors are sent before the Sync arrives

    async def _ready(self) -> None:
        """Send ReadyForQuery."""
        status = self._executor.status
        self._in_batch = False
        if status == _IDLE:
            self._prepared.transaction_ended()
        self._meter.answered()
        self._upstream.send_to_client(wire.ready(status))
        try:
            await self._upstream.flush()
        finally:
            self._meter.ready(status)  # count after sending: the client need not wait for it

    async def _settle(self) -> None:
        """Wait until PostgreSQL has answered all messages."""
        await self._executor.settle()
        self._prepared.settled()

    def _examine(self, text: str) -> tuple[GateVerdict, ...]:
        conditions = self._context.conditions()
        return examine(text, refuses_disputed=conditions.refuses_disputed)

    # --- simple protocol -------------------------------------------------------------------------

    async def _query(self, message: Message) -> None:
        """Run the statements of a Query: several of them are one transaction."""
        await self._answer_pending()
        if self._skipping:
            return
        text, _ = wire.cstring(message.body, 0)
        verdicts = self._examine(text)
        succeeded = True
        if not verdicts:
            self._upstream.send(message.encode(), [DueAnswer(b"Z")])
            await self._settle()
        elif len(verdicts) == 1:
            succeeded = await self._executor.perform(_simple(verdicts[0]))
        else:
            await self._executor.perform_all([_simple(verdict) for verdict in verdicts])
        await self._executor.end_batch(succeeded=succeeded)
        await self._ready()

    async def _refuse_function_call(self, _: Message) -> None:
        await self._answer_pending()
        if self._skipping:
            return
        refusal = answers.error("0A000", "function call protocol not supported")
        await self._executor.refuse(refusal, simply=True)
        await self._executor.end_batch(succeeded=False)
        await self._ready()

    # --- extended protocol -----------------------------------------------------------------------

    async def _parse(self, message: Message) -> None:
        name, text, types = wire.parse_message(message.body)
        verdicts = self._examine(text)
        verdict = verdicts[0] if len(verdicts) == 1 else None
        refused = verdict.refusal if verdict else None
        if refused is not None and not self._executor.failed:
            await self._refuse(answers.error(refused.sqlstate, refused.message))
            return
        sql = verdict.sql if verdict else text
        due = DueAnswer(b"1", offset=verdict.start if verdict else 0)
        self._prepared.parsed(PreparedStatement(name, verdict, sql, types), due)
        await self._add(message if sql == text else wire.parse(name, sql, types), due)

    async def _bind(self, message: Message) -> None:
        portal, statement, bound = wire.bind_message(message.body)
        self._renew(statement)
        due = DueAnswer(b"2")
        self._prepared.bound(portal, statement, bound, due)
        await self._add(message, due)

    async def _describe(self, message: Message) -> None:
        kind, name = wire.target(message.body)
        if kind == "S":
            self._renew(name)
        due = DueAnswer(b"Tn")
        self._prepared.described(kind, name, due)
        await self._add(message, due)

    async def _close(self, message: Message) -> None:
        kind, name = wire.target(message.body)
        due = DueAnswer(b"3")
        self._prepared.closed(kind, name, due)
        if kind == "P":
            self.transaction.portal_closed(name)
        await self._add(message, due)

    def _renew(self, statement: str) -> None:
        """Parse a statement again if PostgreSQL refuses its plan."""
        frames, due = self._prepared.renewal(statement)
        self._pending.append(frames)
        self._pending_due += due

    async def _add(self, message: Message, due: DueAnswer) -> None:
        """Buffer a message until an answer is needed.

        Args:
            message: The client's message, or its replacement.
            due: Its answer.
        """
        self._pending.append(message.encode())
        self._pending_due.append(due)
        self._pending_bytes += len(message.body)
        if self._pending_bytes > PENDING_MAX_BYTES:
            await self._answer_pending()

    def _pop_pending(self) -> tuple[bytes, list[DueAnswer]]:
        frames, due = b"".join(self._pending), self._pending_due
        self._pending, self._pending_due, self._pending_bytes = [], [], 0
        return frames, due

    async def _answer_pending(self) -> None:
        """Send the buffered messages and wait for their answers."""
        if self._pending:
            self._upstream.send(*self._pop_pending())
            await self._settle()
            self._skipping |= self._upstream.skipping

    async def _execute(self, message: Message) -> None:
        name = wire.cstring(message.body, 0)[0]
        portal = self._prepared.portal(name)
        statement = portal.statement
        if statement.is_misdescribed:
            await self._refuse(CHANGED_RESULT)
            return
        prelude, before = self._pop_pending()
        verdict = statement.verdict
        request = Request(
            verdict,
            statement.sql,
            message.encode(),
            DueAnswer(b"CIs", tag=verdict.tag if verdict else ""),
            statement.types,
            portal.bound,
            prelude,
            before,
            name,
        )
        if not request.copies_in:  # a Sync before the data is ignored
            # The next message is nearly always the Sync: one round trip then answers both.
            self._ahead = await self._next()
            request.synced = self._ahead is not None and self._ahead.type == _SYNC
        succeeded = await self._executor.perform(request)
        self._prepared.settled()
        self._batch_is_synced = request.synced and request.sent
        self._skipping = not succeeded

    async def _flush(self, _: Message) -> None:
        await self._answer_pending()
        await self._upstream.flush()

    async def _sync(self, _: Message) -> None:
        succeeded = not self._skipping
        if not self._batch_is_synced:
            frames, due = self._pop_pending()
            due.append(DueAnswer.of_sync(forwarded=True))
            self._upstream.send(frames + wire.SYNC, due)
            await self._settle()
            succeeded = succeeded and all(one.error is None for one in due)
        self._skipping = self._batch_is_synced = False
        await self._executor.end_batch(succeeded=succeeded)
        await self._ready()

    async def _refuse(self, answer: ServerMessage) -> None:
        """Send an error after the answers to earlier messages; skip messages until the Sync."""
        await self._answer_pending()
        if not self._skipping:
            await self._executor.refuse(answer, simply=False)
        self._skipping = True

    async def _ignore(self, message: Message) -> None:
        """Drop copy messages after a failed COPY, as PostgreSQL does."""

    _HANDLERS: ClassVar[dict[bytes, Callable[[ClientSession, Message], Awaitable[None]]]] = {
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

    async def _copy_in(self) -> None:
        """Forward the client's copy data until it ends.

        As in PostgreSQL, a Flush or Sync before the end of the data is ignored.

        Raises:
            ProtocolViolation: The client has sent another message.
        """
        while True:
            message = await self._next()
            if message is None or message.type == _TERMINATE:
                raise ConnectionResetError("the client has disconnected")
            if message.type in (b"H", _SYNC):
                continue
            if message.type not in (b"d", b"c", b"f"):
                kind = message.type[0]
                raise ProtocolViolation(
                    f"unexpected message type 0x{kind:02X} during COPY from stdin"
                )
            self._meter.sent(len(message.body))
            self._backend.stream.write(message.encode())
            if message.type != b"d":
                return
            await self._backend.stream.drain()


def _simple(verdict: GateVerdict) -> Request:
    own = DueAnswer(b"Z", tag=verdict.tag, offset=verdict.start)
    return Request(verdict, verdict.sql, wire.query(verdict.sql), own)
