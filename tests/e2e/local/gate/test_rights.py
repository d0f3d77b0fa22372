"""Nobody gets more rights in the local DSQL than in the service, whatever functions they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsql_tui.local.process.server import LocalServer
from tests.support import system_namesakes
from tests.support.local_dsql import Connection, answer, connect, endpoint_of

OWNER = "postgres"
"""Who owns what is ours."""


@pytest.fixture(scope="module")
def admin(unruly: LocalServer) -> Iterator[Connection]:
    with connect(unruly.info, endpoint_of(unruly.info, "shop")) as session:
        yield session


@pytest.fixture(scope="module")
def system(unruly: LocalServer, admin: Connection) -> Iterator[Connection]:
    del admin
    with system_namesakes.system_session(unruly.info) as session:
        yield session


@pytest.fixture
def lesser(unruly: LocalServer, admin: Connection) -> Iterator[list[Connection]]:
    """Give two sessions of a role that may create in schema `s`, with a function that tells of it.

    `s.seen()` notes who runs it, and returns true.
    """
    run(admin, "CREATE SCHEMA s", "GRANT CREATE, USAGE ON SCHEMA s TO PUBLIC")
    endpoint = endpoint_of(unruly.info, "shop", role="app_ro")
    with connect(unruly.info, endpoint) as one, connect(unruly.info, endpoint) as other:
        run(
            one,
            "CREATE TABLE s.runs (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), who varchar)",
            "GRANT INSERT ON s.runs TO PUBLIC",
            "CREATE FUNCTION s.seen() RETURNS boolean LANGUAGE sql VOLATILE AS"
            " 'INSERT INTO s.runs (who) VALUES (concat(current_user, '' '', session_user));"
            " SELECT true'",
        )
        yield [one, other]
    run(admin, "DROP SCHEMA s CASCADE")


def run(session: Connection, *statements: str) -> None:
    for statement in statements:
        session.execute(statement.encode())


def who_ran(session: Connection) -> set[str]:
    """Return the current user and the session user that ran `s.seen()`."""
    return {who for (who,) in session.execute("SELECT DISTINCT who FROM s.runs")}


NAMESAKES = {
    "sys.current_session_id()": ("pg_backend_pid()", "integer", "1"),
    "sys.current_transaction_id()": ("pg_backend_pid()", "integer", "1"),
    "sys.cluster_size()": ("pg_database_size(name)", "bigint", "1"),
    "sys.uuid_to_base32_str(gen_random_uuid())": ("substr(text, integer, integer)", "text", "'a'"),
    "sys.iam_session_user()": ("current_setting(text, boolean)", "text", "'a'"),
    "pg_catalog.current_setting('server_version')": ("lower(text)", "text", "'a'"),
}


@pytest.mark.parametrize("call", NAMESAKES)
def test_a_namesake_of_what_we_call_is_not_called(lesser: list[Connection], call: str) -> None:
    session = lesser[0]
    name, result, value = NAMESAKES[call]
    run(
        session,
        f"CREATE FUNCTION s.{name} RETURNS {result} LANGUAGE sql VOLATILE AS"
        f" $$ SELECT CASE WHEN s.seen() THEN {value} END $$",
        "SET search_path = s, pg_catalog",
        f"SELECT {call}",
    )
    assert who_ran(session) == set()


def test_a_shadow_copy_of_a_doomed_transaction_does_not_replace_a_catalog(
    lesser: list[Connection],
) -> None:
    """Copies are temporary, and temporary tables come first on a path that does not name pg_temp.

    Without pg_depend nothing tells that the index calls a function of its owner's.
    """
    one, other = lesser
    run(
        one,
        "CREATE FUNCTION s.key(varchar) RETURNS varchar LANGUAGE sql IMMUTABLE AS"
        " 'SELECT CASE WHEN s.seen() THEN $1 END'",
        "CREATE TABLE s.sink (id int PRIMARY KEY, x varchar)",
        "REVOKE SELECT ON s.sink FROM app_ro",
        "CREATE TABLE s.pg_depend (classid bigint PRIMARY KEY, objid bigint, refobjid bigint,"
        " refclassid bigint)",
        "CREATE TABLE s.t (id int PRIMARY KEY)",
        "INSERT INTO s.t VALUES (1)",
    )
    (job,) = one.execute("CREATE INDEX ASYNC i ON s.sink (s.key(x))").fetchone() or ("",)
    run(one, f"CALL sys.wait_for_job('{job}')", "BEGIN", "UPDATE s.t SET id = 1")
    with one.cursor() as cursor, cursor.copy("COPY s.pg_depend (classid) FROM STDIN") as copy:
        copy.write_row((1,))
    run(other, "UPDATE s.t SET id = 2")
    run(one, "EXPLAIN ANALYZE INSERT INTO s.sink VALUES (7, 'b')")
    assert answer(one, "SELECT classid FROM pg_temp.pg_depend").startswith("SELECT 1")
    assert who_ran(one) == {"app_ro app_ro"}
    run(one, "ROLLBACK")


def test_keys_are_not_looked_up_where_planning_runs_a_function_of_an_index(
    lesser: list[Connection], system: Connection
) -> None:
    """PostgreSQL computes what is constant in an index's expression when it plans a query."""
    session = lesser[0]
    run(
        session,
        "CREATE FUNCTION s.constant(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1",
        "CREATE TABLE s.t (id int PRIMARY KEY, a int)",
    )
    queries = "SELECT count(*) FROM pg_dsql.unique_keys('s.t'::regclass)"
    assert system.execute(queries.encode()).fetchone() == (1,)
    (job,) = session.execute("CREATE INDEX ASYNC i ON s.t ((a + s.constant(1)))").fetchone() or (
        "",
    )
    run(session, f"CALL sys.wait_for_job('{job}')")
    assert system.execute(queries.encode()).fetchone() == (0,)


