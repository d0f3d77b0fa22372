"""What AWS's own tools and later logs of real clusters say of statements, over the wire."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.recorded import SuiteFact, suite_facts
from tests.support.local_dsql import Connection, connect, endpoint_of

STAGE = (
    "CREATE SCHEMA stage",
    "SET search_path = stage",
    "CREATE TABLE a (id int PRIMARY KEY, b int, v int)",
    "CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY)",
    "CREATE TABLE long (v varchar)",
    "CREATE SEQUENCE counter CACHE 1",
    "CREATE ROLE app WITH LOGIN",
)


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        yield connection


@pytest.fixture
def stage(session: Connection) -> Iterator[Connection]:
    for statement in STAGE:
        session.execute(statement.encode())
    yield session
    session.execute("DROP SCHEMA stage CASCADE")
    session.execute("DROP ROLE app")


@pytest.mark.parametrize("fact", suite_facts(), ids=str)
def test_a_statement_is_answered_as_the_service_does(stage: Connection, fact: SuiteFact) -> None:
    notices: list[str | None] = []
    stage.add_notice_handler(lambda notice: notices.append(notice.message_primary))
    try:
        said = ("", str(stage.execute(fact.statement.encode()).statusmessage))
    except psycopg.Error as error:
        said = (error.sqlstate or "", str(error.diag.message_primary))
    assert said == (fact.sqlstate, fact.answer)
    if fact.notice:
        assert fact.notice in notices


def test_the_access_methods_are_the_service_s(session: Connection) -> None:
    methods = "brin btree btree_index btree_table gin gist hash heap spgist"
    rows = session.execute("SELECT amname FROM pg_am ORDER BY 1").fetchall()
    assert [name for (name,) in rows] == methods.split()
    used = (
        "SELECT DISTINCT amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relkind = 'i'"
    )
    assert session.execute(used.encode()).fetchall() == [("btree_index",)]


@pytest.mark.parametrize(
    "asked",
    [
        "SHOW max_connections",
        "SELECT current_setting('max_connections')",
        "SELECT setting FROM pg_settings WHERE name = 'max_connections'",
    ],
)
def test_a_refused_session_gets_the_limit_in_the_error(session: Connection, asked: str) -> None:
    assert session.execute(asked.encode()).fetchone() == ("20",)


OWNERS = {
    "pg_namespace": "nspowner",
    "pg_class": "relowner",
    "pg_proc": "proowner",
    "pg_type": "typowner",
    "pg_database": "datdba",
    "pg_auth_members": "grantor",
}


@pytest.mark.parametrize("catalog", OWNERS)
def test_each_owner_that_is_shown_is_in_the_list_of_roles(stage: Connection, catalog: str) -> None:
    missing = f"SELECT DISTINCT {OWNERS[catalog]} FROM {catalog} EXCEPT SELECT oid FROM pg_roles"
    assert stage.execute(missing.encode()).fetchall() == []


def test_a_granted_role_is_one_row_of_the_members(stage: Connection) -> None:
    stage.execute("CREATE ROLE granted")
    stage.execute("GRANT granted TO app")
    rows = stage.execute(
        "SELECT roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members"
        " WHERE roleid IN ('granted'::regrole, 'app'::regrole) ORDER BY 1, 2"
    ).fetchall()
    stage.execute("DROP ROLE granted")
    assert rows == [("app", "admin", True), ("granted", "admin", True), ("granted", "app", False)]


def test_the_owner_of_postgresql_s_objects_is_nobody_s_to_have(stage: Connection) -> None:
    arn = "arn:aws:iam::123456789012:role/app"
    for statement, said in (
        (f"AWS IAM GRANT postgres TO '{arn}'", "Role postgres not supported"),
        ("GRANT postgres TO app", "permission denied to grant role"),
        ("ALTER ROLE postgres SET search_path = stage", "permission denied to alter role"),
    ):
        with pytest.raises(psycopg.Error, match=said):
            stage.execute(statement.encode())


def test_at_ten_schemas_one_that_exists_is_refused_as_well(stage: Connection) -> None:
    made = []
    counted = "SELECT count(*) FROM pg_namespace WHERE nspname !~ '^(pg_|public$|sys$|information)'"
    ((present,),) = stage.execute(counted.encode()).fetchall()
    for number in range(10 - present):
        made.append(f"full_{number}")
        stage.execute(f"CREATE SCHEMA {made[-1]}".encode())
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="more than 10 schemas not all"):
        stage.execute("CREATE SCHEMA IF NOT EXISTS stage")
    for name in made:
        stage.execute(f"DROP SCHEMA {name}".encode())
    stage.execute("CREATE SCHEMA IF NOT EXISTS stage")


def test_settings_of_a_role_apply_to_its_next_session(
    local_dsql: ServerInfo, stage: Connection
) -> None:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    for setting in ("search_path = stage, public", "disable_sync_create_index = off"):
        stage.execute(f"ALTER ROLE admin SET {setting}".encode())
    try:
        with connect(local_dsql, endpoint) as later:
            assert later.execute("SHOW search_path").fetchone() == ("stage, public",)
            assert later.execute("SHOW disable_sync_create_index").fetchone() == ("off",)
            later.execute("CREATE INDEX now ON a (v)")
    finally:
        stage.execute("ALTER ROLE admin RESET ALL")
    with connect(local_dsql, endpoint) as later:
        assert later.execute("SHOW search_path").fetchone() == ('"$user", public',)
