"""The server's side of a WebSocket connection (RFC 6455), without I/O.

The service speaks PostgreSQL's protocol through `wss://<endpoint>:443`, for drivers in browsers and
at the edge. A client may send its messages in frames of any size; each message of the server is
one binary WebSocket message, which is how the published driver reads them (aurora-dsql-connectors,
`postgres-web-socket.ts`: the first byte of a received message is a type).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from enum import IntEnum
from http import HTTPStatus
from typing import Final, NamedTuple

from dsql_tui.local.protocol import wire

UPGRADE_MAX_BYTES: Final = 16 * 1024
"""Largest HTTP request that opens a connection."""
FRAME_MAX_BYTES: Final = 16 * 1024 * 1024
"""Largest payload of a frame: more than the largest message (10 MiB); unsure."""
CONTROL_MAX_BYTES: Final = 125
"""Largest payload of a ping, pong or close frame (RFC 6455, 5.5)."""
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION: Final = "13"
_KEY_BYTES: Final = 16
_HEAD_END: Final = b"\r\n\r\n"
_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
_LENGTH_16, _LENGTH_64 = 126, 127
_MASK_BYTES: Final = 4
_CONTROL = 0x8


class Opcode(IntEnum):
    """Types of frames."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(IntEnum):
    """Why a connection is closed (RFC 6455, 7.4.1)."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    TOO_LARGE = 1009


class Received(NamedTuple):
    """The result of decoding arriving bytes.

    Attributes:
        payload: Bytes of PostgreSQL's protocol.
        reply: Bytes to send: the answer to the upgrade, pongs, the close frame.
        is_over: Later bytes are ignored; the connection must be closed after `reply` is sent.
    """

    payload: bytes = b""
    reply: bytes = b""
    is_over: bool = False


class _Refused(Exception):
    """The client has violated the protocol; contains the last reply to send."""

    def __init__(self, reply: bytes) -> None:
        super().__init__("the WebSocket is closed")
        self.reply = reply


def frame(opcode: Opcode, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """Build an unmasked frame, as servers send them."""
    size, first = len(payload), opcode | (_FIN if is_last else 0)
    if size < _LENGTH_16:
        head = bytes((first, size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, _LENGTH_16, size)
    else:
        head = struct.pack("!BBQ", first, _LENGTH_64, size)
    return head + payload


def close_frame(code: CloseCode) -> bytes:
    """Build a close frame."""
    return frame(Opcode.CLOSE, struct.pack("!H", code))


def accept_key(key: str) -> str:
    """Return the value of `Sec-WebSocket-Accept` for a client's key."""
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


class FrameDecoder:
    """Reads a client's upgrade request, then its frames.

    Attributes:
        is_open: The upgrade has been accepted.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._is_over = False
        self._partial = b""
        self._remaining = 0  # bytes of the current data frame that have not arrived
        self._mask = b""
        self._in_message = False  # the last data frame was not the last of its message

    def feed(self, data: bytes) -> Received:
        """Decode arriving bytes; they may end within a frame."""
        if self._is_over:
            return Received(is_over=True)
        self._partial += data
        payload: list[bytes] = []
        replies: list[bytes] = []
        try:
            if not self.is_open:
                replies.append(self._upgraded())
            while self.is_open and self._partial:
                if self._remaining:
                    payload.append(self._data())
                elif not self._frame(replies):
                    break
        except _Refused as refused:
            replies.append(refused.reply)
            self._is_over = True
            self._partial = b""
        return Received(b"".join(payload), b"".join(replies), self._is_over)

    def _upgraded(self) -> bytes:
        """Return the answer to the upgrade request; empty until the request is complete.

        Raises:
            _Refused: The request is not an upgrade to a WebSocket, or is too large.
        """
        head, end, rest = self._partial.partition(_HEAD_END)
        if len(head) > UPGRADE_MAX_BYTES:
            raise _Refused(_refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        if not end:
            return b""
        accepted = _accepted(head)
        self.is_open, self._partial = True, rest
        return accepted

    def _data(self) -> bytes:
        """Consume and return the part of a data frame's payload that has arrived."""
        masked, self._partial = self._partial[: self._remaining], self._partial[self._remaining :]
        self._remaining -= len(masked)
        payload = _unmasked(masked, self._mask)
        turned = len(masked) % _MASK_BYTES
        self._mask = self._mask[turned:] + self._mask[:turned]
        return payload

    def _frame(self, replies: list[bytes]) -> bool:
        """Consume a frame's head, or a whole control frame; return whether it has arrived.

        Raises:
            _Refused: The frame is not allowed, or closes the connection.
        """
        head = _FrameHead.read(self._partial)
        if head is None:
            return False
        if head.opcode & _CONTROL:
            end = head.size + head.payload_bytes
            if len(self._partial) < end:
                return False
            payload = _unmasked(self._partial[head.size : end], head.mask)
            self._partial = self._partial[end:]
            replies.append(_control(head.opcode, payload))
            return True
        self._check_order(head)
        self._partial = self._partial[head.size :]
        self._remaining, self._mask = head.payload_bytes, head.mask
        self._in_message = not head.is_last
        return True

    def _check_order(self, head: _FrameHead) -> None:
        if head.opcode == Opcode.TEXT:
            raise _Refused(close_frame(CloseCode.UNSUPPORTED_DATA))
        if (head.opcode == Opcode.CONTINUATION) is not self._in_message:
            raise _Refused(close_frame(CloseCode.PROTOCOL_ERROR))


