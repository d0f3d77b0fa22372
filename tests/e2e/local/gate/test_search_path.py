"""Whatever a client has made and puts on its search path, our functions and queries never use it.

Clients make functions, tables and domains of any name. What is ours runs in their sessions, some of
it with the rights of our owner: a name that it left to the search path would be an open door.
`system_namesakes` makes a namesake of everything in `pg_catalog`, operators and types too: traps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest
from psycopg.errors import SerializationFailure

from dsql_tui.local.process.server import LocalServer
from dsql_tui.model.endpoint import Endpoint
from tests.support import system_namesakes
from tests.support.local_dsql import Connection, answer, connect, endpoint_of
from tests.support.own_sql import looked_up

HOSTILE = "-c search_path=hostile,pg_catalog"
PLAIN = "-c search_path=pg_catalog"
SAFE_PATH = "search_path=pg_catalog, pg_temp"

Open = Callable[..., Connection]


@pytest.fixture(scope="module")
def endpoint(unruly: LocalServer) -> Endpoint:
    return endpoint_of(unruly.info, "todos-dev")


@pytest.fixture(scope="module")
def system(unruly: LocalServer, endpoint: Endpoint) -> Iterator[Connection]:
    with connect(unruly.info, endpoint), system_namesakes.system_session(unruly.info) as session:
        session.execute("SET search_path = pg_catalog, pg_temp")
        yield session


@pytest.fixture(scope="module")
def namesakes(system: Connection) -> dict[str, int]:
    return system_namesakes.lay(system)


@pytest.fixture
def open_session(
    unruly: LocalServer, endpoint: Endpoint, namesakes: dict[str, int]
) -> Iterator[Open]:
    """Yield a function that connects as admin on the hostile path, or on another one."""
    del namesakes
    with ExitStack() as sessions:

        def opened(options: str = HOSTILE) -> Connection:
            return sessions.enter_context(connect(unruly.info, endpoint, options=options))

        yield opened


@pytest.fixture(autouse=True)
def nothing_springs(system: Connection, namesakes: dict[str, int]) -> Iterator[None]:
    assert min(namesakes[kind] for kind in ("function", "operator", "type", "relation")) > 50
    system_namesakes.sprung(system)
    yield
    assert not system_namesakes.sprung(system)


# --- what a function of ours is -------------------------------------------------------------------

_OURS = """
SELECT p.oid::regprocedure::text, l.lanname, p.prosecdef, p.prosqlbody IS NOT NULL,
       coalesce(p.proconfig, '{}'), p.prosrc, p.oid < 12000
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
  WHERE pronamespace IN (SELECT oid FROM pg_namespace
                           WHERE nspname IN ('sys', 'pg_catalog')
                              OR nspname LIKE 'pg\\_dsql%')
    AND (lanname IN ('sql', 'plpgsql') OR prosecdef)
"""


def unsafe_functions(system: Connection) -> list[str]:
    """Return functions that would look a name up on the caller's search path."""
    found = []
    rows = system.execute(_OURS.encode())
    for name, language, is_definer, is_atomic, settings, source, is_postgresql_s in rows:
        if is_atomic or SAFE_PATH in settings:
            continue
        may_qualify = is_postgresql_s or name in ON_THE_CLIENTS_PATH
        if may_qualify and not looked_up(source):
            continue
        found.append(f"{name} {language}{' SECURITY DEFINER' * is_definer}")
    return found


ON_THE_CLIENTS_PATH = {
    "pg_dsql_copy_for_show(text,bigint)",
    "pg_dsql_create_index(text,text,boolean)",
    "pg_dsql_create_index_now(text)",
    "pg_dsql_drop_no_trigger(text,text)",
    "pg_dsql_insert_again(oid,text)",
    "pg_dsql_reset_all()",
    "set_config(text,text,boolean)",
}
"""They run what the client has written, or change the path itself; all they say is qualified."""


