"""A connection's bytes, encrypted or not: read as they arrive, written at once.

asyncio's own streams hand a small message through a transport, a TLS object in memory, a protocol
and a buffer, which is half of what a short query costs. Here the event loop only tells that the
socket is ready; OpenSSL reads and writes the socket itself.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.wire import Message

READ_BYTES = 64 * 1024
"""Read at once. More than a TLS record (16 KiB), so that OpenSSL never keeps back bytes of which
the event loop knows nothing; less than what the C library maps and unmaps for each read."""
HELD_MAX_BYTES = 1 << 20
"""Read ahead of whoever takes the bytes; then the peer has to wait."""
UNSENT_MAX_BYTES = 256 * 1024
"""Kept for a slow peer before `drain` waits."""
LINGER_S = 5.0
"""A closed connection is read for so long, lest the peer's last words wipe out ours."""
_NOT_YET = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ByteStream:
    """A connected socket, used by one task at a time.

    Args:
        connection: Not blocking; if it is encrypted, after its handshake. It belongs to the stream
            from here on.

    Attributes:
        held_bytes: What has arrived and nobody has taken yet.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._fd = connection.fileno()
        self._loop = asyncio.get_running_loop()
        self._data = b""  # what is taken from, and how far
        self._at = 0
        self._arrived: list[bytes] = []  # what follows
        self.held_bytes = 0
        self._is_reading = True
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._is_closing = False
        self._is_lost = False
        self._interruption: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._when_lost: Callable[[], object] | None = None
        self._when_closed: Callable[[], object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._fd, self._readable)

    @property
    def is_lost(self) -> bool:
        """Whether the peer is gone, or we are."""
        return self._is_lost

    def when_lost(self, call: Callable[[], object]) -> None:
        """Call this once the peer is gone, at once if it is gone already."""
        self._when_lost = call
        if self._is_lost:
            call()

    def when_closed(self, call: Callable[[], object]) -> None:
        """Call this once the descriptor is closed, which may be seconds after `close`."""
        self._when_closed = call

    # --- reading ---------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """Return all that has arrived, at least a byte; nothing once the peer is gone."""
        while not self.held_bytes:
            if self._is_lost:
                return b""
            await self._more()
        self._gather()
        data = self._data[self._at :] if self._at else self._data
        self._data, self._at, self.held_bytes = b"", 0, 0
        return data

    async def exactly(self, count: int) -> bytes:
        """Return the next `count` bytes.

        Raises:
            EOFError: The peer was gone before.
            Exception: What `interrupt` was given.
        """
        await self._hold(count)
        return self._taken(count)

    async def message(self, most_bytes: int) -> Message | None:
        """Return the next message, `None` for one whose body is larger than `most_bytes`.

        Whoever is cancelled while waiting has taken nothing.

        Raises:
            ProtocolViolation: Its length is impossible.
            EOFError: The peer was gone before.
            Exception: What `interrupt` was given.
        """
        await self._hold(wire.HEADER_BYTES)
        kind, length = wire.header(self._data[self._at : self._at + wire.HEADER_BYTES])
        if length > most_bytes:
            return None
        await self._hold(wire.HEADER_BYTES + length)
        self._taken(wire.HEADER_BYTES)
        return Message(kind, self._taken(length))

    async def arrived(self) -> None:
        """Wait until something has arrived or the peer is gone."""
        while not (self.held_bytes or self._is_lost):
            await self._more()

    def interrupt(self, error: Exception) -> None:
        """Let whoever reads hear this error in place of what might still arrive."""
        self._interruption = error
        wake(self._waiter)

    async def _hold(self, count: int) -> None:
        """Wait until `count` bytes can be taken.

        Raises:
            EOFError: The peer was gone before.
            Exception: What `interrupt` was given.
        """
        while self.held_bytes < count:
            if self._interruption is not None:
                raise self._interruption
            if self._is_lost:
                raise EOFError("the connection is closed")
            await self._more()
        if len(self._data) - self._at < count:
            self._gather()

    def _taken(self, count: int) -> bytes:
        """Take bytes that `_hold` has waited for."""
        start = self._at
        self._at += count
        self.held_bytes -= count
        return self._data[start : self._at]

    def _gather(self) -> None:
        self._data = b"".join((self._data[self._at :], *self._arrived))
        self._at = 0
        self._arrived.clear()

    async def _more(self) -> None:
        if not self._is_reading:
            self._is_reading = True
            self._loop.add_reader(self._fd, self._readable)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except _NOT_YET:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        self._arrived.append(data)
        self.held_bytes += len(data)
        if self.held_bytes > HELD_MAX_BYTES and self._waiter is None:
            self._stop_reading()
        wake(self._waiter)

    def _stop_reading(self) -> None:
        self._is_reading = False
        self._loop.remove_reader(self._fd)

    def _lose(self) -> None:
        """Note that nothing more arrives."""
        if self._is_lost:
            return
        self._is_lost = True
        self._stop_reading()
        wake(self._waiter)
        wake(self._drained)
        if self._when_lost is not None:
            self._when_lost()

    # --- writing ---------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send, now or as soon as the peer takes it; what nobody can hear any more is dropped."""
        if self._is_closing or not data:
            return
        if not self._unsent:
            data = self._send(data)
            if not data:
                return
            self._loop.add_writer(self._fd, self._writable)
        self._unsent.append(data)
        self._unsent_bytes += len(data)

    async def drain(self) -> None:
        """Wait while the peer is slow.

        Raises:
            ConnectionError: It is gone.
        """
        while self._unsent_bytes > UNSENT_MAX_BYTES and not self._is_lost:
            self._drained = self._loop.create_future()
            await self._drained
        if self._is_lost:
            raise ConnectionResetError("the peer is gone")

    def _send(self, data: bytes) -> bytes:
        """Send what can be sent; return the rest, which OpenSSL wants to see again unchanged."""
        while data:
            try:
                sent = self._socket.send(data)
            except _NOT_YET:
                return data
            except OSError:
                self._lose()
                return b""
            data = data[sent:]
        return data

    def _writable(self) -> None:
        while self._unsent:
            first = self._unsent.popleft()
            rest = self._send(first)
            self._unsent_bytes -= len(first) - len(rest)
            if rest:
                self._unsent.appendleft(rest)
                break
        if self._unsent and not self._is_lost:
            if self._unsent_bytes <= UNSENT_MAX_BYTES:
                wake(self._drained)
            return
        self._loop.remove_writer(self._fd)
        self._unsent.clear()
        self._unsent_bytes = 0
        wake(self._drained)
        if self._is_closing:
            self._say_goodbye()

    # --- its end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connection without waiting; the peer still hears what was written."""
        if self._is_closing:
            return
        self._is_closing = True
        self._when_lost = None
        self._timer = self._loop.call_later(LINGER_S, self._drop)
        if not self._unsent:
            self._say_goodbye()

    def abort(self) -> None:
        """Close the connection at once; what the peer did not take yet is dropped."""
        self._is_closing = True
        self._when_lost = None
        self._drop()

    def _say_goodbye(self) -> None:
        """End our direction, TLS's first, and wait for the peer to end its own."""
        if isinstance(self._socket, ssl.SSLSocket):
            with suppress(OSError, ValueError):
                self._socket.unwrap()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        if self._is_lost:
            self._drop()
        else:
            self._loop.add_reader(self._fd, self._discard)

    def _discard(self) -> None:
        try:
            gone = not self._socket.recv(READ_BYTES)
        except _NOT_YET:
            gone = False
        except OSError:
            gone = True
        if gone:
            self._drop()

    def _drop(self) -> None:
        if self._fd < 0:
            return  # its number may be another connection's by now
        if self._timer is not None:
            self._timer.cancel()
        self._lose()
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._fd = -1
        self._socket.close()
        if self._when_closed is not None:
            self._when_closed()


def wake(waiter: asyncio.Future[None] | None) -> None:
    """Let whoever waits go on; nothing happens when nobody does."""
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
