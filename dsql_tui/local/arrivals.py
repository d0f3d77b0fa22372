"""What arrives on a connection, without an allocation of the largest size for every small read."""

from __future__ import annotations

import asyncio

READ_BYTES = 256 * 1024
"""What is read from a socket at once; bulk answers travel in pieces of up to this size."""


class Arrivals(asyncio.StreamReaderProtocol, asyncio.BufferedProtocol):
    """A stream that is read into a buffer of its own.

    asyncio's plain one allocates 256 KiB for each read and gives most of it back, which the C
    library maps and unmaps each time: 30 µs of a round trip.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self._buffer = memoryview(bytearray(READ_BYTES))

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what has arrived."""
        self.data_received(bytes(self._buffer[:nbytes]))