def test_every_function_of_ours_has_its_names_resolved(system: Connection) -> None:
    assert not unsafe_functions(system)
    named = {row[0] for row in system.execute(_OURS.encode())}
    assert named >= ON_THE_CLIENTS_PATH


@pytest.mark.parametrize(
    "definition",
    [
        "FUNCTION {} RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT lower(''A'')'",
        "FUNCTION {} RETURNS text LANGUAGE sql AS 'SELECT pg_catalog.lower(''A'')'",
        "FUNCTION {} RETURNS text LANGUAGE sql SET search_path = pg_catalog AS 'SELECT 1'",
        "FUNCTION {} RETURNS text LANGUAGE plpgsql SET search_path = s AS 'BEGIN RETURN 1; END'",
        "FUNCTION {} RETURNS text LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN lower('A');\nEND\n$$",
        "PROCEDURE {} LANGUAGE plpgsql AS $$\nDECLARE\n  a text;\nBEGIN\n  a := 1;\nEND\n$$",
    ],
)
def test_a_function_that_does_not_would_be_found(system: Connection, definition: str) -> None:
    name = "sys.unsafe()" if "SECURITY" in definition else "pg_catalog.pg_dsql_unsafe()"
    system.execute(("CREATE " + definition.format(name)).encode())
    unsafe = unsafe_functions(system)
    system.execute(f"DROP ROUTINE {name}".encode())
    assert len(unsafe) == 1
    assert "unsafe()" in unsafe[0]


def test_who_has_our_rights_is_known_by_name(system: Connection) -> None:
    """A new one must be thought about: what it does with the arguments of whoever may call it."""
    rows = system.execute(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE prosecdef AND has_function_privilege('admin', oid, 'EXECUTE')"
    )
    assert {name for (name,) in rows} == {
        "pg_dsql.process()",
        "pg_dsql_copying(oid,bigint)",
        "pg_dsql_iam_grant(text,text)",
        "pg_dsql_iam_revoke(text,text)",
        "pg_dsql_invalidate_index(oid,boolean)",
        'pg_dsql_is_counted(oid,"char",real)',
        "pg_dsql_is_in_the_way()",
        "pg_dsql_outcome(text)",
        "pg_dsql_validate_relation(regclass,text)",
        "set_config(text,text,boolean)",
        "sys.cluster_size()",
        "sys.current_session_id()",
        "sys.current_transaction_id()",
    }


def test_no_cast_and_no_operator_is_ours(system: Connection) -> None:
    """They have no privileges: everybody could use them."""
    for catalog in ("pg_cast", "pg_operator"):
        ours = f"SELECT count(*) FROM {catalog} WHERE oid >= 12000"
        ours += " AND oprnamespace <> 'hostile'::regnamespace" * (catalog == "pg_operator")
        assert system.execute(ours.encode()).fetchone() == (0,)


# --- what is answered on the hostile path ---------------------------------------------------------
# The names in these statements are qualified, or grammar: what is looked up, we look up. Left out
# is pg_get_viewdef: PostgreSQL asks pg_rewrite with an `=` of the caller's path, as the caller.

