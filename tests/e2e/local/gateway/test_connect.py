"""Connecting to the local DSQL: what opens a session, and the errors for everything else."""

from __future__ import annotations

import re
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from tests.support.local_dsql import Connection, connect, endpoint_of, token_for


@pytest.fixture(scope="module")
def shop(local_dsql: ServerInfo) -> Endpoint:
    return endpoint_of(local_dsql, "shop")


@pytest.fixture
def admin(local_dsql: ServerInfo, shop: Endpoint) -> Iterator[Connection]:
    with connect(local_dsql, shop) as connection:
        yield connection


def refusal(local_dsql: ServerInfo, endpoint: Endpoint, **changes: object) -> str:
    with pytest.raises(psycopg.OperationalError) as caught:
        connect(local_dsql, endpoint, **changes)
    return str(caught.value)


def test_an_admin_token_opens_a_session_that_reports_dsqls_version(admin: Connection) -> None:
    assert admin.info.server_version == 160015
    assert admin.execute("SELECT version()").fetchone() == ("PostgreSQL 16",)
    assert admin.execute("SELECT sys.dsql_major_version()").fetchone() == (1,)
    assert admin.execute("SELECT current_user, current_database()").fetchone() == (
        "admin",
        "postgres",
    )


def test_both_regions_of_the_shop_show_one_database(local_dsql: ServerInfo, shop: Endpoint) -> None:
    peer = endpoint_of(local_dsql, "shop", region="us-east-2")
    assert peer.host != shop.host
    with connect(local_dsql, shop) as here, connect(local_dsql, peer) as there:
        here.execute("UPDATE products SET price = 1.25 WHERE id = 1")
        assert str(there.execute("SELECT price FROM products WHERE id = 1").fetchone()[0]) == "1.25"  # type: ignore[index]


def test_a_mapped_role_connects_and_is_held_to_its_grants(local_dsql: ServerInfo) -> None:
    with connect(local_dsql, endpoint_of(local_dsql, "shop", role="app_ro")) as reader:
        assert reader.execute("SELECT count(*) > 0 FROM orders").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
            reader.execute("DELETE FROM orders")


def test_an_unencrypted_connection_is_refused(local_dsql: ServerInfo, shop: Endpoint) -> None:
    answer = refusal(local_dsql, shop, sslmode="disable")
    said = "unable to accept connection, SSL is mandatory. AWS Authentication is required."
    assert said in answer
    assert re.search(r"Session Id: [a-z2-7]{26}$", answer, re.MULTILINE)


@pytest.mark.parametrize("version", ["3.0", "3.2", "latest"])
def test_a_newer_protocol_is_negotiated_down(
    local_dsql: ServerInfo, shop: Endpoint, version: str
) -> None:
    """libpq 18 and newer can ask for 3.2, and read what the server has in its place."""
    if psycopg.pq.version() < 180000:
        pytest.skip("this libpq asks for 3.0 only")
    with connect(local_dsql, shop, max_protocol_version=version) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_direct_tls_is_accepted(local_dsql: ServerInfo, shop: Endpoint) -> None:
    with connect(local_dsql, shop, sslnegotiation="direct") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_direct_tls_without_alpn_is_closed(local_dsql: ServerInfo, shop: Endpoint) -> None:
    context = ssl.create_default_context(cafile=local_dsql.root_certificate)
    with (
        socket.create_connection(("127.0.0.1", local_dsql.gateway_port), 5) as plain,
        context.wrap_socket(plain, server_hostname=shop.host) as encrypted,
    ):
        assert encrypted.recv(1) == b""


