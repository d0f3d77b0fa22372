"""A client that speaks the wire protocol message by message, with a deadline for every answer."""

from __future__ import annotations

import re
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.wire import CancelKey, Message, ServerMessage
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import encrypted_to, token_for

DEADLINE_S = 10.0
"""A message that is not answered by then is answered never: a query takes milliseconds."""


def query(sql: str) -> bytes:
    return wire.query(sql)


def parse(sql: str, name: str = "") -> bytes:
    return wire.parse(name, sql).encode()


def bind(statement: str = "", *values: str | None, portal: str = "") -> bytes:
    """Bind text parameters; results come as text."""
    parts = [wire.zstring(portal), wire.zstring(statement), struct.pack("!hh", 0, len(values))]
    for value in values:
        encoded = b"" if value is None else value.encode()
        parts += [struct.pack("!i", -1 if value is None else len(encoded)), encoded]
    return Message(b"B", b"".join(parts) + bytes(2)).encode()


def describe(portal: str = "") -> bytes:
    return Message(b"D", b"P" + wire.zstring(portal)).encode()


def describe_statement(name: str = "") -> bytes:
    return Message(b"D", b"S" + wire.zstring(name)).encode()


def execute(portal: str = "", most: int = 0) -> bytes:
    return Message(b"E", wire.zstring(portal) + struct.pack("!i", most)).encode()


def close(portal: str = "") -> bytes:
    return Message(b"C", b"P" + wire.zstring(portal)).encode()


def close_statement(name: str = "") -> bytes:
    return Message(b"C", b"S" + wire.zstring(name)).encode()


def run(sql: str, *values: str | None) -> bytes:
    """Parse, bind, describe and execute the unnamed statement, without a Sync."""
    return parse(sql) + bind("", *values) + describe() + execute()


def copy_data(data: bytes) -> bytes:
    return Message(b"d", data).encode()


FLUSH, SYNC = wire.FLUSH, wire.SYNC
COPY_DONE = Message(b"c", b"").encode()
COPY_FAIL = Message(b"f", b"no more\0").encode()
FUNCTION_CALL = Message(b"F", struct.pack("!ihhh", 1, 0, 0, 0)).encode()


class Unanswered(AssertionError):
    """The server did not answer before the deadline."""


class RawSession:
    """A session of its own, started up.

    Args:
        info: The local DSQL.
        endpoint: Where and as whom.

    Attributes:
        key: For a CancelRequest.
    """

    def __init__(self, info: ServerInfo, endpoint: Endpoint) -> None:
        self._connection: ssl.SSLSocket = encrypted_to(info, endpoint, DEADLINE_S)
        self._endpoint = endpoint
        self._info = info
        self._received = b""
        self.key = CancelKey(0, 0)
        pairs = {"user": endpoint.role, "database": "postgres"}
        token = Message(b"p", wire.zstring(token_for(info, endpoint))).encode()
        self.send(wire.startup(pairs) + token)
        for message in self._messages():
            if message.type == b"K":
                self.key = wire.read_backend_key(message.body)
            assert message.type != b"E", ServerMessage.parse(message.body)
            if message.type == b"Z":
                break

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave without a word."""
        self._connection.close()

    def send(self, *messages: bytes) -> None:
        self._connection.sendall(b"".join(messages))

    def hear(self, *until: str) -> str:
        """Return the answers up to a ReadyForQuery, or a message of one of these types, in short.

        Raises:
            Unanswered: Nothing has come for `DEADLINE_S`.
        """
        answer: list[str] = []
        try:
            for message in self._messages():
                answer.append(summary(message))
                if message.type.decode() in (until or ("Z",)):
                    return _shortened(answer)
        except TimeoutError:
            raise Unanswered(f"silence after {_shortened(answer)!r}") from None
        return _shortened([*answer, "closed"])

    def ask(self, *messages: bytes) -> str:
        """Send messages, of which one is answered by ReadyForQuery, and return the answers."""
        self.send(*messages)
        return self.hear()

    def cancel(self) -> None:
        """Send a CancelRequest over its own connection and wait until it has been received."""
        with encrypted_to(self._info, self._endpoint, DEADLINE_S) as connection:
            connection.sendall(wire.cancel_request(self.key))
            connection.recv(1)

    def cancel_and_hear(self) -> str:
        """Cancel what is running until it is answered; one request may come before it has begun."""
        self._connection.settimeout(0.05)
        deadline = time.monotonic() + DEADLINE_S
        while self._received[-6:-5] != b"Z" and time.monotonic() < deadline:
            self.cancel()
            with suppress(TimeoutError):
                self._received += self._connection.recv(65_536)
        self._connection.settimeout(DEADLINE_S)
        return self.hear()

    def _messages(self) -> Iterator[Message]:
        """Yield what the server sends until it closes.

        Raises:
            TimeoutError: Nothing has come for `DEADLINE_S`.
        """
        deadline = time.monotonic() + DEADLINE_S
        while True:
            while len(self._received) >= wire.HEADER_BYTES:
                kind, length = wire.header(self._received[: wire.HEADER_BYTES])
                end = wire.HEADER_BYTES + length
                if len(self._received) < end:
                    break
                body, self._received = self._received[wire.HEADER_BYTES : end], self._received[end:]
                yield Message(kind, body)
            if time.monotonic() > deadline:
                raise TimeoutError
            try:
                data = self._connection.recv(65_536)
            except (ConnectionError, ssl.SSLEOFError):
                data = b""
            if not data:
                return
            self._received += data


def summary(message: Message) -> str:
    """Return a message of the server's in short: its type, and what an error or a tag says."""
    kind, body = message
    if kind in (b"E", b"N"):
        error = ServerMessage.parse(body)
        return f"{kind.decode()}[{error.sqlstate} {error.message}]"
    if kind == b"C":
        return f"C[{wire.command_tag(body)}]"
    if kind == b"Z":
        return f"Z{body.decode()}"
    if kind == b"T":
        return f"T{struct.unpack_from('!h', body)[0]}"
    return kind.decode()


def _shortened(heard: list[str]) -> str:
    """Join summaries; many rows are one `D`."""
    return re.sub(r"\b(D|d)( \1\b)+", r"\1", " ".join(heard))