IS = "OPERATOR(pg_catalog.=)"
TABLES = (
    "CREATE SCHEMA mine",
    "CREATE DOMAIN mine.short AS varchar(20)",
    "CREATE TABLE mine.t (id int PRIMARY KEY, a varchar UNIQUE, n numeric, d mine.short,"
    " j pg_catalog.jsonb, g bigint GENERATED ALWAYS AS IDENTITY (CACHE 1))",
    "CREATE TABLE mine.child (id int PRIMARY KEY, t int REFERENCES mine.t (id),"
    " v int CHECK (v IS NOT NULL))",
    "INSERT INTO mine.t (id, a, n, d, j) VALUES (1, 'a', 1.5, 'd', '{}'), (2, 'b', 2.5, 'e', '[]')",
)
STATEMENTS = (
    *TABLES,
    "UPDATE mine.t SET n = 3",
    "DELETE FROM mine.t",
    "INSERT INTO mine.t (id, a, j) VALUES (1, 'a', '{}'), (2, 'b', '[]'), (3, 'c', '1')",
    "INSERT INTO mine.child VALUES (1, 1, 1)",
    "BEGIN",
    "INSERT INTO mine.t (id, a) VALUES (4, 'd')",
    "DELETE FROM mine.t WHERE false",
    "COMMIT",
    "EXPLAIN SELECT a FROM mine.t",
    "EXPLAIN (ANALYZE, VERBOSE, TIMING off) INSERT INTO mine.t (id, a) VALUES (5, 'e')",
    "CREATE UNIQUE INDEX ASYNC i ON mine.t (a)",
    "CREATE INDEX ASYNC p ON mine.t (id) WHERE n IS NOT NULL",
    "SELECT job_type, object_name FROM sys.jobs LIMIT 0",
    "CREATE SEQUENCE mine.s CACHE 1",
    "SELECT sys.fetch_seq_data_tuple('mine.s')",
    "CREATE VIEW mine.v AS SELECT a, id FROM mine.t",
    "CREATE FUNCTION mine.f(int) RETURNS int LANGUAGE sql RETURN $1",
    "CREATE STATISTICS mine.st ON id, a FROM mine.t",
    "ALTER TABLE mine.child ADD CONSTRAINT c CHECK (v IS NOT NULL) NOT VALID",
    "ALTER TABLE ASYNC mine.child VALIDATE CONSTRAINT c",
    "ALTER TABLE mine.t ADD COLUMN extra varchar",
    "ALTER TABLE mine.t ALTER COLUMN extra SET DEFAULT 'x'",
    "ANALYZE mine.t",
    "GRANT SELECT ON mine.t TO app_ro",
    "GRANT USAGE ON SCHEMA mine TO app_ro",
    "REVOKE SELECT ON mine.t FROM app_ro",
    "AWS IAM GRANT app_ro TO 'arn:aws:iam::000000000000:role/other'",
    "AWS IAM REVOKE app_ro FROM 'arn:aws:iam::000000000000:role/other'",
    "SHOW ALL",
    "SHOW server_version",
    "CREATE TABLE mine.empty (id int PRIMARY KEY, a int)",
    "CREATE INDEX now ON mine.empty (a)",
    "SET disable_sync_create_index = off",
    "CREATE INDEX now ON mine.empty (a)",
    "CREATE INDEX later ON mine.t (n)",
    "RESET ALL",
    "SELECT pg_catalog.set_config('application_name', 'x', true)",
    "SELECT pg_catalog.set_config('role', 'app_ro', true)",
    "SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_setting('x.y', true)",
    "SELECT pg_catalog.version()",
    "SELECT sys.dsql_major_version(), sys.cluster_size_limit(), sys.iam_session_user()",
    "SELECT sys.base_type_oid('16'), sys.supported_datatypes()",
    "SELECT sys.base32_str_to_uuid('aaaaaaaaaaaaaaaaaaaaaaaaaa')",
    "SELECT sys.uuid_to_base32_str('00000000-0000-0000-0000-000000000000')",
    "SELECT sys.decode_job_status(1), sys.decode_job_ext_status(4), sys.decode_job_statement('x')",
    "SELECT sys.get_key_desc('mine.t_pkey'), sys.job_err_msg('none')",
    "SELECT sys.cluster_size() IS NULL, sys.current_session_id() IS NULL",
    "SELECT sys.current_transaction_id() IS NULL",
    "SELECT pg_catalog.pg_get_indexdef('mine.i'::pg_catalog.regclass)",
    "SELECT pg_catalog.pg_get_indexdef('mine.t_pkey'::pg_catalog.regclass, 0, true)",
    "SELECT pg_catalog.pg_get_constraintdef(oid), pg_catalog.pg_get_constraintdef(oid, true)"
    f" FROM pg_constraint WHERE conrelid {IS} 'mine.t'::pg_catalog.regclass ORDER BY conname",
    "SELECT relname, relpages, reltuples, relhastriggers FROM pg_catalog.pg_class"
    f" WHERE relnamespace {IS} 'mine'::pg_catalog.regnamespace AND relkind {IS} 'r'"
    " ORDER BY 1",
    f"SELECT proname, prolang, prosrc FROM pg_proc WHERE proname {IS} 'current_setting'",
    "SELECT attname, attcompression FROM pg_attribute"
    f" WHERE attrelid {IS} 'mine.t'::pg_catalog.regclass",
    "SELECT amname FROM pg_am ORDER BY 1",
    "SELECT deptype FROM pg_depend ORDER BY 1 LIMIT 1",
    f"SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname {IS} 'mine' ORDER BY 1",
    f"SELECT indexdef FROM pg_catalog.pg_indexes WHERE schemaname {IS} 'mine' ORDER BY 1",
    f"SELECT setting FROM pg_catalog.pg_settings WHERE name {IS} 'server_version'",
    "SELECT ssl FROM pg_catalog.pg_stat_ssl",
    f"SELECT column_name FROM information_schema.columns WHERE table_name {IS} 'v' ORDER BY 1",
    "INSERT INTO mine.t (id, a) VALUES (9, 'd')",
    "INSERT INTO mine.child VALUES (9, 99, 9)",
    f"DELETE FROM mine.t WHERE id {IS} 1",
    "CREATE TABLE mine.wrong (a pg_catalog.money)",
    "CREATE FUNCTION mine.wrong() RETURNS pg_catalog.money LANGUAGE sql"
    " AS 'SELECT NULL::pg_catalog.money'",
    "DROP INDEX mine.p",
    "ALTER TABLE mine.child DROP CONSTRAINT child_pkey",
    "DROP TABLE mine.empty",
    "DROP SCHEMA mine CASCADE",
)


