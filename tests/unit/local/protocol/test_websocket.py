"""WebSockets of the gateway: what clients may send, and how answers are cut into messages."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.websocket import (
    CONTROL_MAX_BYTES,
    FRAME_MAX_BYTES,
    UPGRADE_MAX_BYTES,
    CloseCode,
    FrameDecoder,
    FrameEncoder,
    Opcode,
    accept_key,
    close_frame,
    frame,
)

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MASK = bytes((0x37, 0xFA, 0x21, 0x3D))
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: a.dsql.us-east-1.on.aws\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nOrigin: https://a.example\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: " + KEY.encode()
)
END = b"\r\n\r\n"


def masked(
    opcode: int, payload: bytes = b"", *, is_last: bool = True, reserved: int = 0, size: int = -1
) -> bytes:
    """Return a frame as a client sends it; `size` lies about the payload's length."""
    claimed = len(payload) if size < 0 else size
    first = opcode | reserved | (0x80 if is_last else 0)
    if claimed < 126:
        head = bytes((first, 0x80 | claimed))
    elif claimed < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, claimed)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, claimed)
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def opened() -> FrameDecoder:
    decoder = FrameDecoder()
    received = decoder.feed(REQUEST + END)
    assert received.reply.startswith(b"HTTP/1.1 101 ")
    return decoder


def chunks(data: bytes, chance: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = chance.choice((1, 2, 3, 5, 70, 5_000))
        yield data[at : at + size]
        at += size


def frames_of(data: bytes) -> Iterator[tuple[int, bool, bytes]]:
    """Yield opcode, whether it is the last, and payload of the server's frames."""
    while data:
        first, length = data[0], data[1]
        assert not length & 0x80, "a server must not mask"
        size = 2
        if length == 126:
            (length,), size = struct.unpack_from("!H", data, 2), 4
        elif length == 127:
            (length,), size = struct.unpack_from("!Q", data, 2), 10
        yield first & 0x0F, bool(first & 0x80), data[size : size + length]
        data = data[size + length :]


# --- the upgrade ----------------------------------------------------------------------------------


def test_the_accept_key_is_that_of_the_standards_example() -> None:
    assert accept_key(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_an_upgrade_may_arrive_byte_by_byte_and_with_the_first_frame() -> None:
    decoder, sent = FrameDecoder(), REQUEST + END + masked(Opcode.BINARY, b"first")
    answers = [decoder.feed(bytes((byte,))) for byte in sent]
    reply = b"".join(one.reply for one in answers)
    assert f"Sec-WebSocket-Accept: {accept_key(KEY)}\r\n".encode() in reply
    assert b"Extensions" not in reply
    assert b"".join(one.payload for one in answers) == b"first"
    assert not any(one.is_over for one in answers)


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"GET", b"POST", b"426"),
        (b"HTTP/1.1", b"HTTP/1.0", b"426"),
        (b"Upgrade: websocket", b"Upgrade: h2c", b"426"),
        (b"keep-alive, Upgrade", b"keep-alive", b"426"),
        (b"Version: 13", b"Version: 8", b"426"),
        (KEY.encode(), b"c2hvcnQ=", b"400"),
        (KEY.encode(), b"no base64!", b"400"),
        (KEY.encode(), b"\xff\xff", b"400"),
        (b"Origin: ", b"X: " + b"x" * UPGRADE_MAX_BYTES, b"431"),
    ],
)
def test_a_request_for_something_else_is_refused_by_http(
    old: bytes, new: bytes, status: bytes
) -> None:
    decoder = FrameDecoder()
    received = decoder.feed(REQUEST.replace(old, new) + END)
    assert received.reply.startswith(b"HTTP/1.1 " + status)
    assert b"Sec-WebSocket-Version: 13\r\n" in received.reply
    assert received.is_over
    assert not decoder.is_open
    assert decoder.feed(REQUEST + END) == (b"", b"", True)


def test_a_request_that_does_not_end_is_bounded() -> None:
    decoder = FrameDecoder()
    assert not decoder.feed(b"x" * UPGRADE_MAX_BYTES).is_over
    assert decoder.feed(b"x").is_over


