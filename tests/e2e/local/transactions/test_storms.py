"""Random work of several sessions on a local DSQL: it ends, and nothing of it remains."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import struct
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from dsql_tui.local.process.server import LocalServer
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import boto_session, connect, encrypted_to, endpoint_of, token_for

CROWD = 4
SESSIONS = 20
"""Of each of the crowd."""
REQUESTS = 100
PATIENCE_S = 10.0
NAMES = (b"", b"a", b"b")
STATEMENTS = (
    *(b"SELECT 1", b"SELECT $1::int", b"SELECT id, v FROM storm ORDER BY id", b"", b";"),
    *(b"BEGIN", b"BEGIN READ ONLY", b"COMMIT", b"ROLLBACK", b"SAVEPOINT s", b"SELECT 1; SELECT 2"),
    *(b"UPDATE storm SET v = v + 1", b"UPDATE storm SET v = v + 1 WHERE id = 1 RETURNING v"),
    *(b"DELETE FROM storm WHERE id = 2", b"INSERT INTO storm VALUES (2, 0)"),
    *(b"SELECT * FROM storm FOR UPDATE", b"SELECT v FROM storm WHERE id = 3 FOR KEY SHARE"),
    *(b"COPY storm FROM STDIN", b"COPY storm TO STDOUT", b"EXPLAIN ANALYZE VERBOSE TABLE storm"),
    *(b"SELECT nothing", b"TRUNCATE storm", b"SET search_path = public", b"SHOW search_path"),
    *(b"CREATE TABLE IF NOT EXISTS squall (id int)", b"DROP TABLE IF EXISTS squall", b"\xff\xfe"),
    b"SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) n",
)


@pytest.fixture(scope="module")
def endpoint(unruly: LocalServer) -> Iterator[Endpoint]:
    place = endpoint_of(unruly.info, "todos-dev")
    with connect(unruly.info, place) as session:
        session.execute("CREATE TABLE storm (id int PRIMARY KEY, v int)")
        session.execute("INSERT INTO storm SELECT n, 0 FROM generate_series(1, 5) n")
        yield place


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def random_message(chance: random.Random) -> bytes:
    """Return a message that is well formed, and may make no sense where it comes."""
    name, sql = chance.choice(NAMES), chance.choice(STATEMENTS)
    bound = chance.choice([bytes(6), b"\0\0\0\1\0\0\0\0017\0\0", b"\0\1\0\1\0\1\0\0\0\0"])
    return chance.choice(
        [
            message(b"Q", sql + b"\0"),
            message(b"P", name + b"\0" + sql + b"\0\0\0"),
            message(b"B", name + b"\0" + chance.choice(NAMES) + b"\0" + bound),
            message(b"D", chance.choice([b"S", b"P"]) + name + b"\0"),
            message(b"E", name + b"\0" + struct.pack("!i", chance.choice([0, 0, 1, 2]))),
            message(b"C", chance.choice([b"S", b"P"]) + name + b"\0"),
            message(b"H"),
            message(b"S"),
            message(b"d", b"7\t7\n"),
            message(chance.choice([b"c", b"f"]), b""),
        ]
    )


def storm(info: ServerInfo, endpoint: Endpoint, token: str, seed: int) -> None:
    """Open sessions one after another, send random messages, and wait for each session to end."""
    chance = random.Random(seed)
    startup = struct.pack("!i", 196_608) + b"user\0admin\0database\0postgres\0\0"
    opening = struct.pack("!i", len(startup) + 4) + startup + message(b"p", token.encode() + b"\0")
    for _ in range(SESSIONS):
        said = b"".join(random_message(chance) for _ in range(chance.randrange(2, 16)))
        leaves = chance.random() < 0.3
        if leaves:  # a byte of it is another one: the server may wait for more than there is
            at = chance.randrange(len(said))
            said = said[:at] + chance.randbytes(1) + said[at + 1 :]
        # COPY may be what is heard last: what ends that, and then the batch, and the session.
        farewell = message(b"c") + message(b"S") + message(b"S") + message(b"X")
        connection = encrypted_to(info, endpoint, PATIENCE_S)
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(opening + said + (b"" if leaves else farewell))
            if leaves:
                connection.recv(65_536)  # it is in, and goes without a word
                continue
            while connection.recv(65_536):
                pass


def descendants(pid: int) -> set[int]:
    """Return the processes below a process."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below - {pid}


