"""What DSQL refuses is refused however it is spelled and whatever it is hidden in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of, refused


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        connection.execute("CREATE SCHEMA spellings")
        connection.execute("SET search_path = spellings")
        connection.execute("CREATE TABLE t (id int PRIMARY KEY)")
        connection.execute("CREATE FUNCTION is_set(int) RETURNS bool LANGUAGE sql RETURN $1 > 0")
        yield connection
        connection.execute("DROP SCHEMA spellings CASCADE")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_backend_pid()",
        'SELECT pg_catalog . "pg_backend_pid" /* hidden */ ()',
        r'SELECT U&"pg_backend\005fpid"()',
        "CREATE VIEW v AS SELECT pg_backend_pid()",
        "CREATE TABLE d (a int DEFAULT pg_backend_pid())",
        r"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS E'SELECT pg_backend\x5fpid()'",
        "SELECT ts_stat('SELECT to_tsvector(''simple'', pg_backend_pid()::text)')",
        "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, pg_backend_pid()::text::tsquery')",
    ],
)
def test_a_blocked_function_cannot_be_called(session: Connection, statement: str) -> None:
    assert refused(session, statement) == "0A000 function pg_backend_pid not supported"


@pytest.mark.parametrize(
    ("call", "name"),
    [
        ("pg_try_advisory_xact_lock(1)", "pg_try_advisory_xact_lock"),
        ("pg_total_relation_size('t')", "pg_total_relation_size"),
        ("pg_terminate_backend(1)", "pg_terminate_backend"),
        ("pg_stat_get_activity(NULL)", "pg_stat_get_activity"),
        ("pg_read_file('/etc/passwd')", "pg_read_file"),
        ("lo_from_bytea(0, 'x')", "lo_from_bytea"),
    ],
)
def test_whatever_a_query_hides_it_in(session: Connection, call: str, name: str) -> None:
    said = f"0A000 function {name} not supported"
    assert refused(session, f"SELECT {call}") == said
    hidden = f"SELECT to_tsvector('simple', ({call})::text)"
    assert refused(session, f"SELECT ts_stat($x${hidden}$x$)") == said


@pytest.mark.parametrize("name", ["pg_stat_activity", "pg_locks", "pg_statio_user_tables"])
def test_views_that_show_other_sessions_are_missing(session: Connection, name: str) -> None:
    said = f'42P01 relation "{name}" does not exist'
    assert refused(session, f"SELECT * FROM {name}") == said
    escaped = "".join(f"\\{ord(letter):04x}" for letter in name)
    assert refused(session, f'SELECT * FROM pg_catalog.U&"{escaped}"') == said
    assert session.execute(f"SELECT 1 AS {name}".encode()).fetchone() == (1,)


@pytest.mark.parametrize("language", ["plpgsql", '"plpgsql"', r'U&"plpg\0073ql"', "E'plpgsql'"])
def test_functions_are_in_sql_alone(session: Connection, language: str) -> None:
    function = f"CREATE FUNCTION f() RETURNS int LANGUAGE {language} AS 'BEGIN RETURN 1; END'"
    said = "0A000 CREATE FUNCTION with language plpgsql not supported"
    assert refused(session, function) == said


def test_no_encoding_hides_the_end_of_a_string(session: Connection) -> None:
    said = '0A000 invalid value for parameter "client_encoding": "SJIS"'
    assert refused(session, "SET client_encoding = 'SJIS'") == said
    assert refused(session, "SET NAMES 'BIG5'").startswith("0A000 ")
    assert refused(session, "SELECT set_config('client_encoding', 'GBK', false)")[:6] == "0A000 "


def test_a_client_of_another_encoding_is_understood(session: Connection) -> None:
    session.execute("SET client_encoding = 'LATIN1'")
    for statement in (
        'CREATE TABLE "t\N{LATIN SMALL LETTER A WITH DIAERESIS}" (a int)',
        'CREATE INDEX ASYNC "i\N{LATIN SMALL LETTER A WITH DIAERESIS}" ON'
        ' "t\N{LATIN SMALL LETTER A WITH DIAERESIS}" (a)',
    ):
        session.execute(statement.encode("latin-1"))
    session.execute("SET client_encoding = 'UTF8'")
    made = (
        "SELECT relname FROM pg_class WHERE relname LIKE '_\N{LATIN SMALL LETTER A WITH DIAERESIS}'"
    )
    assert session.execute(f"{made} ORDER BY 1".encode()).fetchall() == [
        ("i\N{LATIN SMALL LETTER A WITH DIAERESIS}",),
        ("t\N{LATIN SMALL LETTER A WITH DIAERESIS}",),
    ]


def test_what_the_gateway_runs_for_a_client_no_client_runs(session: Connection) -> None:
    create = "pg_catalog.pg_dsql_create_index('CREATE TABLE x (a int)', '', false)"
    hidden = f"SELECT to_tsvector('simple', (SELECT max(job_id) FROM {create}))"
    assert refused(session, f"SELECT ts_stat($x${hidden}$x$)") == "42501 permission denied"
    assert session.execute("SELECT to_regclass('x')").fetchone() == (None,)


def test_a_check_is_validated_with_its_owners_rights(session: Connection) -> None:
    session.execute("INSERT INTO t VALUES (1)")
    session.execute(
        "CREATE FUNCTION reads(int) RETURNS bool LANGUAGE sql"
        " AS 'SELECT count(*) > 0 FROM pg_catalog.pg_authid'"
    )
    session.execute("ALTER TABLE t ADD CONSTRAINT read CHECK (reads(id)) NOT VALID")
    job = session.execute("ALTER TABLE ASYNC t VALIDATE CONSTRAINT read").fetchone() or ("",)
    session.execute("CALL sys.wait_for_job(%s)", job)
    found = session.execute("SELECT status, details FROM sys.jobs WHERE job_id = %s", job)
    assert found.fetchone() == ("failed", "permission denied for table pg_authid")


def test_no_expression_of_a_client_runs_with_the_owners_rights(session: Connection) -> None:
    session.execute("CREATE TABLE trapped (id int PRIMARY KEY, v text)")
    session.execute(
        "CREATE FUNCTION trap(text) RETURNS int IMMUTABLE LANGUAGE sql"
        " AS $x$SELECT CASE current_user WHEN 'admin' THEN 1 ELSE ('caught ' || $1)::int END$x$"
    )
    job = session.execute(
        "CREATE INDEX ASYNC ON trapped (trap(v)) WHERE trap(v) > 0"
    ).fetchone() or ("",)
    session.execute(
        "INSERT INTO trapped SELECT n, repeat(md5(n::text), 90) FROM generate_series(1, 3000) n"
    )
    session.execute("UPDATE trapped SET v = left(v, 10)")
    session.execute("CALL sys.wait_for_job(%s)", job)
    found = session.execute("SELECT status, details FROM sys.jobs WHERE job_id = %s", job)
    assert found.fetchone() == ("completed", "")
