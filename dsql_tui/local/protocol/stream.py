"""A connection's bytes, encrypted or not: read as they arrive, written without blocking.

asyncio's own streams pass each message through a transport, a TLS object in memory, a protocol and
a buffer, which takes half of the time of a short query. Here the event loop only reports that the
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
"""Most bytes per read. More than a TLS record (16 KiB), so that OpenSSL never buffers bytes that
the event loop does not know of; less than the size at which the C library maps memory for each
read."""
HELD_MAX_BYTES = 1 << 20
"""Most bytes that are buffered for the reader; with more, the peer has to wait."""
UNSENT_MAX_BYTES = 256 * 1024
"""Bytes buffered for a slow peer before `drain` waits."""
LINGER_S = 5.0
"""How long a closed connection is still read: with unread input, the kernel would reset the
connection and discard our last output."""
_NOT_YET = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ByteStream:
    """A connected socket, used by one task at a time.

    Args:
        connection: Not blocking; if it is encrypted, after its handshake. The stream owns it.

    Attributes:
        held_bytes: Bytes that have arrived and are not yet read.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._fd = connection.fileno()
        self._loop = asyncio.get_running_loop()
        self._data = b""  # the bytes being read, and the position in them
        self._at = 0
        self._arrived: list[bytes] = []  # the bytes after `_data`
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
        """Whether either end has closed the connection."""
        return self._is_lost

    def when_lost(self, call: Callable[[], object]) -> None:
        """Call `call` when the peer has disconnected, immediately if it already has."""
        self._when_lost = call
        if self._is_lost:
            call()

    def when_closed(self, call: Callable[[], object]) -> None:
        """Call `call` when the descriptor is closed, which may be seconds after `close`."""
        self._when_closed = call

    # --- reading ---------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """Return all that has arrived, at least one byte; `b""` when the peer has disconnected."""
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
            EOFError: The peer has disconnected before.
            Exception: The error given to `interrupt`.
        """
        await self._hold(count)
        return self._taken(count)

    async def message(self, most_bytes: int) -> Message | None:
        """Return the next message; `None` if its body is larger than `most_bytes`.

        A cancelled call has consumed nothing.

        Raises:
            ProtocolViolation: Its length is impossible.
            EOFError: The peer has disconnected before.
            Exception: The error given to `interrupt`.
        """
        await self._hold(wire.HEADER_BYTES)
        kind, length = wire.header(self._data[self._at : self._at + wire.HEADER_BYTES])
        if length > most_bytes:
            return None
        await self._hold(wire.HEADER_BYTES + length)
        self._taken(wire.HEADER_BYTES)
        return Message(kind, self._taken(length))

    async def arrived(self) -> None:
        """Wait until something has arrived or the peer has disconnected."""
        while not (self.held_bytes or self._is_lost):
            await self._more()

    def interrupt(self, error: Exception) -> None:
        """Raise this error in the reader, and discard what arrives later."""
        self._interruption = error
        wake(self._waiter)

    async def _hold(self, count: int) -> None:
        """Wait until `count` bytes have arrived.

        Raises:
            EOFError: The peer has disconnected before.
            Exception: The error given to `interrupt`.
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
        """Consume bytes that `_hold` has waited for."""
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
        data = self._take_in(data)
        if not data:
            return
        self._arrived.append(data)
        self.held_bytes += len(data)
        if self.held_bytes > HELD_MAX_BYTES and self._waiter is None:
            self._stop_reading()
        wake(self._waiter)

    def _take_in(self, data: bytes) -> bytes:
        """Return the bytes for the reader, decoded from those that have arrived."""
        return data

    def _stop_reading(self) -> None:
        self._is_reading = False
        self._loop.remove_reader(self._fd)

    def _lose(self) -> None:
        """Record that nothing more arrives."""
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
        """Send now or when the peer can receive; discard if the connection is lost."""
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
            ConnectionError: The peer has disconnected.
        """
        while self._unsent_bytes > UNSENT_MAX_BYTES and not self._is_lost:
            self._drained = self._loop.create_future()
            await self._drained
        if self._is_lost:
            raise ConnectionResetError("the peer has disconnected")

    def _send(self, data: bytes) -> bytes:
        """Send as much as possible; return the rest, which OpenSSL needs unchanged next time."""
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
            self._shut_down()

    # --- its end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connection without waiting; pending data is still delivered."""
        if self._is_closing:
            return
        self._is_closing = True
        self._when_lost = None
        self._timer = self._loop.call_later(LINGER_S, self._drop)
        if not self._unsent:
            self._shut_down()

    def abort(self) -> None:
        """Close the connection immediately; unsent data is discarded."""
        self._is_closing = True
        self._when_lost = None
        self._drop()

    def _shut_down(self) -> None:
        """Shut down TLS and the sending direction, then wait for the peer to do so."""
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
            is_disconnected = not self._socket.recv(READ_BYTES)
        except _NOT_YET:
            is_disconnected = False
        except OSError:
            is_disconnected = True
        if is_disconnected:
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
    """Wake the waiting task, if there is one."""
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