def test_jobs_run_as_sessions_of_the_owner(lesser: list[Connection]) -> None:
    session = lesser[0]
    run(
        session,
        "CREATE FUNCTION s.check(int) RETURNS boolean LANGUAGE sql AS"
        " 'SELECT s.seen() AND pg_catalog.set_config(''search_path'', ''s'', false) IS NOT NULL'",
        "CREATE TABLE s.t (id int PRIMARY KEY)",
        "INSERT INTO s.t VALUES (1)",
        "ALTER TABLE s.t ADD CONSTRAINT c CHECK (s.check(id)) NOT VALID",
    )
    for _ in range(2):
        sql = "ALTER TABLE ASYNC s.t VALIDATE CONSTRAINT c"
        (job,) = session.execute(sql.encode()).fetchone() or ("",)
        assert answer(session, f"CALL sys.wait_for_job('{job}')") == "CALL [(True,)]"
    assert who_ran(session) == {"app_ro app_ro"}


def test_a_role_without_login_has_its_jobs_done_too(
    lesser: list[Connection], admin: Connection
) -> None:
    del lesser
    run(
        admin,
        "CREATE ROLE keeper",
        "CREATE TABLE s.t (id int PRIMARY KEY, n int)",
        "ALTER TABLE s.t ADD CONSTRAINT c CHECK (n > 0) NOT VALID",
        "GRANT USAGE, CREATE ON SCHEMA s TO keeper",
        "ALTER TABLE s.t OWNER TO keeper",
    )
    sql = "ALTER TABLE ASYNC s.t VALIDATE CONSTRAINT c"
    (job,) = admin.execute(sql.encode()).fetchone() or ("",)
    assert answer(admin, f"CALL sys.wait_for_job('{job}')") == "CALL [(True,)]"
    run(admin, "DROP TABLE s.t", "REVOKE USAGE, CREATE ON SCHEMA s FROM keeper", "DROP ROLE keeper")


INNER = [
    "SELECT to_tsvector(pg_catalog.pg_dsql_copying('pg_authid'::regclass, 0)::text)",
    "SELECT to_tsvector(pg_catalog.pg_dsql_copy_for_show('s.runs', 0))",
    "SELECT to_tsvector(pg_catalog.pg_dsql_invalidate_index('s.runs_pkey'::regclass, true))",
    "SELECT to_tsvector(pg_catalog.pg_dsql_validate_relation('s.runs'::regclass, 'c'))",
    "SELECT to_tsvector(job_id) FROM pg_catalog.pg_dsql_create_index('SELECT 1', 'SELECT 1', true)",
    "SELECT to_tsvector(pg_catalog.pg_dsql_set_config('role', 'postgres', false))",
    "SELECT to_tsvector(pg_dsql.submit_job('x', 1, 1, 'y'))",
    "SELECT to_tsvector(pg_dsql.node_tree('a', 'b')::text)",
    "SELECT to_tsvector(arn) FROM pg_dsql.iam_mappings",
    "SELECT to_tsvector(pg_read_file('PG_VERSION'))",
    "SELECT to_tsvector(rolname) FROM pg_authid",
    "SELECT to_tsvector(pg_backend_pid()::text)",
]