def held(info: ServerInfo) -> tuple[int, int]:
    """Return how many files a server has open, and how many processes there are below it."""
    return len(list(Path(f"/proc/{info.pid}/fd").iterdir())), len(descendants(info.pid))


@pytest.mark.skipif(sys.platform != "linux", reason="counts files and processes in /proc")
def test_a_storm_of_messages_passes_and_leaves_nothing(
    unruly: LocalServer, endpoint: Endpoint
) -> None:
    token = token_for(unruly.info, endpoint)
    before = held(unruly.info)
    with ThreadPoolExecutor(CROWD) as crowd:
        for done in [
            crowd.submit(storm, unruly.info, endpoint, token, seed) for seed in range(CROWD)
        ]:
            done.result(timeout=60)
    deadline = time.monotonic() + PATIENCE_S
    while any(now > then + 1 for now, then in zip(held(unruly.info), before, strict=True)):
        assert time.monotonic() < deadline, (
            f"{before} files and processes are now {held(unruly.info)}"
        )
        time.sleep(0.05)
    with connect(unruly.info, endpoint) as session:
        session.execute("UPDATE storm SET v = 0")  # nobody's lock is in the way
    assert "Traceback" not in (unruly.info.data_dir / "server.log").read_text()


def test_a_storm_of_signed_requests_is_answered(unruly: LocalServer, endpoint: Endpoint) -> None:
    chance = random.Random(3)
    credentials = boto_session(unruly.info).get_credentials()
    address = urlsplit(unruly.info.api_url)
    identifier = endpoint.host.partition(".")[0]
    own = f"/cluster/{identifier}"
    paths = ["/", "/cluster", own, f"{own}/policy", f"/stream/{identifier}", "/tags/%00"]
    paths += ["/cluster?max-results=-1", "/cluster?next-token=%ff", "/%2e%2e/x"]
    bodies = [b"", b"{}", b"[", b'{"tags": {"Name": 1}}', b'{"policy": "{"}', b"Action=AssumeRole"]
    bodies += [b'{"multiRegionProperties": {"clusters": [7]}}', b'{"clientToken": "\\u0000"}']
    for _ in range(REQUESTS):
        service = chance.choice(["dsql", "sts", "monitoring", "tagging", "kinesis"])
        method = chance.choice(["GET", "PUT", "HEAD", "OPTIONS", "POST", "POST"])
        path, body = chance.choice(paths), chance.choice([*bodies, chance.randbytes(40)])
        request = AWSRequest(method=method, url=unruly.info.api_url + path, data=body)
        SigV4Auth(credentials, service, "us-east-1").add_auth(request)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(request.headers))
            answer = connection.getresponse()
            assert answer.status < 500 or answer.status == 501, (service, method, path, body)
            answer.read()
    assert "Traceback" not in (unruly.info.data_dir / "server.log").read_text()


def test_bytes_that_are_no_request_are_answered_or_cut(unruly: LocalServer) -> None:
    chance = random.Random(4)
    address = urlsplit(unruly.info.api_url)
    heads = (
        b"GET / HTTP/1.1\r\n",
        b"POST /cluster HTTP/9.9\r\n",
        b"\0\0",
        b"GET\r\n",
        b"\x16\x03\x01",
    )
    lines = (b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n", b"Host\r\n", b":\r\n")
    for _ in range(REQUESTS):
        said = chance.choice(heads) + b"".join(chance.sample(lines, chance.randrange(4)))
        said += chance.choice([b"\r\n", chance.randbytes(20), b"Content-Length: 3\r\n\r\nab"])
        connection = socket.create_connection((address.hostname, address.port), PATIENCE_S)
        with connection, contextlib.suppress(ConnectionError):
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass
    assert json.loads(http_get(unruly.info.api_url))["message"]


def http_get(url: str) -> bytes:
    address = urlsplit(url)
    with contextlib.closing(
        http.client.HTTPConnection(address.hostname or "", address.port)
    ) as one:
        one.request("GET", "/")
        return one.getresponse().read()