class _FrameHead(NamedTuple):
    """A frame's head.

    Attributes:
        opcode: Type of the frame.
        is_last: The frame is the last of its message.
        payload_bytes: Length of the payload.
        mask: Four bytes.
        size: Length of the head.
    """

    opcode: int
    is_last: bool
    payload_bytes: int
    mask: bytes
    size: int

    @classmethod
    def read(cls, data: bytes) -> _FrameHead | None:
        """Parse a frame's head; `None` until it is complete.

        Raises:
            _Refused: A client must not send such a frame.
        """
        if len(data) < 2:
            return None
        first, second = data[0], data[1]
        opcode, length, size = first & _OPCODE, second & _LENGTH, 2
        is_control, is_last = bool(opcode & _CONTROL), bool(first & _FIN)
        is_known = opcode in Opcode.__members__.values()
        is_whole = not is_control or (is_last and length <= CONTROL_MAX_BYTES)
        if first & _RESERVED or not second & _MASKED or not is_known or not is_whole:
            raise _Refused(close_frame(CloseCode.PROTOCOL_ERROR))
        if length in _EXTENDED:
            extended = _EXTENDED[length]
            size += extended.size
            if len(data) < size:
                return None
            (length,) = extended.unpack_from(data, 2)
        if length > FRAME_MAX_BYTES:
            raise _Refused(close_frame(CloseCode.TOO_LARGE))
        mask = data[size : size + _MASK_BYTES]
        if len(mask) < _MASK_BYTES:
            return None
        return cls(opcode, is_last, length, mask, size + _MASK_BYTES)


_EXTENDED: Final = {_LENGTH_16: struct.Struct("!H"), _LENGTH_64: struct.Struct("!Q")}
"""Seven-bit lengths that mean that the real length follows, with its format."""


class FrameEncoder:
    """Encodes each message of the server as one binary WebSocket message.

    A message that arrives in pieces is sent in as many frames.
    """

    def __init__(self) -> None:
        self._partial = b""  # less than a header
        self._remaining = 0  # bytes of the current message that have not been written
        self._is_first = True  # of the frames of the current message

    def feed(self, data: bytes) -> bytes:
        """Return the frames for bytes of PostgreSQL's protocol."""
        data = self._partial + data
        frames: list[bytes] = []
        start, end = 0, len(data)
        while end - start >= (1 if self._remaining else wire.HEADER_BYTES):
            if not self._remaining:
                _, length = wire.header(data[start : start + wire.HEADER_BYTES])
                self._remaining = wire.HEADER_BYTES + length
            piece = data[start : start + self._remaining]
            start += len(piece)
            self._remaining -= len(piece)
            opcode = Opcode.BINARY if self._is_first else Opcode.CONTINUATION
            self._is_first = not self._remaining
            frames.append(frame(opcode, piece, is_last=self._is_first))
        self._partial = data[start:]
        return b"".join(frames)


def _unmasked(data: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(data) // _MASK_BYTES + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(len(data))


def _control(opcode: int, payload: bytes) -> bytes:
    """Return the reply to a control frame.

    Raises:
        _Refused: It closes the connection.
    """
    if opcode == Opcode.CLOSE:
        raise _Refused(frame(Opcode.CLOSE, payload[:2]))
    return frame(Opcode.PONG, payload) if opcode == Opcode.PING else b""


def _accepted(head: bytes) -> bytes:
    """Return the answer to a request for a WebSocket.

    Raises:
        _Refused: The request is for something else.
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = _fields(lines)
    method, version = first.partition(" ")[0], first.rpartition(" ")[2]
    connection = {word.strip() for word in fields.get("connection", "").lower().split(",")}
    key = fields.get("sec-websocket-key", "")
    is_upgrade = (
        method == "GET"
        and version == "HTTP/1.1"
        and fields.get("upgrade", "").lower() == "websocket"
        and "upgrade" in connection
    )
    if not is_upgrade or fields.get("sec-websocket-version") != _VERSION:
        raise _Refused(_refusal(HTTPStatus.UPGRADE_REQUIRED))
    if not _is_key(key):
        raise _Refused(_refusal(HTTPStatus.BAD_REQUEST))
    switched = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
    )
    return switched.encode()


def _fields(lines: list[str]) -> Mapping[str, str]:
    """Return the header fields by their names in lower case."""
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def _refusal(status: HTTPStatus) -> bytes:
    asked = "Upgrade: websocket\r\n" if status is HTTPStatus.UPGRADE_REQUIRED else ""
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n{asked}"
        f"Sec-WebSocket-Version: {_VERSION}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    return lines.encode()