def told(session: Connection, sql: str) -> str:
    """Return an answer without what differs from run to run: times and numbers of objects."""
    said = re.sub(r"'[a-z2-7]{26}'", "'<job>'", answer(session, sql))
    said = said.replace("::pg_catalog.", "::")  # it says so where the name alone means another one
    return re.sub(r"(Time|Compute|Total|Identifier): [\w.]+|\b\d{5}\b", r"\1", said)


def transcript(script: Sequence[tuple[Connection, str]], system: Connection) -> list[str]:
    """Return the answers to a script; no statement of it may call a hostile function."""
    lines = []
    for session, sql in script:
        lines.append(f"{sql}: {told(session, sql)}")
        assert not system_namesakes.sprung(system), sql
    return lines


def test_every_statement_is_answered_as_on_a_path_of_postgresql_s(
    open_session: Open, system: Connection
) -> None:
    plain, there = open_session(PLAIN), open_session()
    expected = transcript([(plain, sql) for sql in STATEMENTS], system)
    said = transcript([(there, sql) for sql in STATEMENTS], system)
    # RESET ALL goes back to each session's own path, which SHOW ALL tells.
    assert [line.replace("hostile,", "") for line in said] == expected
    assert sum(": ERROR" in line or ": 42" in line for line in said) == 0


