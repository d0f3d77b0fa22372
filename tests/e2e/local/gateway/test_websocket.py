"""The database endpoints of the local DSQL by WebSocket, as drivers in browsers reach them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.doctor import examine
from dsql_tui.errors import ConnectError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.protocol import wire
from dsql_tui.model.checkup import CheckStep, Verdict
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg import probe
from tests.support.local_dsql import Connection, endpoint_of, profile_of, token_for
from tests.support.websocket import BINARY, CLOSE, PING, PONG, WebSocket, bridged

NODE = shutil.which("node")
PROGRAM = Path(__file__).with_name("websocket_client.mjs")


@pytest.fixture(scope="module")
def shop(local_dsql: ServerInfo) -> Endpoint:
    return endpoint_of(local_dsql, "shop")


def connect(local_dsql: ServerInfo, shop: Endpoint, port: int) -> Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        user="admin",
        dbname="postgres",
        sslmode="disable",
        password=token_for(local_dsql, shop),
        autocommit=True,
    )


def started(web: WebSocket, user: str = "admin") -> wire.Message:
    """Start up, and return the first message that comes."""
    web.send(wire.startup({"user": user, "database": "postgres"}))
    opcode, payload = web.receive()
    assert opcode == BINARY
    return wire.Message(payload[:1], payload[5:])


def test_a_driver_works_as_over_tls(local_dsql: ServerInfo, shop: Endpoint) -> None:
    with (
        bridged(local_dsql, shop) as port,
        connect(local_dsql, shop, port) as session,
        session.cursor() as cursor,
    ):
        cursor.execute("CREATE TABLE by_websocket (id int PRIMARY KEY, note text)")
        with cursor.copy("COPY by_websocket FROM STDIN") as copy:
            for number in range(100):
                copy.write_row((number, "x" * number))
        cursor.execute("INSERT INTO by_websocket VALUES (100, %s)", ["ä" * 400_000])
        cursor.execute("SELECT sum(octet_length(note)), count(*) FROM by_websocket")
        assert cursor.fetchone() == (800_000 + 4_950, 101)
        cursor.execute("SELECT note FROM by_websocket WHERE id = 100")
        assert cursor.fetchone() == ("ä" * 400_000,)
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="Truncate"):
            cursor.execute("TRUNCATE by_websocket")
        cursor.execute("DROP TABLE by_websocket")


def test_a_refusal_is_read_before_the_websocket_is_closed(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    web = WebSocket(local_dsql, shop)
    assert started(web) == wire.Message(b"R", (3).to_bytes(4))
    web.send(wire.Message(b"p", wire.zstring("no token")).encode())
    opcode, payload = web.receive()
    refusal = wire.ServerMessage.parse(payload[5:])
    assert (opcode, refusal.sqlstate) == (BINARY, "08006")
    assert web.receive() == (CLOSE, (1000).to_bytes(2))
    web.close()


def test_pings_are_answered_before_and_after_the_start_up(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    web = WebSocket(local_dsql, shop)
    web.send(b"early", PING)
    assert web.receive() == (PONG, b"early")
    started(web)
    web.send(b"late", PING)
    assert web.receive() == (PONG, b"late")
    web.send((1000).to_bytes(2) + b"bye", CLOSE)
    assert web.receive() == (CLOSE, (1000).to_bytes(2))
    with pytest.raises(EOFError):
        web.receive()
    web.close()


def test_the_doctors_probe_finds_it_and_tells_what_is_none(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    with probe.dial("127.0.0.1", local_dsql.websocket_port) as connected:
        assert probe.open_websocket(connected, shop) == "HTTP/1.1 101 Switching Protocols"
    with (
        probe.dial("127.0.0.1", local_dsql.gateway_port) as connected,
        pytest.raises(ConnectError, match=r"opens no WebSocket: no answer|cannot be opened"),
    ):
        probe.open_websocket(connected, shop)


@pytest.mark.parametrize("way", ["closed", "none"])
def test_a_cluster_without_websockets_is_no_failure(local_dsql: ServerInfo, way: str) -> None:
    port = None if way == "none" else local_dsql.gateway_port
    profile = replace(profile_of(local_dsql), endpoint_url=local_dsql.api_url, websocket_port=port)
    *before, last, region = examine(AwsSession(profile), "shop@us-east-1", lambda _: "admin")
    assert before[-1].verdict is region.verdict is Verdict.OK
    assert last.step is CheckStep.WEBSOCKET
    assert last.verdict is (Verdict.SKIPPED if way == "none" else Verdict.WARNING)
    assert bool(last.remedy) is (way == "closed")


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_nodes_own_websocket_gets_one_message_of_the_protocol_for_each_event(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    """AWS's driver for browsers looks at the first byte of each event."""
    assert NODE is not None
    environ = {
        "PATH": os.environ["PATH"],
        "NODE_EXTRA_CA_CERTS": str(local_dsql.root_certificate),
        "DSQL_TUI_LOCAL_WEBSOCKET_PORT": str(local_dsql.websocket_port),
        "HOST": shop.host,
        "TOKEN": token_for(local_dsql, shop),
    }
    done = subprocess.run(
        [NODE, "--experimental-websocket", "--no-warnings", str(PROGRAM)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if "bad option" in done.stderr:
        pytest.skip("this Node.js has no WebSocket")
    seen = done.stdout.split()
    assert seen[:2] == ["R", "R"], done
    assert seen[-6:] == ["T", "D", "D", "C", "Z", "closed"]