# --- frames of the client -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_any_cut_of_the_protocol_into_frames_and_packets_is_read(seed: int) -> None:
    chance = random.Random(seed)
    said = chance.randbytes(chance.choice((1, 300, 70_000, 200_000)))
    sent, at, pings = b"", 0, 0
    is_first = True
    while at < len(said):
        piece = said[at : at + chance.choice((1, 125, 126, 65_535, 65_536, 100_000))]
        at += len(piece)
        is_last = chance.random() < 0.5
        opcode = Opcode.BINARY if is_first else Opcode.CONTINUATION
        sent += masked(opcode, piece, is_last=is_last)
        is_first = is_last
        if chance.random() < 0.5:
            pings += 1
            sent += masked(Opcode.PING, b"%d" % pings) + masked(Opcode.PONG, b"ignored")
    decoder = opened()
    answers = [decoder.feed(chunk) for chunk in chunks(sent, chance)]
    assert b"".join(one.payload for one in answers) == said
    pongs = b"".join(frame(Opcode.PONG, b"%d" % (one + 1)) for one in range(pings))
    assert b"".join(one.reply for one in answers) == pongs


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(Opcode.BINARY, b"not masked"), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.BINARY, b"x", reserved=0x40), CloseCode.PROTOCOL_ERROR),
        (masked(0x3), CloseCode.PROTOCOL_ERROR),
        (masked(0xB), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.TEXT, b"select 1"), CloseCode.UNSUPPORTED_DATA),
        (masked(Opcode.PING, is_last=False), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.PING, b"x" * (CONTROL_MAX_BYTES + 1)), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.CONTINUATION, b"x"), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.BINARY, is_last=False) + masked(Opcode.BINARY), CloseCode.PROTOCOL_ERROR),
        (masked(Opcode.BINARY, size=FRAME_MAX_BYTES + 1), CloseCode.TOO_LARGE),
        (masked(Opcode.BINARY, size=(1 << 64) - 1), CloseCode.TOO_LARGE),
    ],
)
def test_a_frame_that_is_not_allowed_closes_the_connection(sent: bytes, code: CloseCode) -> None:
    decoder = opened()
    received = decoder.feed(masked(Opcode.BINARY, b"before") + sent + masked(Opcode.BINARY, b"x"))
    assert received == (b"before", close_frame(code), True)
    assert decoder.feed(masked(Opcode.BINARY, b"after")) == (b"", b"", True)


def test_the_largest_frames_are_read() -> None:
    decoder = opened()
    head = masked(Opcode.BINARY, size=FRAME_MAX_BYTES)
    assert decoder.feed(head + bytes(8)) == (MASK * 2, b"", False)
    ping = masked(Opcode.PING, b"p" * CONTROL_MAX_BYTES)
    assert opened().feed(ping).reply == frame(Opcode.PONG, b"p" * CONTROL_MAX_BYTES)


def test_a_close_is_answered_with_its_code_and_ends_the_connection() -> None:
    payload = struct.pack("!H", CloseCode.NORMAL)
    received = opened().feed(masked(Opcode.CLOSE, payload + b"heartbeat timeout"))
    assert received == (b"", frame(Opcode.CLOSE, payload), True)
    assert opened().feed(masked(Opcode.CLOSE)).reply == frame(Opcode.CLOSE)


# --- frames of the server -------------------------------------------------------------------------


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    ends = [0, *sorted(cuts), len(data)]
    return [data[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize("seed", range(20))
def test_each_message_is_one_of_the_websocket_however_it_is_written(seed: int) -> None:
    chance = random.Random(seed)
    said = [
        wire.Message(b"D", chance.randbytes(chance.choice((0, 1, 120, 121, 122, 66_000)))).encode()
        for _ in range(8)
    ]
    whole = b"".join(said)
    cuts = [chance.randrange(len(whole) + 1) for _ in range(chance.choice((0, 3, 50)))]
    encoder = FrameEncoder()
    messages, parts = [], b""
    for opcode, is_last, payload in frames_of(
        b"".join(encoder.feed(one) for one in pieces(whole, cuts))
    ):
        assert opcode == (Opcode.CONTINUATION if parts else Opcode.BINARY)
        parts += payload
        if is_last:
            messages.append(parts)
            parts = b""
    assert messages == said
    assert not parts
