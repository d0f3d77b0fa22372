"""Bad bytes at the gateway: an error or a closed connection, never a crash, a hang or a leak."""

from __future__ import annotations

import random
import ssl
import struct
import time
from contextlib import suppress

import pytest

from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import connect, encrypted_to, endpoint_of, token_for

ROUNDS = 60
SILENCE_S = 5.0
KINDS = b"QPBDECSHFXdcfpZ\x00\xff"


@pytest.fixture(scope="module")
def shop(local_dsql: ServerInfo) -> Endpoint:
    return endpoint_of(local_dsql, "shop")


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def encrypted(local_dsql: ServerInfo, endpoint: Endpoint) -> ssl.SSLSocket:
    return encrypted_to(local_dsql, endpoint, SILENCE_S)


def until_closed(connection: ssl.SSLSocket) -> bytes:
    """Return all that is answered until the server closes; a silent server fails the test."""
    answer = b""
    with suppress(ConnectionError, ssl.SSLError):
        while part := connection.recv(65_536):
            answer += part
    return answer


def startup(user: str) -> bytes:
    body = struct.pack("!i", 196608) + f"user\0{user}\0database\0postgres\0\0".encode()
    return struct.pack("!i", len(body) + 4) + body


def test_garbage_in_place_of_a_start_up_is_answered_or_cut(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    chance = random.Random(1)
    for _ in range(ROUNDS):
        with encrypted(local_dsql, shop) as connection:
            size = chance.choice([0, 3, 4, 8, 100, 9_000])
            connection.sendall(struct.pack("!i", size) + chance.randbytes(size))
            answer = until_closed(connection)
            assert answer == b"" or answer.startswith((b"E", b"v"))


def test_garbage_inside_of_a_session_is_answered_or_cut(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    chance = random.Random(2)
    token = message(b"p", token_for(local_dsql, shop).encode() + b"\0")
    for _ in range(ROUNDS):
        with encrypted(local_dsql, shop) as connection:
            connection.sendall(startup("admin") + token)
            for _ in range(chance.randrange(1, 8)):
                kind = bytes([chance.choice(KINDS)])
                connection.sendall(message(kind, chance.randbytes(chance.randrange(0, 64))))
            connection.sendall(message(b"S", b"") + message(b"X", b""))
            assert until_closed(connection)


def test_lengths_that_cannot_be_end_the_session(local_dsql: ServerInfo, shop: Endpoint) -> None:
    token = message(b"p", token_for(local_dsql, shop).encode() + b"\0")
    for length in (-1, 0, 3, 2_147_483_647):
        with encrypted(local_dsql, shop) as connection:
            connection.sendall(startup("admin") + token + b"Q" + struct.pack("!i", length))
            until_closed(connection)


def test_after_an_error_a_query_is_passed_over_until_the_sync(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    token = message(b"p", token_for(local_dsql, shop).encode() + b"\0")
    broken = message(b"P", b"\0SELECT nothing FROM nowhere\0\0\0")
    query, sync, end = message(b"Q", b"SELECT 1\0"), message(b"S", b""), message(b"X", b"")
    with encrypted(local_dsql, shop) as connection:
        connection.sendall(startup("admin") + token + broken + query + sync + query + end)
        answer = until_closed(connection)
    assert answer.count(message(b"C", b"SELECT 1\0")) == 1
    assert answer.count(message(b"Z", b"I")) == 3  # after the start, the sync and the second query


def test_a_copy_may_be_flushed_and_synced_ahead_of_its_data(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    """As pg8000 does; PostgreSQL passes over both and keeps its answer back until the next one."""
    token = message(b"p", token_for(local_dsql, shop).encode() + b"\0")
    copy = b"\0COPY customers FROM STDIN\0\0\0"
    flush, sync, end = message(b"H", b""), message(b"S", b""), message(b"X", b"")
    run = message(b"P", copy) + message(b"B", bytes(8)) + message(b"E", bytes(5))
    with encrypted(local_dsql, shop) as connection:
        connection.sendall(startup("admin") + token + message(b"Q", b"BEGIN\0") + run)
        connection.sendall(flush + sync)
        answer = b""
        while message(b"G", b"\0\0\5" + bytes(10)) not in answer:  # five columns, as text
            answer += connection.recv(65_536)
        connection.sendall(message(b"d", b"0\tn\te\tDE\t2026-01-01\n") + message(b"c", b"") + sync)
        while message(b"C", b"COPY 1\0") + message(b"Z", b"T") not in answer:
            answer += connection.recv(65_536)
        connection.sendall(message(b"Q", b"ROLLBACK\0") + end)
        assert until_closed(connection).endswith(message(b"Z", b"I"))


def test_whoever_vanishes_in_the_middle_leaves_no_session(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    token = message(b"p", token_for(local_dsql, shop).encode() + b"\0")
    sleep = message(b"Q", b"SELECT pg_sleep(60)\0")
    for _ in range(5):
        with encrypted(local_dsql, shop) as connection:
            connection.sendall(startup("admin") + token + sleep)
            while b"Z" not in connection.recv(65_536):
                pass
    deadline = time.monotonic() + SILENCE_S
    while open_sessions(local_dsql):
        assert time.monotonic() < deadline, "sessions without a client are left"
        time.sleep(0.02)


def open_sessions(local_dsql: ServerInfo) -> int:
    """Return how many sessions of the shop the server counts."""
    running = server.attach(local_dsql.data_dir)
    assert running is not None
    with running:
        clusters = running.ask("status")["clusters"]
    return sum(cluster["sessions"] for cluster in clusters if cluster["name"] == "shop")


def test_afterwards_everything_is_as_before(local_dsql: ServerInfo, shop: Endpoint) -> None:
    assert "Traceback" not in (local_dsql.data_dir / "server.log").read_text()
    with connect(local_dsql, shop) as connection:
        assert connection.execute("SELECT count(*) FROM customers").fetchone() == (400,)
