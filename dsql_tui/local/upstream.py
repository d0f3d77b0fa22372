"""A session's PostgreSQL connection as a queue of answers that are due.

Whoever sends something says what answer is due and who hears it: the client, or nobody, when the
gateway itself asked. `settle` reads until nothing is due any more and passes on what the client is
to hear, rows unread and in the pieces they came in.
"""

from __future__ import annotations

import hashlib
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from dsql_tui.local import answers, wire
from dsql_tui.local.backend import Backend, BackendLost
from dsql_tui.local.gate.refusals import retold
from dsql_tui.local.meter import Meter
from dsql_tui.local.stream import Stream
from dsql_tui.local.transaction import CONFLICT
from dsql_tui.local.wire import Message, Rows, ServerMessage, Splitter

REPORTED = {"server_version": answers.SERVER_VERSION}
PRIVATE = "dsql"
"""Name of the prepared statement, portal and savepoint that are the gateway's own."""
HELD_MAX_BYTES = 1 << 20
"""Rows that are kept back at most, until it is known that their statement does not fail."""
CANCELED = "57014"
_LOCK_CONFLICTS = frozenset({"40001", "40P01"})
_READY, _ERROR = b"Z", b"E"


@dataclass(slots=True, eq=False)
class Due:
    """An answer that is due.

    Attributes:
        ends: Types of the messages that end it.
        heard: Whether the client hears it.
        tag: Command tag to tell in place of PostgreSQL's, or empty.
        offset: What is added to the position in an error, in code points.
        hold_error: Whether an error is kept in `error` in place of being passed on.
        held: Keeps the beginning of an answer back, so that an error can still be held; or `None`.
        unheard: Types that are dropped even when the rest is heard.
        digest: Takes in the rows, or `None`.
        rows: Keeps the rows in place of passing them on, or `None`.
        inserted: Rows it has put into tables, while its transaction is a block.
        error: The error it ended in.
        told: The client has heard that error.
        command: PostgreSQL's command tag.
        suspended: It ended with rows left in the portal.
    """

    ends: bytes
    heard: bool = True
    tag: str = ""
    offset: int = 0
    hold_error: bool = False
    held: list[bytes] | None = None
    unheard: bytes = b""
    digest: hashlib.blake2b | None = None
    rows: list[bytes] | None = None
    inserted: tuple[Rows, ...] = ()
    error: ServerMessage | None = None
    told: bool = False
    command: str = ""
    suspended: bool = False

    @property
    def is_query(self) -> bool:
        """Whether its error ends with a ReadyForQuery of its own."""
        return self.ends == _READY


CopyIn = Callable[[], Awaitable[None]]
"""Passes the client's copy data to PostgreSQL; called when PostgreSQL asks for it."""


