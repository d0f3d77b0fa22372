"""A local DSQL with few open files refuses excess clients with DSQL's error, and keeps working.

The server of this module may open 160 files: 20 connections that have not proved who they are, 20
to the AWS endpoint, 8 to its channel, 19 sessions.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from dsql_tui.cli.local import command
from dsql_tui.local.filesystem.descriptors import Shares
from dsql_tui.local.filesystem.folders import reachable
from dsql_tui.local.process import server
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import connect, encrypted_to, endpoint_of, token_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

LIMIT = 160
SHARES = Shares.of(LIMIT)
PATIENCE_S = 10


def local_command(limit: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `dsql-tui local` under a hard limit of open files."""
    line = shlex.join([sys.executable, "-m", "dsql_tui", "local", *words])
    command = ["bash", "-c", f"ulimit -n {limit}; exec {line}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInfo]:
    folder = tmp_path_factory.mktemp("poor") / "data"
    started = local_command(LIMIT, "start", "--ephemeral", "--data", str(folder))
    assert started.returncode == 0, started.stderr
    info = server.running(folder)
    assert info is not None
    yield info
    server.stop(folder)


@pytest.fixture
def crowd() -> Iterator[Callable[[int, int], list[socket.socket]]]:
    """Yield a function that opens idle connections to a port; they stay open during the test."""
    with ExitStack() as stack:

        def gather(count: int, port: int) -> list[socket.socket]:
            return [
                stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
                for _ in range(count)
            ]

        yield gather


def open_files(info: ServerInfo) -> int:
    return len(list(Path(f"/proc/{info.pid}/fd").iterdir()))


def status(info: ServerInfo, *options: str) -> Result:
    return CliRunner().invoke(command, ["status", "--data", str(info.data_dir), *options])


def api_port(info: ServerInfo) -> int:
    return int(info.api_url.rpartition(":")[2])


def sessions_until_refused(info: ServerInfo, stack: ExitStack) -> tuple[int, str]:
    """Open sessions on two clusters in turn; return how many there were and the refusal."""
    endpoints = [endpoint_of(info, name) for name in ("shop", "todos-dev")]
    tokens = [token_for(info, endpoint) for endpoint in endpoints]
    for number in range(LIMIT):
        which = number % 2
        try:
            session = connect(info, endpoints[which], password=tokens[which])
        except psycopg.OperationalError as error:
            return number, str(error)
        stack.enter_context(session)
    raise AssertionError("nobody was refused")


def test_idle_connections_to_every_port_block_no_client(
    poor: ServerInfo, crowd: Callable[[int, int], list[socket.socket]]
) -> None:
    for port in (poor.gateway_port, api_port(poor), poor.channel_port):
        crowd(2 * LIMIT, port)
    with connect(poor, endpoint_of(poor, "shop")) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
        assert open_files(poor) <= LIMIT
        shown = status(poor)
        assert shown.exit_code == 0, shown.output
    assert "does not answer" not in shown.output


def test_refused_clients_that_stay_connected_block_no_client(
    poor: ServerInfo, crowd: Callable[[int, int], list[socket.socket]]
) -> None:
    shop = endpoint_of(poor, "shop")
    plain = (8).to_bytes(4) + (196608).to_bytes(4)
    for one in crowd(SHARES.unauthenticated, poor.gateway_port):
        one.sendall(plain)
    with ExitStack() as stack:
        for _ in range(2 * SHARES.unauthenticated):
            half_open = stack.enter_context(encrypted_to(poor, shop, PATIENCE_S))
            half_open.sendall(bytes(4))  # no start-up packet has this length
        with connect(poor, shop) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
            assert open_files(poor) <= LIMIT


def test_sessions_are_refused_in_dsqls_words_before_the_files_run_out(poor: ServerInfo) -> None:
    for _ in range(2):
        with ExitStack() as stack:
            count, refusal = sessions_until_refused(poor, stack)
            assert count == SHARES.sessions
            assert "Unable to accept connection, too many open connections." in refusal
            assert open_files(poor) <= LIMIT
            assert status(poor).exit_code == 0


def test_status_reports_each_database(poor: ServerInfo) -> None:
    def databases() -> dict[str, str]:
        shown = json.loads(status(poor, "--json").output)
        assert set(shown["answers"]) == {"awsEndpoint", "databaseEndpoints", "websockets"}
        assert all(shown["answers"].values())
        return {cluster["name"]: cluster["database"] for cluster in shown["clusters"]}

    with connect(poor, endpoint_of(poor, "shop")):
        assert databases()["shop"] == "running"


@pytest.fixture
def stopped(poor: ServerInfo) -> Iterator[Callable[[int], None]]:
    """Yield a function that stops a process; the process continues after the test."""
    with ExitStack() as stack:

        def stop(pid: int) -> None:
            os.kill(pid, signal.SIGSTOP)
            stack.callback(os.kill, pid, signal.SIGCONT)

        yield stop


def test_status_says_which_database_does_not_answer(
    poor: ServerInfo, stopped: Callable[[int], None]
) -> None:
    with connect(poor, endpoint_of(poor, "todos-dev")):
        stopped(postmaster_of(poor, "todos-dev"))
        shown = status(poor)
    assert "the database of todos-dev did not answer" in str(shown.exception)
    assert "endpoint" not in str(shown.exception)


def postmaster_of(info: ServerInfo, name: str) -> int:
    """Return the process of a cluster's PostgreSQL, which works in the data's folder."""
    state = json.loads((info.data_dir / "state.json").read_text())
    (database,) = {
        one["database_id"] for one in state["clusters"] if one["tags"].get("Name") == name
    }
    data = reachable(info.data_dir / "databases") / database
    return int((data / "postmaster.pid").read_text().splitlines()[0])


def test_status_says_that_a_server_does_not_answer(
    poor: ServerInfo, stopped: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsql_tui.local.process.channel.ANSWER_TIMEOUT_S", 0.5)
    stopped(poor.pid)
    assert "is running, but does not answer" in str(status(poor).exception)


def test_too_few_files_to_begin_with_are_one_sentence(tmp_path: Path) -> None:
    started = local_command(100, "start", "--data", str(tmp_path / "data"))
    assert "needs 128 open files, and this process may have 100" in started.stderr
    assert "ulimit -n" in started.stderr
