"""The protocol as bytes: framing in any pieces, messages, errors, and bad bytes."""

from __future__ import annotations

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.wire import (
    CancelKey,
    Message,
    ProtocolViolation,
    ServerMessage,
    Splitter,
)

MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from([b"D", b"d", b"C", b"T", b"Z", b"E"]),
        st.binary(max_size=40),
    ),
    max_size=12,
)


@given(MESSAGES, st.lists(st.integers(1, 30), max_size=40))
def test_a_stream_is_split_the_same_in_whatever_pieces_it_comes(
    messages: list[Message], sizes: list[int]
) -> None:
    stream = b"".join(message.encode() for message in messages)
    splitter, rows, others = Splitter(), b"", []
    position = 0
    for size in [*sizes, len(stream)]:
        for item in splitter.feed(stream[position : position + size]):
            if isinstance(item, Message):
                others.append(item)
            else:
                rows += item
        position += size
    opaque = [message for message in messages if message.type in (b"D", b"d")]
    assert rows == b"".join(message.encode() for message in opaque)
    assert others == [message for message in messages if message not in opaque]


def test_rows_and_messages_keep_their_order() -> None:
    row, tag = wire.data_row(["1", None]), wire.command_complete("SELECT 1")
    items = list(Splitter().feed(wire.row_description(["a", "b"]) + row + row + tag))
    assert [type(item) for item in items] == [Message, bytes, Message]
    assert items[1] == row + row


def test_an_impossible_length_is_a_violation() -> None:
    with pytest.raises(ProtocolViolation):
        list(Splitter().feed(b"D" + struct.pack("!i", 3) + bytes(10)))
    with pytest.raises(ProtocolViolation):
        wire.header(b"Q" + struct.pack("!i", -1))


def test_a_start_up_packet_reads_back() -> None:
    packet = wire.startup({"user": "admin", "application_name": "é"})
    assert wire.read_startup(packet[4:]) == wire.Startup(
        0, {"user": "admin", "application_name": "é"}
    )


def test_cancel_and_encryption_requests_are_distinguished() -> None:
    assert wire.read_startup(wire.cancel_request(CancelKey(7, 9))[4:]) == CancelKey(7, 9)
    assert wire.read_startup(struct.pack("!i", wire.SSL_REQUEST)) == wire.SSL_REQUEST


@given(st.binary(max_size=64))
def test_no_first_packet_does_worse_than_a_violation(packet: bytes) -> None:
    with suppress(ProtocolViolation):
        wire.read_startup(packet)


def test_an_error_reads_back_with_its_hint_and_position() -> None:
    error = ServerMessage("ERROR", "42703", "no such column", "d", "try another", "12")
    assert ServerMessage.parse(error.encode()[5:]) == error


def test_the_traces_of_our_own_functions_are_dropped() -> None:
    fields = b"SERROR\0C23505\0Mduplicate\0WPL/pgSQL function f\0nacc_pkey\0Fnbtinsert.c\0\0"
    error = ServerMessage.parse(fields).without_context()
    assert error.others == (("n", "acc_pkey"),)


def test_rows_of_text_read_back() -> None:
    run = wire.data_row(["a", None, ""]) + wire.data_row(["é"])
    assert list(wire.rows_of(run)) == [("a", None, ""), ("é",)]


ORIGINS = st.tuples(st.integers(0, 2**31 - 1), st.integers(-(2**15), 2**15 - 1))


@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), ORIGINS)),
    st.dictionaries(ORIGINS, ORIGINS),
)
def test_only_the_origins_of_described_columns_are_replaced(
    fields: list[tuple[str, wire.Origin]], origins: dict[wire.Origin, wire.Origin]
) -> None:
    def body(places: list[wire.Origin]) -> bytes:
        described = zip(fields, places, strict=True)
        parts = [
            name.encode() + struct.pack("!xihihih", *place, 23, 4, -1, 0)
            for (name, _), place in described
        ]
        return struct.pack("!h", len(parts)) + b"".join(parts)

    origins |= {place: (1, 2) for _, place in fields[:1]}
    replaced = [origins.get(place, place) for _, place in fields]
    assert wire.with_origins(body([place for _, place in fields]), origins) == body(replaced)