class Upstream:
    """The connection and what is due on it.

    Args:
        backend: The connection.
        client: Where what the client hears is written.
        meter: Sees what the client hears.

    Attributes:
        status: Transaction status of the last ReadyForQuery.
        skipping: An error of the extended protocol waits for its Sync.
        overdue: What a cancelled statement is told: it was cancelled for that; or `None`.
    """

    def __init__(self, backend: Backend, client: Stream, meter: Meter) -> None:
        self.backend = backend
        self.status = b"I"
        self.skipping = False
        self.overdue: ServerMessage | None = None
        self._client = client
        self._meter = meter
        self._due: deque[Due] = deque()
        self._splitter = Splitter()
        self._out: list[bytes] = []

    def send(self, frames: bytes, due: Iterable[Due]) -> None:
        """Send messages whose answers are due in this order."""
        self.backend.stream.write(frames)
        self._due.extend(due)

    def privately(self, sql: str) -> Due:
        """Run a statement of the gateway's own; the client hears nothing of it."""
        statement = Due(b"CI", heard=False)
        self.send(*repetition(sql, NO_TYPES, NO_PARAMETERS, statement))
        return statement

    def aside(self, sql: str) -> None:
        """Run statements of the gateway's own in one message; nothing may have failed before."""
        self.send(wire.query(sql), [Due(_READY, heard=False)])

    def poison(self) -> None:
        """Fail the open transaction in PostgreSQL, because DSQL has failed it."""
        self.send(wire.parse(PRIVATE, "refused").encode(), [Due(b"1", heard=False)])

    def sync(self) -> None:
        """End a batch of the extended protocol."""
        self.send(wire.SYNC, [Due(_READY, heard=False)])

    async def settle(self, copy_in: CopyIn | None = None) -> None:
        """Read until nothing is due; the client hears the last of it at the next `flush`.

        So what ends an answer travels with it: one packet and one TLS record for both.

        Raises:
            BackendLost: PostgreSQL closed the connection.
            ConnectionError: The client is gone.
        """
        while self._due:
            chunk = await self.backend.stream.read()
            if not chunk:
                raise BackendLost("PostgreSQL closed the connection")
            for item in self._splitter.feed(chunk):
                if isinstance(item, bytes):
                    self._rows(item)
                elif item.type == b"G" and copy_in is not None:
                    self._meter.copying_in()
                    self._pass(item)
                    await self.flush()
                    await copy_in()
                else:
                    self._message(item)
            if self._due:
                await self.flush()

    async def flush(self) -> None:
        """Write what the client is to hear and wait while it is slow."""
        if self._out:
            # Each piece handed over would become a TLS record of its own.
            self._client.write(b"".join(self._out))
            self._out.clear()
            await self._client.drain()

    def tell(self, frames: bytes) -> None:
        """Let the client hear something of ours, behind what it is hearing already."""
        self._out.append(frames)

    def _pass(self, message: Message) -> None:
        due = self._due[0]
        if due.heard and message.type not in due.unheard:
            self._out.append(message.encode())

    def _rows(self, run: bytes) -> None:
        due = self._due[0]
        if due.digest is not None:
            due.digest.update(run)
        if due.rows is not None:
            due.rows.append(run)
        elif due.heard:
            self._meter.rows(len(run))
            if due.held is None:
                self._out.append(run)
            else:
                due.held.append(run)
                if sum(map(len, due.held)) > HELD_MAX_BYTES:
                    self._release(due)
                    due.hold_error = False  # the client has heard a part of it

    def _release(self, due: Due) -> None:
        """Let the client hear what was kept back."""
        self._out += due.held or ()
        due.held = None

    def _message(self, message: Message) -> None:
        if message.type == b"S":
            self._reported(message)
        elif message.type == b"A":
            return  # nobody can listen
        elif message.type == _ERROR:
            self._failed(ServerMessage.parse(message.body))
        elif message.type == b"N":
            self._noticed(ServerMessage.parse(message.body))
        else:
            self._answered(message)

    def _noticed(self, notice: ServerMessage) -> None:
        due, inserted = self._due[0], wire.inserted(notice)
        if inserted is not None:
            due.inserted = (*due.inserted, inserted)
        elif due.heard:
            self._out.append(notice.without_context().encode(b"N"))

    def _reported(self, message: Message) -> None:
        name, _ = wire.cstring(message.body, 0)
        known = REPORTED.get(name)
        self._out.append(wire.parameter_status(name, known) if known else message.encode())

    def _answered(self, message: Message) -> None:
        due = self._due[0]
        ended = message.type in due.ends
        if message.type == b"C":
            due.command = wire.command_tag(message.body)
            if due.heard:
                self._meter.completed(due.command)
                if due.tag:
                    message = Message(b"C", wire.zstring(due.tag))
        elif message.type == b"s":
            due.suspended = True
        elif message.type == _READY:
            self.status, self.skipping = message.body, False
        if due.held is not None:
            if message.type == b"T":
                due.held.append(message.encode())
                return
            self._release(due)
        if message.type != _READY and (due.rows is None or message.type == b"T"):
            self._pass(message)
        if ended:
            self._due.popleft()

    def _failed(self, error: ServerMessage) -> None:
        """End what is due with an error; in the extended protocol everything up to the Sync."""
        ended = [self._due[0]]
        error = translated(error, ended[0].offset)
        if not ended[0].is_query:
            self.skipping = True
            ended = []
            while self._due and not self._due[0].is_query:
                ended.append(self._due.popleft())
        speaker = ended[0] if ended[0].heard else ended[-1]
        told = speaker.heard and not speaker.hold_error
        for due in ended:
            due.error, due.told, due.held = error, told, None
        if told:
            self.refuse(error)

    def refuse(self, error: ServerMessage) -> None:
        """Let the client hear an error; a lock conflict of PostgreSQL's as DSQL's conflict."""
        if error.sqlstate in _LOCK_CONFLICTS and "(OC0" not in error.message:
            error = CONFLICT
        elif error.sqlstate == CANCELED and self.overdue is not None:
            error = self.overdue
        self._meter.failed(error.sqlstate, error.message)
        self._out.append(error.encode())