@pytest.mark.parametrize("who", ["lesser", "admin"])
def test_a_text_that_a_query_runs_may_not_do_what_the_gateway_does(
    lesser: list[Connection], admin: Connection, who: str
) -> None:
    session = admin if who == "admin" else lesser[0]
    told = {inner: answer(session, f"SELECT * FROM ts_stat($q$ {inner} $q$)") for inner in INNER}
    refused = ("42501 permission denied", "0A000 function pg_")
    assert {inner: said for inner, said in told.items() if not said.startswith(refused)} == {}


def test_a_tree_is_not_made_from_a_text(admin: Connection) -> None:
    tree = "'{CONST :consttype 23}'::text::pg_node_tree"
    assert answer(admin, f"SELECT pg_get_expr({tree}, 0)").startswith("0A000 cannot accept a value")


REACHING_OUT = [
    "COPY s.runs TO PROGRAM 'id'",
    "COPY s.runs FROM PROGRAM 'id'",
    "COPY s.runs TO '/tmp/x'",
    "COPY s.runs FROM '/etc/passwd'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/x')",
    "SELECT lo_creat(1)",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_cancel_backend(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_switch_wal()",
    "SELECT pg_create_physical_replication_slot('x')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_hba_file_rules",
    "SELECT * FROM pg_file_settings",
    "LOAD 'plpgsql'",
    "DO 'BEGIN END'",
    "DO LANGUAGE plpgsql 'BEGIN END'",
    "ALTER SYSTEM SET log_statement = 'all'",
    "ALTER DATABASE postgres SET search_path = s",
    "ALTER ROLE admin SET local_preload_libraries = 'x'",
    "ALTER ROLE postgres NOLOGIN",
    "ALTER ROLE app_ro SUPERUSER",
    "CREATE ROLE x SUPERUSER",
    "CREATE ROLE x REPLICATION",
    "CREATE ROLE x BYPASSRLS",
    "CREATE ROLE x IN ROLE pg_read_server_files",
    "CREATE ROLE x IN ROLE postgres",
    "GRANT pg_execute_server_program TO app_ro",
    "GRANT pg_read_all_data TO app_ro",
    "GRANT pg_signal_backend TO admin",
    "GRANT postgres TO app_ro",
    "GRANT SET ON PARAMETER session_preload_libraries TO app_ro",
    "SET ROLE postgres",
    "SET LOCAL ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "SET session_preload_libraries = 'x'",
    "SET local_preload_libraries = 'x'",
    "SET dynamic_library_path = '/tmp'",
    "SET session_replication_role = replica",
    "SET log_statement = 'all'",
    "SET lc_messages = 'C'",
    "SET default_tablespace = 'x'",
    "SET dsql.rows = 0",
    "SELECT set_config('dsql.rows', '0', false)",
    "SELECT set_config('role', 'postgres', false)",
    "SELECT set_config('session_authorization', 'postgres', false)",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "CREATE FUNCTION s.x() RETURNS int LANGUAGE c AS 'x', 'y'",
    "CREATE FUNCTION s.x() RETURNS int LANGUAGE internal AS 'pg_backend_pid'",
    "CREATE FUNCTION s.x() RETURNS int LANGUAGE plpgsql AS 'BEGIN END'",
    "CREATE FUNCTION s.x() RETURNS int LANGUAGE sql SET role = postgres AS 'SELECT 1'",
    "CREATE FUNCTION sys.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_catalog.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE DOMAIN pg_temp.text AS varchar",
    "CREATE TABLE pg_temp.pg_class (id int)",
    "CREATE TEMP TABLE pg_class (id int)",
    "CREATE TABLE pg_catalog.x (id int)",
    "CREATE OPERATOR s.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = oideq)",
    "CREATE CAST (text AS int) WITH INOUT",
    "CREATE TYPE s.text AS (a int)",
    "CREATE TYPE s.mood AS ENUM ('a')",
    "CREATE TYPE s.shell",
    "CREATE AGGREGATE s.sum(int) (SFUNC = int4pl, STYPE = int)",
    'CREATE COLLATION s.c FROM "C"',
    "CREATE CONVERSION s.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    "CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER t BEFORE INSERT ON s.runs EXECUTE FUNCTION s.seen()",
    "CREATE RULE r AS ON INSERT TO s.runs DO ALSO SELECT 1",
    "CREATE POLICY p ON s.runs",
    "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION s.seen()",
    "CREATE EXTENSION vector",
    "CREATE LANGUAGE x HANDLER s.seen",
    "CREATE FOREIGN DATA WRAPPER w",
    "CREATE SERVER x FOREIGN DATA WRAPPER w",
    "CREATE PUBLICATION p",
    "CREATE SUBSCRIPTION p CONNECTION '' PUBLICATION p",
    "CREATE TABLESPACE t LOCATION '/tmp'",
    "CREATE DATABASE x",
    "CREATE MATERIALIZED VIEW s.m AS SELECT 1",
    "CREATE TABLE s.x AS SELECT 1",
    "SELECT 1 AS a INTO s.x",
    "CREATE TEXT SEARCH DICTIONARY s.d (TEMPLATE = simple)",
    "CREATE ACCESS METHOD m TYPE INDEX HANDLER bthandler",
    "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION x)",
    "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO s",
    "ALTER FUNCTION sys.cluster_size() OWNER TO admin",
    "ALTER TABLE pg_dsql.jobs OWNER TO admin",
    "DROP EVENT TRIGGER dsql_before_ddl",
    "UPDATE pg_authid SET rolsuper = true",
    "UPDATE pg_proc SET prosecdef = true",
    "INSERT INTO pg_auth_members VALUES (1, 2, 3, 4)",
    "DELETE FROM pg_event_trigger",
    "UPDATE pg_settings SET setting = 1",
    "CALL pg_catalog.pg_dsql_iam_grant('app_ro', 'arn:aws:iam::000000000000:role/x')",
    "CHECKPOINT",
    "REINDEX TABLE s.runs",
    "CLUSTER s.runs",
    "NOTIFY x",
    "DISCARD ALL",
]


@pytest.mark.parametrize("who", ["lesser", "admin"])
def test_what_reaches_beyond_the_database_is_refused(
    lesser: list[Connection], admin: Connection, who: str
) -> None:
    session = admin if who == "admin" else lesser[0]
    told = {statement: answer(session, statement) for statement in REACHING_OUT}
    refused = ("0A000", "42501", "42P01", "42704", "3F000", "42883", "42601", "55000")
    assert {sql: said for sql, said in told.items() if not said.startswith(refused)} == {}


@pytest.mark.parametrize("role", ["admin", "app_ro"])
def test_postgresql_refuses_it_without_the_gate(
    lesser: list[Connection], system: Connection, role: str
) -> None:
    """As if the gate had misread every statement: the role's own session, past the gateway."""
    del lesser
    told: dict[str, str] = {}
    past: dict[str, Any] = {
        "host": system.info.host,
        "user": role,
        "dbname": "postgres",
        "autocommit": True,
    }
    with psycopg.connect(**past) as session:
        for statement in REACHING_OUT:
            if statement not in HARMLESS:
                told[statement] = answer(session, statement)
    assert {sql: said for sql, said in told.items() if not said.startswith(("0A000", "42"))} == {}


HARMLESS = {
    "SET local_preload_libraries = 'x'",  # of $libdir/plugins, at the next start of a session
    "SET default_tablespace = 'x'",
    "SET dsql.rows = 0",
    "UPDATE pg_settings SET setting = 1",
    "REINDEX TABLE s.runs",
    "NOTIFY x",
    "DISCARD ALL",
    "ALTER ROLE admin SET local_preload_libraries = 'x'",
    "CALL pg_catalog.pg_dsql_iam_grant('app_ro', 'arn:aws:iam::000000000000:role/x')",
}
"""What PostgreSQL lets a role do to itself, and what is admin's to do in other words."""


def test_nobody_but_the_owner_is_more_than_a_role(system: Connection) -> None:
    rows = system.execute(
        "SELECT rolname FROM pg_authid WHERE rolsuper OR rolreplication OR rolbypassrls"
        " UNION SELECT member::regrole::name FROM pg_auth_members"
        " WHERE roleid < 12000 AND member >= 12000"
    )
    assert rows.fetchall() == [(OWNER,)]