UPDATE = f"UPDATE mine.t SET n = 9 WHERE id {IS} 1"
INSERT = "INSERT INTO mine.t (id, a, j) VALUES (7, 'new', '{}') RETURNING id, g"
SCRIPTS = {
    "preempted and committed": (
        (0, "BEGIN"), (0, INSERT), (0, UPDATE), (1, "BEGIN"), (1, UPDATE), (1, "ROLLBACK"),
        (0, "SELECT id, g, n FROM mine.t ORDER BY id"), (0, "COMMIT"),
    ),
    "preempted and doomed": (
        (0, "BEGIN"), (0, INSERT), (0, UPDATE), (1, UPDATE),
        (0, "SELECT id, g, n FROM mine.t ORDER BY id"), (0, "INSERT INTO mine.t (id) VALUES (8)"),
        (0, "SELECT id, g FROM mine.t ORDER BY id FOR UPDATE"), (0, "COMMIT"),
    ),
    "late": (
        (0, "BEGIN"), (0, "SELECT id FROM mine.t ORDER BY id"), (1, UPDATE), (0, UPDATE),
        (0, INSERT), (0, "SELECT id, g FROM mine.t ORDER BY id"), (0, "COMMIT"),
    ),
    "a child that is not on the snapshot": (
        (0, "BEGIN"), (0, "SELECT id FROM mine.t ORDER BY id"),
        (1, "INSERT INTO mine.child VALUES (1, 1, 1)"), (0, f"DELETE FROM mine.t WHERE id {IS} 1"),
        (0, "SELECT id FROM mine.t ORDER BY id"), (0, "COMMIT"),
        (0, f"DELETE FROM mine.t WHERE id {IS} 1"),
    ),
    "a key whose row is deleted meanwhile": (
        (0, "BEGIN"), (0, "SELECT id FROM mine.t ORDER BY id"),
        (1, f"DELETE FROM mine.t WHERE id {IS} 2"),
        (0, "INSERT INTO mine.t (id, a) VALUES (2, 'b')"), (0, "ROLLBACK"),
    ),
    "definitions change": (
        (0, "BEGIN"), (0, "SELECT id FROM mine.t ORDER BY id"),
        (1, "ALTER TABLE mine.t ADD COLUMN extra int"), (0, "SELECT 1"), (0, "ROLLBACK"),
        (0, "BEGIN"), (0, "SELECT id FROM mine.t"), (1, "GRANT USAGE ON SCHEMA mine TO app_ro"),
        (0, "COMMIT"),
    ),
    "too much": (
        (0, "BEGIN"),
        *((0, f"INSERT INTO mine.t (id, a, d) SELECT {n}, pg_catalog.repeat('x', 1000000), 'd'")
          for n in range(10, 21)),
        (0, "COMMIT"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_conflicts_are_answered_as_on_a_path_of_postgresql_s(
    open_session: Open, system: Connection, script: str
) -> None:
    said = []
    for options in (PLAIN, HOSTILE):
        sessions = open_session(options), open_session(options)
        made = [(sessions[0], sql) for sql in TABLES]
        steps = [(sessions[number], sql) for number, sql in SCRIPTS[script]]
        said.append(transcript([*made, *steps], system))
        sessions[0].execute("DROP SCHEMA mine CASCADE")
    assert said[0] == said[1]


def begin_with(session: Connection, statement: str) -> None:
    """Begin a transaction with a statement; a job that has just ended refuses it once (OC001)."""
    while True:
        session.execute("BEGIN")
        try:
            session.execute(statement.encode())
        except SerializationFailure:
            session.execute("ROLLBACK")
        else:
            return


def test_jobs_do_their_work_and_are_waited_for(open_session: Open, system: Connection) -> None:
    session = open_session()
    for sql in (*TABLES, "ALTER TABLE mine.t ADD CONSTRAINT c CHECK (n IS NOT NULL) NOT VALID"):
        session.execute(sql.encode())
    for sql in (
        "CREATE UNIQUE INDEX ASYNC i ON mine.t (n)",
        "CREATE INDEX ASYNC p ON mine.t (id) WHERE n IS NOT NULL",
        "ALTER TABLE ASYNC mine.t VALIDATE CONSTRAINT c",
    ):
        (job,) = session.execute(sql.encode()).fetchone() or ("",)
        begin_with(session, "UPDATE mine.t SET n = 4 WHERE false")
        waited = session.execute(f"CALL sys.wait_for_job('{job}')".encode()).fetchone()
        assert waited == (True,), sql
        session.execute("ROLLBACK")
        assert not system_namesakes.sprung(system), sql
    session.execute("DROP SCHEMA mine CASCADE")
