"""A client's connection whose bytes are wrapped in WebSocket frames."""

from __future__ import annotations

import socket

from dsql_tui.local.protocol.stream import UNSENT_MAX_BYTES, ByteStream
from dsql_tui.local.protocol.websocket import CloseCode, FrameDecoder, FrameEncoder, close_frame


class WebSocketStream(ByteStream):
    """A `ByteStream` over a WebSocket: the caller reads and writes PostgreSQL's protocol.

    It answers the upgrade request and the client's pings by itself.

    Args:
        connection: Not blocking, encrypted, after its TLS handshake. The stream owns it.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._decoder, self._encoder = FrameDecoder(), FrameEncoder()
        super().__init__(connection)

    def write(self, data: bytes) -> None:
        """Send whole or partial messages; each message is sent as one WebSocket message."""
        super().write(self._encoder.feed(data))

    def close(self) -> None:
        """Close the WebSocket, then the connection; pending data is still delivered."""
        if self._decoder.is_open and not self.is_lost:
            super().write(close_frame(CloseCode.NORMAL))
        super().close()

    def _take_in(self, data: bytes) -> bytes:
        received = self._decoder.feed(data)
        # A client that pings and does not read gets no answer until it reads.
        if received.is_over or self._unsent_bytes <= UNSENT_MAX_BYTES:
            super().write(received.reply)
        if received.is_over:
            self._lose()
        return received.payload