def translated(error: ServerMessage, offset: int) -> ServerMessage:
    """Say an error of PostgreSQL the way DSQL says it."""
    position = error.position or error.other("p")
    if position and offset:
        position = str(int(position) + offset)
    error = replace(error.without_context(), position=position)
    told = retold(error.sqlstate, error.message)
    if told is None:
        return error
    return replace(error, sqlstate=told.sqlstate, message=told.message, detail="", hint="")


NO_TYPES = bytes(2)
"""No parameter types in a Parse."""
NO_PARAMETERS = bytes(6)
"""What follows the names in a Bind without parameters, results as text."""


def repetition(
    sql: str, types: bytes, bound: bytes, own: Due, *, described: bool = False
) -> tuple[bytes, list[Due]]:
    """Return the messages that run one statement under a name of ours, and what is due for them.

    The client's own statements and portals, the unnamed ones too, stay as they are.

    Args:
        sql: One statement.
        types: Encoded parameter types, as in its Parse.
        bound: What follows the names in its Bind.
        own: Takes the statement's own answer.
        described: Whether the client hears a row description, as a Query's answer has it.
    """
    name = wire.zstring(PRIVATE)
    frames, due = _opened(sql, types, bound, name)
    if described:
        frames.append(Message(b"D", b"P" + name).encode())
        due.append(Due(b"Tn", unheard=b"n", hold_error=True))
    frames += [Message(b"E", name + bytes(4)).encode(), wire.SYNC]
    return b"".join(frames), [*due, own, Due(_READY, heard=False)]


def reopening(
    sql: str, types: bytes, bound: bytes, portal: str, fetched: int, own: Due
) -> tuple[bytes, list[Due]]:
    """Return the messages that open the client's own portal again, and what is due for them.

    Args:
        sql: One statement.
        types: Encoded parameter types, as in its Parse.
        bound: What follows the names in its Bind.
        portal: What the client calls it.
        fetched: Rows that the client has already.
        own: Takes the answer to fetching those.
    """
    name = wire.zstring(portal)
    frames, due = _opened(sql, types, bound, name)
    frames += [Message(b"E", name + struct.pack("!i", fetched)).encode(), wire.SYNC]
    return b"".join(frames), [*due, own, Due(_READY, heard=False)]


def _opened(sql: str, types: bytes, bound: bytes, portal: bytes) -> tuple[list[bytes], list[Due]]:
    name = wire.zstring(PRIVATE)
    frames = [
        Message(b"C", b"S" + name).encode(),
        Message(b"C", b"P" + portal).encode(),
        wire.parse(PRIVATE, sql, types).encode(),
        Message(b"B", portal + name + bound).encode(),
    ]
    return frames, [Due(ends, heard=False) for ends in (b"3", b"3", b"1", b"2")]
