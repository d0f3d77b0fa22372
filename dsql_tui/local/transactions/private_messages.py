"""Messages that run a statement under a private name, independent of the client's names."""

from __future__ import annotations

import struct

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import Message

PRIVATE = "dsql"
"""Name of the gateway's own prepared statement, portal and savepoint."""
NO_TYPES = bytes(2)
"""No parameter types in a Parse."""
NO_PARAMETERS = bytes(6)
"""The part of a Bind after the names, without parameters and with text results."""


def private_statement(
    sql: str, types: bytes, bound: bytes, own: DueAnswer, *, described: bool = False
) -> tuple[bytes, list[DueAnswer]]:
    """Return the messages that run a statement under the private name, and their responses.

    The client's statements and portals, the unnamed ones too, are not affected.

    Args:
        sql: One statement.
        types: Encoded parameter types, as in its Parse.
        bound: The part of its Bind after the names: parameters and formats.
        own: The statement's answer.
        described: Whether the client receives a row description, as for a Query.
    """
    name = wire.zstring(PRIVATE)
    frames, due = _opened(sql, types, bound, name)
    if described:
        frames.append(Message(b"D", b"P" + name).encode())
        due.append(DueAnswer(b"Tn", dropped=b"n", keeps_error=True))
    frames += [Message(b"E", name + bytes(4)).encode(), wire.SYNC]
    return b"".join(frames), [*due, own, DueAnswer.of_sync()]


def reopened_portal(
    sql: str, types: bytes, bound: bytes, portal: str, fetched: int, own: DueAnswer
) -> tuple[bytes, list[DueAnswer]]:
    """Return the messages that reopen the client's portal, and their responses.

    Args:
        sql: One statement.
        types: Encoded parameter types, as in its Parse.
        bound: The part of its Bind after the names: parameters and formats.
        portal: The client's name for it.
        fetched: How many rows the client has already received.
        own: The answer to fetching those rows again.
    """
    name = wire.zstring(portal)
    frames, due = _opened(sql, types, bound, name)
    frames += [Message(b"E", name + struct.pack("!i", fetched)).encode(), wire.SYNC]
    return b"".join(frames), [*due, own, DueAnswer.of_sync()]


def _opened(
    sql: str, types: bytes, bound: bytes, portal: bytes
) -> tuple[list[bytes], list[DueAnswer]]:
    name = wire.zstring(PRIVATE)
    frames = [
        Message(b"C", b"S" + name).encode(),
        Message(b"C", b"P" + portal).encode(),
        wire.parse(PRIVATE, sql, types).encode(),
        Message(b"B", portal + name + bound).encode(),
    ]
    return frames, [DueAnswer(ends, forwarded=False) for ends in (b"3", b"3", b"1", b"2")]
