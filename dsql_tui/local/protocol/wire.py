"""PostgreSQL's protocol 3.0: framing, messages and error fields, without I/O.

Used for clients and for the private PostgreSQL. Rows are not parsed: `Splitter` returns runs of
them as they arrive, and other messages as values.
Source: PostgreSQL 16 documentation, chapter 55 (message formats).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

PROTOCOL_3: Final = 3 << 16
SSL_REQUEST: Final = 80877103
GSSENC_REQUEST: Final = 80877104
CANCEL_REQUEST: Final = 80877102
STARTUP_MAX_BYTES: Final = 10_000
"""Longest start-up packet PostgreSQL accepts (MAX_STARTUP_PACKET_LENGTH)."""
HEADER_BYTES: Final = 5

_INT32 = struct.Struct("!i")
_INT16 = struct.Struct("!h")
_HEADER = struct.Struct("!ci")


class ProtocolViolation(Exception):
    """The peer violated the protocol; the connection must be closed."""


class Message(NamedTuple):
    """One message: its type byte and its body."""

    type: bytes
    body: bytes

    def encode(self) -> bytes:
        """Return the message as sent over the network."""
        return _HEADER.pack(self.type, len(self.body) + 4) + self.body


def header(head: bytes) -> tuple[bytes, int]:
    """Parse a header of five bytes: the type and the number of body bytes that follow.

    Raises:
        ProtocolViolation: The length is impossible.
    """
    kind, length = _HEADER.unpack(head)
    if length < 4:
        raise ProtocolViolation("invalid message length")
    return kind, length - 4


class Splitter:
    """Splits a stream of server messages into opaque rows and messages to parse.

    Args:
        opaque: Types whose messages are passed through unparsed, in runs as they arrived.
    """

    def __init__(self, opaque: frozenset[bytes] = frozenset((b"D", b"d"))) -> None:
        self._opaque = frozenset(kind[0] for kind in opaque)
        self._partial = b""
        self._passing = 0

    def feed(self, chunk: bytes) -> Iterator[bytes | Message]:
        """Yield the messages that `chunk` completes: opaque ones as `bytes`, others as `Message`.

        Raises:
            ProtocolViolation: A length is impossible.
        """
        if self._partial:
            chunk, self._partial = self._partial + chunk, b""
        end, start = len(chunk), 0
        position = min(self._passing, end)
        self._passing -= position
        unpack, opaque = _INT32.unpack_from, self._opaque
        while end - position >= HEADER_BYTES:
            length = unpack(chunk, position + 1)[0]
            if length < 4:
                raise ProtocolViolation("invalid message length")
            after = position + 1 + length
            if chunk[position] in opaque:
                if after > end:
                    self._passing, position = after - end, end
                    break
                position = after
                continue
            if position > start:
                yield chunk[start:position]
                start = position
            if after > end:
                break
            yield Message(chunk[position : position + 1], chunk[position + 5 : after])
            start = position = after
        if position > start:
            yield chunk[start:position]
        self._partial = chunk[position:]


# --- reading -------------------------------------------------------------------------------------


LOSSLESS: Final = "surrogateescape"
"""Error handler for decoding and encoding: the bytes of a client whose encoding is not UTF-8 must
reach PostgreSQL unchanged."""


def cstring(body: bytes, start: int, errors: str = LOSSLESS) -> tuple[str, int]:
    """Parse a zero-terminated string; return it and the position after it.

    Args:
        body: The message body that contains it.
        start: Where it begins.
        errors: Error handler; `strict` if the string must be UTF-8.

    Raises:
        ProtocolViolation: The terminating zero is missing, or a `strict` string is not UTF-8.
    """
    end = body.find(b"\0", start)
    if end < 0:
        raise ProtocolViolation("invalid string in message")
    try:
        return body[start:end].decode("utf-8", errors), end + 1
    except UnicodeDecodeError:
        raise ProtocolViolation("invalid byte sequence in message") from None


@dataclass(frozen=True, slots=True)
class Startup:
    """A StartupMessage.

    Attributes:
        minor: Requested minor protocol version.
        parameters: Names and values as sent, `_pq_.` ones included.
    """

    minor: int
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CancelKey:
    """The process ID and key of BackendKeyData and CancelRequest."""

    pid: int
    secret: int


def read_startup(packet: bytes) -> Startup | CancelKey | int:
    """Parse the body of a client's first packet.

    Returns:
        A start-up, a cancel request, or the code of an encryption request.

    Raises:
        ProtocolViolation: It is none of these.
    """
    if len(packet) < 4:
        raise ProtocolViolation("invalid length of startup packet")
    code = _INT32.unpack_from(packet)[0]
    if code in (SSL_REQUEST, GSSENC_REQUEST):
        return int(code)
    if code == CANCEL_REQUEST and len(packet) == 12:
        return CancelKey(*struct.unpack_from("!ii", packet, 4))
    if code >> 16 != PROTOCOL_3 >> 16:
        raise ProtocolViolation(f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}")
    parameters: dict[str, str] = {}
    position = 4
    while position < len(packet) - 1:
        name, position = cstring(packet, position, "strict")
        parameters[name], position = cstring(packet, position, "strict")
    return Startup(code & 0xFFFF, parameters)


def read_backend_key(body: bytes) -> CancelKey:
    """Parse a BackendKeyData message."""
    return CancelKey(*struct.unpack_from("!ii", body))


def parse_message(body: bytes) -> tuple[str, str, bytes]:
    """Parse a Parse message: statement name, query text, and the rest (parameter types)."""
    name, position = cstring(body, 0)
    query, position = cstring(body, position)
    return name, query, body[position:]


def bind_message(body: bytes) -> tuple[str, str, bytes]:
    """Parse a Bind message: portal name, statement name, and the rest (parameters, formats)."""
    portal, position = cstring(body, 0)
    statement, position = cstring(body, position)
    return portal, statement, body[position:]


def target(body: bytes) -> tuple[str, str]:
    """Parse a Describe or Close message: `S` or `P`, and the name."""
    return body[:1].decode("latin-1"), cstring(body, 1)[0]


def command_tag(body: bytes) -> str:
    """Parse a CommandComplete message."""
    return body.rstrip(b"\0").decode("utf-8", "replace")


def row(body: bytes) -> tuple[str | None, ...]:
    """Parse a DataRow of text values."""
    (count,) = _INT16.unpack_from(body)
    cells: list[str | None] = []
    position = 2
    for _ in range(count):
        (length,) = _INT32.unpack_from(body, position)
        position += 4
        if length < 0:
            cells.append(None)
        else:
            cells.append(body[position : position + length].decode("utf-8", LOSSLESS))
            position += length
    return tuple(cells)


def rows_of(run: bytes) -> Iterator[tuple[str | None, ...]]:
    """Parse the DataRows of text values in a run of whole messages; others are skipped."""
    position = 0
    while position < len(run):
        kind, length = header(run[position : position + HEADER_BYTES])
        position += HEADER_BYTES
        if kind == b"D":
            yield row(run[position : position + length])
        position += length


# --- errors --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """The fields of an ErrorResponse or NoticeResponse.

    Attributes:
        severity: `ERROR`, `FATAL`, `NOTICE` …
        sqlstate: Five characters.
        message: Primary message.
        detail: DETAIL, or empty.
        hint: HINT, or empty.
        position: 1-based character position in the query, as text, or empty.
        others: Remaining fields by their type byte.
    """

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    position: str = ""
    others: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, body: bytes) -> ServerMessage:
        """Parse the body of an ErrorResponse or NoticeResponse."""
        fields = {
            chr(field[0]): field[1:].decode("utf-8", LOSSLESS)
            for field in body.split(b"\0")
            if field
        }
        named = {name: fields.pop(code, "") for code, name in _FIELDS.items()}
        fields.pop("V", None)
        return cls(**named, others=tuple(fields.items()))

    def encode(self, kind: bytes = b"E") -> bytes:
        """Return it as an ErrorResponse (`E`) or NoticeResponse (`N`)."""
        fields = [("S", self.severity), ("V", self.severity)]
        fields += [
            (code, getattr(self, name)) for code, name in _FIELDS.items() if name != "severity"
        ]
        text = "".join(f"{code}{value}\0" for code, value in (*fields, *self.others) if value)
        return Message(kind, text.encode(errors=LOSSLESS) + b"\0").encode()

    def other(self, code: str) -> str:
        """Return a field without a name here by its type byte, or an empty string."""
        return dict(self.others).get(code, "")

    def without_context(self) -> ServerMessage:
        """Return it without the fields for functions, source files and inner queries."""
        fields = tuple((code, value) for code, value in self.others if code in "sctdn")
        return replace(self, others=fields)


_FIELDS: Final = {
    "S": "severity",
    "C": "sqlstate",
    "M": "message",
    "D": "detail",
    "H": "hint",
    "P": "position",
}


class InsertedRows(NamedTuple):
    """The rows that one statement has inserted into one relation, reported by a trigger's notice.

    Attributes:
        relation: OID of the relation.
        rows: PostgreSQL's text of an array of the rows' texts.
    """

    relation: int
    rows: str


_INSERTED = "DSQL1"
"""SQLSTATE of that notice (`limits.sql`)."""


def inserted(notice: ServerMessage) -> InsertedRows | None:
    """Return the inserted rows reported by a notice, or `None` for any other notice."""
    if notice.sqlstate != _INSERTED:
        return None
    return InsertedRows(int(notice.message), notice.detail or "{}")


# --- writing -------------------------------------------------------------------------------------


def zstring(text: str) -> bytes:
    """Encode a zero-terminated string."""
    return text.encode(errors=LOSSLESS) + b"\0"


def startup(parameters: Mapping[str, str]) -> bytes:
    """Build a StartupMessage of protocol 3.0."""
    pairs = b"".join(zstring(name) + zstring(value) for name, value in parameters.items())
    body = _INT32.pack(PROTOCOL_3) + pairs + b"\0"
    return _INT32.pack(len(body) + 4) + body


def cancel_request(key: CancelKey) -> bytes:
    """Build a CancelRequest packet."""
    return struct.pack("!iiii", 16, CANCEL_REQUEST, key.pid, key.secret)


SYNC: Final = Message(b"S", b"").encode()
FLUSH: Final = Message(b"H", b"").encode()


def query(sql: str) -> bytes:
    """Build a Query message."""
    return Message(b"Q", zstring(sql)).encode()


def parse(name: str, sql: str, types: bytes = b"\0\0") -> Message:
    """Build a Parse message; `types` is the encoded list of parameter types."""
    return Message(b"P", zstring(name) + zstring(sql) + types)


def parameter_status(name: str, value: str) -> bytes:
    """Build a ParameterStatus message."""
    return Message(b"S", zstring(name) + zstring(value)).encode()


def backend_key(key: CancelKey) -> bytes:
    """Build a BackendKeyData message."""
    return Message(b"K", struct.pack("!ii", key.pid, key.secret)).encode()


def authentication(code: int) -> bytes:
    """Build an Authentication message: 0 is ok, 3 asks for a cleartext password."""
    return Message(b"R", _INT32.pack(code)).encode()


def negotiate_version(unknown_options: Sequence[str]) -> bytes:
    """Build a NegotiateProtocolVersion message: this server speaks protocol 3.0.

    The version is written with its major part, as PostgreSQL does and libpq 18 reads it.
    """
    names = b"".join(zstring(name) for name in unknown_options)
    return Message(b"v", struct.pack("!ii", PROTOCOL_3, len(unknown_options)) + names).encode()


def command_complete(tag: str) -> bytes:
    """Build a CommandComplete message."""
    return Message(b"C", zstring(tag)).encode()


def ready(status: bytes) -> bytes:
    """Build a ReadyForQuery message; status `I`, `T` or `E`."""
    return Message(b"Z", status).encode()


TEXT_OID: Final = 25
Origin = tuple[int, int]
"""The table and attribute number of a column."""
_FIELD_TAIL = struct.Struct("!ihihih")
"""A field of a RowDescription after its name: table, attribute, type, size, modifier, format."""


def row_description(names: Sequence[str]) -> bytes:
    """Build a RowDescription of text columns."""
    columns = b"".join(
        zstring(name) + _FIELD_TAIL.pack(0, 0, TEXT_OID, -1, -1, 0) for name in names
    )
    return Message(b"T", _INT16.pack(len(names)) + columns).encode()


def with_origins(body: bytes, origins: Mapping[Origin, Origin]) -> bytes:
    """Return the body of a RowDescription with the table and attribute of fields replaced."""
    (count,) = _INT16.unpack_from(body)
    parts, at = [body[: _INT16.size]], _INT16.size
    for _ in range(count):
        end = body.index(b"\0", at) + 1
        table, attribute, *rest = _FIELD_TAIL.unpack_from(body, end)
        origin = origins.get((table, attribute), (table, attribute))
        parts += (body[at:end], _FIELD_TAIL.pack(*origin, *rest))
        at = end + _FIELD_TAIL.size
    return b"".join(parts)


def data_row(cells: Sequence[str | None]) -> bytes:
    """Build a DataRow of text values."""
    parts = [_INT16.pack(len(cells))]
    for cell in cells:
        if cell is None:
            parts.append(_INT32.pack(-1))
        else:
            value = cell.encode(errors=LOSSLESS)
            parts += (_INT32.pack(len(value)), value)
    return Message(b"D", b"".join(parts)).encode()
