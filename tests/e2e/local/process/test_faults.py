"""What can be made to happen at a running local DSQL, and its command line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import psycopg
import pytest

from dsql_tui.errors import LocalError
from dsql_tui.local.process import server
from dsql_tui.local.process.server import LocalServer
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.wire import Message, ServerMessage, Splitter
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import (
    PROTOCOLS,
    answer,
    connect,
    encrypted_to,
    endpoint_of,
    token_for,
)
from tests.support.misbehaving import NORMAL
from tests.support.program import program


@pytest.fixture
def running(unruly: LocalServer) -> Iterator[LocalServer]:
    """Yield a server whose initial conditions are restored after the test."""
    yield unruly
    unruly.ask("set", conditions=NORMAL)


def change(running: LocalServer, **conditions: str) -> None:
    wanted = {name.replace("_", "-"): value for name, value in conditions.items()}
    running.ask("set", conditions=wanted)


def test_keys_can_be_limited_to_what_is_documented(running: LocalServer) -> None:
    endpoint = endpoint_of(running.info, "todos-dev")
    with connect(running.info, endpoint) as before:
        before.execute("CREATE TABLE keyed (id text PRIMARY KEY)")
        change(running, key_bytes="1024")
        before.execute("INSERT INTO keyed VALUES (repeat('x', 1981))")
    with connect(running.info, endpoint) as session:
        session.execute("INSERT INTO keyed VALUES (repeat('x', 1024))")
        with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="key size too large"):
            session.execute("INSERT INTO keyed VALUES (repeat('x', 1025))")


def test_what_reports_differ_on_can_be_refused(running: LocalServer) -> None:
    with connect(running.info, endpoint_of(running.info, "todos-dev")) as session:
        session.execute("BEGIN; SET LOCAL ROLE admin; COMMIT")
        change(running, disputed="refused")
        with pytest.raises(psycopg.errors.FeatureNotSupported, match='"role" not supported'):
            session.execute("BEGIN; SET LOCAL ROLE admin; COMMIT")


def test_the_other_report_of_a_refusal_can_be_chosen(running: LocalServer) -> None:
    with connect(running.info, endpoint_of(running.info, "todos-dev")) as session:
        system = "0A000 feature not supported on system entity"
        assert answer(session, "DROP SCHEMA public") == system
        change(running, disputed="refused")
        assert answer(session, "DROP SCHEMA public") == "42501 must be owner of schema public"
        assert answer(session, "DROP SCHEMA sys") == system


@pytest.mark.parametrize("choice", ["enforced", "ignored"])
def test_whether_a_failed_unique_index_enforces_can_be_chosen(
    running: LocalServer, choice: str
) -> None:
    change(running, failed_unique=choice, job_time="0s")
    with connect(running.info, endpoint_of(running.info, "todos-dev")) as session:
        session.execute("CREATE TABLE doubled (id int PRIMARY KEY, v int)")
        session.execute("INSERT INTO doubled VALUES (1, 1), (2, 1)")
        submitted = session.execute("CREATE UNIQUE INDEX ASYNC once ON doubled (v)").fetchone()
        assert session.execute("CALL sys.wait_for_job(%s)", submitted).fetchone() == (False,)
        valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'once'::regclass"
        assert session.execute(valid.encode()).fetchone() == (False,)
        said = answer(session, "INSERT INTO doubled VALUES (3, 1)")
        assert said.startswith("23505" if choice == "enforced" else "INSERT 0 1")
        assert answer(session, "SELECT count(*) FROM doubled WHERE v = 2") == "SELECT 1 [(0,)]"
        session.execute("DROP INDEX once")
        assert answer(session, "INSERT INTO doubled VALUES (4, 1)").startswith("INSERT 0 1")
        session.execute("DROP TABLE doubled")


def test_cancels_can_be_ignored(running: LocalServer) -> None:
    change(running, cancels="ignored")
    with connect(running.info, endpoint_of(running.info, "shop")) as session:
        timer = Timer(0.2, session.cancel_safe)
        timer.start()
        assert answer(session, "SELECT pg_sleep(1)") == "SELECT 1 [('',)]"
        timer.join()


@pytest.mark.parametrize("sqlstate", ["08006", "08P01"])
def test_the_sqlstate_of_an_unknown_role_can_be_chosen(running: LocalServer, sqlstate: str) -> None:
    change(running, unknown_role=sqlstate)
    reader = endpoint_of(running.info, "shop", role="app_ro")
    assert refused_as(running, reader, "nobody") == sqlstate
    assert refused_as(running, reader, "app_rw") == "08006"


def refused_as(running: LocalServer, endpoint: Endpoint, role: str) -> str:
    """Return the SQLSTATE of a connect as `role` with the token of another one."""
    token = Message(b"p", wire.zstring(token_for(running.info, endpoint))).encode()
    with encrypted_to(running.info, endpoint, 10.0) as connection:
        connection.sendall(wire.startup({"user": role, "database": "postgres"}) + token)
        heard = b"".join(iter(lambda: connection.recv(65_536), b""))
    messages = (one for one in Splitter().feed(heard) if isinstance(one, Message))
    (error,) = (one for one in messages if one.type == b"E")
    return ServerMessage.parse(error.body).sqlstate


def test_conflicts_and_refusals_come_to_order(running: LocalServer) -> None:
    shop = endpoint_of(running.info, "shop")
    with connect(running.info, shop) as session:
        change(running, commit_conflicts="100%")
        with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
            session.execute("UPDATE products SET price = price WHERE id = 1")
        assert session.execute("SELECT 1").fetchone() == (1,)
    change(running, refuse_connects="100%")
    with pytest.raises(psycopg.OperationalError, match="please retry later"):
        connect(running.info, shop)


def test_a_session_ends_when_its_time_is_up_but_not_inside_of_a_transaction(
    running: LocalServer,
) -> None:
    change(running, session_limit="300ms")
    shop = endpoint_of(running.info, "shop")
    with connect(running.info, shop) as session:
        session.execute("BEGIN")
        session.execute("SELECT pg_sleep(0.4)")
        assert session.execute("COMMIT").statusmessage == "COMMIT"
        with pytest.raises(psycopg.OperationalError, match="connection has been closed"):
            session.execute("SELECT 1")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_transaction_ends_when_it_is_too_old_and_so_does_a_statement(
    unruly: LocalServer, conditions: Callable[..., None], protocol: str
) -> None:
    conditions(transaction_limit="150ms")
    how = PROTOCOLS[protocol]
    told = "54000 transaction age limit of 0.15s exceeded"
    shop = endpoint_of(unruly.info, "shop")
    endless = "UPDATE products SET price = 0 WHERE pg_sleep(30) IS NULL"
    with connect(unruly.info, shop) as session, connect(unruly.info, shop) as clock:

        def grow_old() -> None:
            assert answer(clock, "SELECT pg_sleep(30)", how) == told

        session.execute("BEGIN")
        assert answer(session, endless, how) == told
        assert answer(session, "COMMIT", how).startswith("ROLLBACK")
        session.execute("BEGIN")
        grow_old()
        with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="age limit") as caught:
            session.execute("SELECT 1")
        assert caught.value.diag.message_detail == "Current transaction age 0s exceeds 0.15s"
        session.execute("ROLLBACK")
        session.execute("BEGIN")
        session.execute("UPDATE products SET price = price WHERE id = 1")
        grow_old()
        assert answer(session, "COMMIT", how) == told
        assert answer(session, "SELECT 1", how).startswith("SELECT 1")


def test_waking_up_is_reported_once(running: LocalServer) -> None:
    change(running, waking_up="on")
    shop = endpoint_of(running.info, "shop")
    with pytest.raises(psycopg.OperationalError, match="waking up cluster"):
        connect(running.info, shop)
    connect(running.info, shop).close()


def test_an_unknown_condition_is_refused(running: LocalServer) -> None:
    with pytest.raises(LocalError, match="no setting"):
        change(running, gravity="off")


def cli(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*program(), "local", *arguments]
    return subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_line_starts_shows_sets_and_stops(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "local"))
    assert cli("status", *data).returncode == 7
    try:
        started = cli("start", *data, "--port", "0", "--latency", "us-east-2=5ms")
        assert started.returncode == 0, started.stderr
        again = cli("start", *data, "--regions", "eu-west-1", "--port", "0", "--ephemeral")
        assert "to apply --ephemeral, --regions, stop it first" in again.stderr
        assert cli("set", *data, "--region-down", "eu-west-1").returncode == 2
        state = json.loads(cli("status", *data, "--json").stdout)
        assert {cluster["name"] for cluster in state["clusters"]} == {"todos-dev", "shop"}
        assert state["conditions"]["latency"] == "us-east-2=5ms"
        assert not [key for key in state if "secret" in key.lower()]
        assert "commit-conflicts     10%" in cli("set", *data, "--commit-conflicts", "10%").stdout
        exported = cli("env", *data).stdout
        assert f"export AWS_ENDPOINT_URL={state['apiUrl']}\n" in exported
        assert cli("token", *data, "shop").stdout.count("X-Amz-Signature=") == 1
    finally:
        assert cli("stop", *data).returncode == 0
    assert cli("reset", *data, "--yes").returncode == 0
    assert not (tmp_path / "local" / "state.json").exists()


def test_an_ephemeral_one_is_found_without_its_name(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    shell = {"XDG_DATA_HOME": str(tmp_path), "HTTP_PROXY": nowhere, "http_proxy": nowhere}
    started = cli("start", "--ephemeral", **shell)
    try:
        assert "dsql-tui-ephemeral-" in started.stdout
        exported = cli("env", **shell).stdout
        endpoint = started.stdout.splitlines()[0].split()[-1]
        assert f"export AWS_ENDPOINT_URL={endpoint}\n" in exported
        assert f"AWS_ENDPOINT_URL={endpoint}\n" in cli("env", "--plain", **shell).stdout
        assert cli("token", "shop", **shell).stdout.count("X-Amz-Signature=") == 1
    finally:
        assert cli("stop", **shell).stderr.startswith("Stopped the local DSQL in ")
    assert cli("status", **shell).returncode == 7
    assert not (tmp_path / "dsql-tui" / "local").exists()


def test_the_foreground_ends_with_its_terminal(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "local"))
    command = [*program(), "local", "start", "--foreground", "--port", "0"]
    with subprocess.Popen([*command, *data], stdout=subprocess.PIPE, text=True) as shown:
        assert shown.stdout is not None
        assert shown.stdout.readline().startswith("AWS endpoint")
        assert server.running(tmp_path / "local") is not None
        shown.terminate()
        assert shown.wait(10) == 0
    assert server.running(tmp_path / "local") is None
    with server.start(tmp_path / "local", port=0):  # the folder is free again
        pass