def test_without_a_server_name_the_cluster_id_option_chooses(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    token = token_for(local_dsql, shop)
    changes = {"host": "127.0.0.1", "sslmode": "verify-ca", "password": token}
    assert "sni was not received" in refusal(local_dsql, shop, **changes)
    identifier = shop.host.partition(".")[0]
    with connect(
        local_dsql, shop, **changes, options=f"-c amzn-cluster-id={identifier}"
    ) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_host_name_may_be_written_in_any_case(local_dsql: ServerInfo, shop: Endpoint) -> None:
    token = token_for(local_dsql, shop)
    with connect(local_dsql, shop, host=shop.host.upper(), password=token) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_wrong_action_for_the_user_is_named_in_the_hint(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    reader = endpoint_of(local_dsql, "shop", role="app_ro")
    answer = refusal(local_dsql, reader, password=token_for(local_dsql, shop))
    assert "unable to accept connection, access denied" in answer
    assert "Wrong user to action mapping. user: app_ro, action: DbConnectAdmin" in answer
    answer = refusal(local_dsql, shop, password=token_for(local_dsql, reader))
    assert "Wrong user to action mapping. user: admin, action: DbConnect" in answer


def test_an_unmapped_identity_may_not_become_a_role(local_dsql: ServerInfo) -> None:
    writer = endpoint_of(local_dsql, "shop", role="app_rw")
    reader = endpoint_of(local_dsql, "shop", role="app_ro")
    answer = refusal(local_dsql, writer, password=token_for(local_dsql, reader))
    assert "access denied" in answer
    assert "is not authorized to access this resource" in answer


def test_a_tampered_token_is_refused(local_dsql: ServerInfo, shop: Endpoint) -> None:
    token = token_for(local_dsql, shop)
    flipped = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert "access denied" in refusal(local_dsql, shop, password=flipped)


def test_a_token_for_another_cluster_is_refused(local_dsql: ServerInfo, shop: Endpoint) -> None:
    todos = endpoint_of(local_dsql, "todos-dev")
    assert "access denied" in refusal(local_dsql, shop, password=token_for(local_dsql, todos))


def test_only_the_postgres_database_exists(local_dsql: ServerInfo, shop: Endpoint) -> None:
    assert 'database "orders" does not exist' in refusal(local_dsql, shop, dbname="orders")


@pytest.mark.parametrize("setting", ["statement_timeout", "client_min_messages", "row_security"])
def test_a_setting_dsql_does_not_have_refuses_the_connection(
    local_dsql: ServerInfo, shop: Endpoint, setting: str
) -> None:
    answer = refusal(local_dsql, shop, options=f"-c {setting}=0")
    assert f'setting configuration parameter "{setting}" not supported' in answer


def test_iam_grants_decide_who_may_become_a_role(local_dsql: ServerInfo, shop: Endpoint) -> None:
    arn = "arn:aws:iam::000000000000:role/app-ro"
    with connect(local_dsql, shop) as admin:
        admin.execute("CREATE ROLE auditor WITH LOGIN")
        auditor = endpoint_of(local_dsql, "shop", role="auditor")
        reader_token = token_for(local_dsql, endpoint_of(local_dsql, "shop", role="app_ro"))
        assert "access denied" in refusal(local_dsql, auditor, password=reader_token)
        granted = admin.execute(f"AWS IAM GRANT auditor TO '{arn}'")
        assert granted.statusmessage == "AWS IAM GRANT"
        with connect(local_dsql, auditor, password=reader_token) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("auditor",)
        admin.execute(f"AWS IAM REVOKE auditor FROM '{arn}'")
        assert "access denied" in refusal(local_dsql, auditor, password=reader_token)
        admin.execute("DROP ROLE auditor")


def test_an_async_index_answers_its_job(admin: Connection) -> None:
    answer = admin.execute("CREATE INDEX ASYNC ON orders (note)")
    assert answer.statusmessage == "CREATE INDEX"
    assert answer.description is not None
    assert answer.description[0].name == "job_id"
    (job_id,) = answer.fetchone() or ("",)
    assert len(job_id) == 26
    assert admin.execute(f"CALL sys.wait_for_job('{job_id}')").fetchone() == (True,)


def test_a_running_statement_can_be_cancelled(admin: Connection) -> None:
    from threading import Timer

    timer = Timer(0.2, admin.cancel)
    timer.start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        admin.execute("SELECT pg_sleep(20)")
    timer.join()
    assert admin.execute("SELECT 1").fetchone() == (1,)


def test_copy_goes_both_ways(admin: Connection) -> None:
    admin.execute("CREATE TABLE copied (id int PRIMARY KEY, word text)")
    with admin.cursor() as cursor:
        with cursor.copy("COPY copied FROM STDIN") as copy:
            for number in range(100):
                copy.write_row((number, f"word {number}"))
        with cursor.copy("COPY copied TO STDOUT") as copy:
            assert len(list(copy.rows())) == 100


def test_a_pipeline_is_answered_in_order(admin: Connection) -> None:
    with admin.pipeline():
        cursors = [admin.execute("SELECT %s::int", (number,)) for number in range(50)]
        assert [cursor.fetchone() for cursor in cursors] == [(number,) for number in range(50)]


def test_a_client_that_vanishes_in_a_query_frees_its_connection(
    local_dsql: ServerInfo, shop: Endpoint
) -> None:
    leaver = connect(local_dsql, shop)
    leaver.pgconn.send_query(b"SELECT pg_sleep(600)")
    leaver.close()
    with connect(local_dsql, shop) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack("!ii", 8, 80877103) + b"not TLS at all",
        struct.pack("!ii", 2_000_000_000, 196608),
        struct.pack("!iiii", 16, 80877102, 1, 2),
        b"\x16\x03\x01\xff\xff" + bytes(100),
    ],
)
def test_bytes_that_are_not_the_protocol_end_in_a_closed_connection(
    local_dsql: ServerInfo, packet: bytes
) -> None:
    address = ("127.0.0.1", local_dsql.gateway_port)
    with socket.create_connection(address, 5) as connection, suppress(ConnectionResetError):
        connection.sendall(packet)
        with suppress(OSError):  # the server may have closed it already
            connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
