"""Asynchronous jobs: an index is INVALID until it is built, a constraint until it is checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dsql_tui.local.postgres.postmaster import SUPERUSER
from dsql_tui.local.process.server import LocalServer
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import Connection, connect, endpoint_of


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        yield connection


@pytest.fixture
def table(session: Connection) -> Iterator[Connection]:
    """Give a session whose schema holds a table `t` of 200 rows, `v` twice each."""
    session.execute("CREATE SCHEMA jobs")
    session.execute("SET search_path = jobs")
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
    session.execute("INSERT INTO t SELECT n, n / 2 FROM generate_series(0, 199) n")
    yield session
    session.execute("ROLLBACK")
    session.execute("DROP SCHEMA jobs CASCADE")


def submit(session: Connection, statement: str) -> str:
    """Run a statement that starts a job and return the job's id."""
    (job_id,) = session.execute(statement.encode()).fetchone() or ("",)
    return str(job_id)


def succeeded(session: Connection, job_id: str) -> bool:
    (answer,) = session.execute("CALL sys.wait_for_job(%s)", (job_id,)).fetchone() or (None,)
    assert answer in {True, False}
    return bool(answer)


def job(session: Connection, job_id: str) -> tuple[Any, ...]:
    """Return status, details, kind and object name."""
    query = "SELECT status, details, job_type, object_name FROM sys.jobs WHERE job_id = %s"
    return session.execute(query, (job_id,)).fetchone() or ()


def is_valid(session: Connection, index: str) -> bool:
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
    return bool((session.execute(query, (index,)).fetchone() or (None,))[0])


def test_an_index_is_invalid_until_its_job_is_done(table: Connection) -> None:
    job_id = submit(table, "CREATE INDEX ASYNC i ON t (v)")
    assert not is_valid(table, "i")
    assert job(table, job_id)[0] in {"submitted", "processing"}
    table.execute("INSERT INTO t VALUES (1000, 1000)")
    assert succeeded(table, job_id)
    assert is_valid(table, "i")
    assert job(table, job_id) == ("completed", "", "INDEX_BUILD", "jobs.i")


def test_an_index_in_a_transaction_is_built_after_its_commit(
    local_dsql: ServerInfo, table: Connection
) -> None:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as other:
        table.execute("BEGIN")
        undone = submit(table, "CREATE INDEX ASYNC i ON t (v)")
        assert job(table, undone) == ("submitted", "", "INDEX_BUILD", "jobs.i")
        assert job(other, undone) == ()
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="multiple ddl"):
            table.execute("CREATE INDEX ASYNC j ON t (v)")
        table.execute("ROLLBACK")
        assert job(table, undone) == ()
        table.execute("BEGIN")
        job_id = submit(table, "CREATE INDEX ASYNC i ON t (v) WHERE v > 5 AND id < 150")
        table.execute("COMMIT")
        assert succeeded(other, job_id)
    index = "USING btree_index (v) WHERE ((v > 5) AND (id < 150))"
    told = table.execute("SELECT pg_get_indexdef('i'::regclass)").fetchone() or ("",)
    assert told[0].endswith(index)


@pytest.mark.parametrize("predicate", ["now() > '2020-01-01'", "v", "nosuch"])
def test_a_predicate_that_cannot_be_is_refused_at_the_clients_words(
    table: Connection, predicate: str
) -> None:
    statement = f"CREATE INDEX ASYNC i ON jobs.t (v) WHERE {predicate}"
    with pytest.raises(psycopg.Error) as caught:
        table.execute(statement.encode())
    position = caught.value.diag.statement_position
    assert position in {None, str(statement.rindex(predicate) + 1)}
    assert table.execute("SELECT to_regclass('i')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("definition", "taken", "free"),
    [
        ("(v)", (1000, 7), (1000, 1000)),
        ("(v) WHERE v < 50", (1000, 7), (1000, 77)),
        ("((v / 10))", (1000, 9), (1000, 1000)),
        ("(v) NULLS NOT DISTINCT", (1000, None), (1000, 1000)),
        ("(v) INCLUDE (id)", (1000, 7), (1000, None)),
    ],
)
def test_a_unique_index_that_cannot_be_built_stays_invalid_and_enforces(
    table: Connection,
    definition: str,
    taken: tuple[int, int | None],
    free: tuple[int, int | None],
) -> None:
    table.execute("INSERT INTO t VALUES (200, NULL)")
    job_id = submit(table, f"CREATE UNIQUE INDEX ASYNC u ON t {definition}")
    assert not succeeded(table, job_id)
    duplicate = "found duplicate key(s) while validating index uniqueness"
    assert job(table, job_id) == ("failed", duplicate, "INDEX_BUILD", "jobs.u")
    assert not is_valid(table, "u")
    with pytest.raises(psycopg.errors.UniqueViolation):
        table.execute("INSERT INTO t VALUES (%s, %s)", taken)
    with pytest.raises(psycopg.errors.UniqueViolation):
        table.execute("UPDATE t SET v = %s WHERE id = 180", taken[1:])
    table.execute("INSERT INTO t VALUES (%s, %s)", free)
    table.execute("DELETE FROM t WHERE v / 10 = 0 OR v IS NULL")
    table.execute("INSERT INTO t VALUES (2000, %s)", taken[1:])
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="is not valid"):
        table.execute("ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX u")


def test_dropping_an_index_cancels_its_build_even_in_the_middle(table: Connection) -> None:
    table.execute(
        "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS"
        " 'SELECT $1 FROM pg_sleep(0.1)'"
    )
    waiting = submit(table, "CREATE INDEX ASYNC w ON t (v)")
    table.execute("DROP INDEX w")
    assert not succeeded(table, waiting)
    assert job(table, waiting)[1::2] == ("Skipped job for nonexistent table.", None)
    building = submit(table, "CREATE INDEX ASYNC b ON t (slow(id))")  # would take 20 seconds
    while job(table, building)[0] != "processing":
        pass
    began_s = time.monotonic()
    table.execute("DROP INDEX b")
    assert not succeeded(table, building)
    assert time.monotonic() - began_s < 5


def test_a_job_can_be_waited_for_in_a_transaction_whatever_it_has_seen(table: Connection) -> None:
    first = submit(table, "CREATE INDEX ASYNC i ON t (v)")
    with table.transaction():
        assert succeeded(table, first)
    second = submit(table, "CREATE UNIQUE INDEX ASYNC u ON t (v)")
    with table.transaction():
        assert job(table, second)[0] in {"submitted", "processing"}
        assert not succeeded(table, second)


def test_a_writer_can_wait_for_a_job_on_what_it_has_written_to(table: Connection) -> None:
    job_id = submit(table, "CREATE INDEX ASYNC i ON t (v)")
    table.execute("BEGIN")
    table.execute("INSERT INTO t VALUES (1000, 1000)")
    began_s = time.monotonic()
    assert succeeded(table, job_id)
    assert time.monotonic() - began_s < 5
    with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
        table.execute("COMMIT")


def test_a_writer_keeps_its_writes_while_a_job_elsewhere_needs_its_locks(table: Connection) -> None:
    table.execute("CREATE TABLE u (id int PRIMARY KEY)")
    table.execute("INSERT INTO u VALUES (1)")
    failing = submit(table, "CREATE UNIQUE INDEX ASYNC i ON t (v)")
    table.execute("BEGIN")
    table.execute("INSERT INTO u VALUES (2)")
    with table.cursor().copy("COPY t FROM STDIN") as rows:
        rows.write("1000\t1000\n")
    assert not succeeded(table, failing)
    assert table.execute("SELECT count(*) FROM u").fetchone() == (2,)
    table.execute("COMMIT")
    assert table.execute("SELECT v FROM t WHERE id = 1000").fetchone() == (1000,)


def test_what_is_dropped_is_deleted_by_a_job_that_has_no_name(table: Connection) -> None:
    table.execute("CREATE TABLE d (id int PRIMARY KEY, v int)")
    assert succeeded(table, submit(table, "CREATE INDEX ASYNC i ON d (v)"))
    query = "SELECT 'd'::regclass::oid, 'i'::regclass::oid"
    relation, index = table.execute(query).fetchone() or (0, 0)
    told = "SELECT job_id, status FROM sys.jobs WHERE job_type = 'DROP' AND object_id = %s"
    for statement, dropped in (("DROP INDEX i", index), ("DROP TABLE d", relation)):
        table.execute("BEGIN")
        table.execute(statement.encode())
        table.execute("ROLLBACK")
        assert table.execute(told, (dropped,)).fetchall() == []
        table.execute(statement.encode())
        ((job_id, status),) = table.execute(told, (dropped,)).fetchall()
        assert status in {"submitted", "processing"}
        assert succeeded(table, job_id)
        assert job(table, job_id) == ("completed", "", "DROP", None)


def test_a_table_that_has_changed_a_lot_is_analysed_by_a_job(unruly: LocalServer) -> None:
    unruly.ask("set", conditions={"auto-analyze": "0.1s", "job-time": "0.1s"})
    with connect(unruly.info, endpoint_of(unruly.info, "todos-dev")) as session:
        session.execute("CREATE TABLE many (id int PRIMARY KEY)")
        session.execute("CREATE TABLE few (id int PRIMARY KEY)")
        session.execute("INSERT INTO few VALUES (1)")
        counted = "SELECT reltuples, relpages FROM pg_class WHERE relname = 'many'"
        assert session.execute(counted).fetchone() == (-1, 0)
        session.execute("INSERT INTO many SELECT generate_series(1, 1000)")
    with connect(unruly.info, endpoint_of(unruly.info, "todos-dev")) as session:
        told = "SELECT job_id, object_name FROM sys.jobs WHERE job_type = 'ANALYZE'"
        told += " AND object_name <> 'public.todos'"
        found: list[tuple[Any, ...]] = []
        while not found:
            session.execute("UPDATE few SET id = id WHERE false")
            found = session.execute(told).fetchall()
        ((job_id, name),) = found
        assert name == "public.many"
        assert succeeded(session, job_id)
        assert (session.execute(counted).fetchone() or ())[0] == 1000


def counted(session: Connection) -> tuple[Any, ...]:
    """Return how many rows and pages table `t` has in the catalog."""
    query = "SELECT reltuples, relpages > 0 FROM pg_class WHERE oid = 't'::regclass"
    return session.execute(query).fetchone() or ()


def test_a_table_is_counted_when_it_is_analysed_and_not_before(
    table: Connection,
) -> None:
    assert succeeded(table, submit(table, "CREATE INDEX ASYNC i ON t (v)"))
    assert counted(table) == (-1, False)
    for statement in ("ANALYZE", "ANALYZE t, t", "ANALYZE t (v)", "ANALYZE VERBOSE t"):
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="unsupported ANALYZE"):
            table.execute(statement.encode())
    with pytest.raises(psycopg.errors.ActiveSqlTransaction), table.transaction():
        table.execute("ANALYZE t")
    assert counted(table) == (-1, False)
    assert table.execute("ANALYZE jobs.t").statusmessage == "ANALYZE"
    assert counted(table) == (200, True)


def test_analyze_takes_longer_than_a_transaction_may(
    unruly: LocalServer, conditions: Callable[..., None]
) -> None:
    with connect(unruly.info, endpoint_of(unruly.info, "shop")) as session:
        session.execute(
            "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS"
            " 'SELECT $1 FROM pg_sleep(0.02)'"
        )
        session.execute("CREATE TABLE t (id int PRIMARY KEY)")
        session.execute("INSERT INTO t SELECT generate_series(1, 20)")
        assert succeeded(session, submit(session, "CREATE INDEX ASYNC i ON t (slow(id))"))
        conditions(transaction_limit="100ms")
        with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="age limit"):
            session.execute("SELECT sum(slow(id)) FROM t")
        session.execute("ANALYZE t")
        assert counted(session) == (20, True)


def test_a_finished_job_is_forgotten_after_half_an_hour_when_the_next_one_comes(
    local_dsql: ServerInfo, table: Connection
) -> None:
    old = submit(table, "CREATE INDEX ASYNC i ON t (v)")
    assert succeeded(table, old)
    age = "UPDATE pg_dsql.jobs SET update_time = now() - interval '31 minutes' WHERE job_id = %s"
    for socket in local_dsql.runtime_dir.glob("*/.s.PGSQL.*[0-9]"):
        with psycopg.connect(host=str(socket.parent), user=SUPERUSER, dbname="postgres") as system:
            system.execute(age, (old,))
    assert job(table, old)
    submit(table, "CREATE INDEX ASYNC j ON t (v)")
    assert not job(table, old)


def test_an_index_may_be_built_at_once_on_an_empty_table_where_that_is_enabled(
    table: Connection,
) -> None:
    said = "please use CREATE INDEX ASYNC"
    table.execute("CREATE TABLE empty (id int)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=said):
        table.execute("CREATE INDEX e ON empty (id)")
    table.execute("SET disable_sync_create_index = off")
    assert table.execute("CREATE INDEX e ON empty (id)").statusmessage == "CREATE INDEX"
    assert is_valid(table, "e")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=said):
        table.execute("CREATE INDEX f ON t (id)")
    table.execute("RESET disable_sync_create_index")


def test_a_constraint_is_validated_by_a_job(table: Connection) -> None:
    table.execute("ALTER TABLE t ADD CONSTRAINT low CHECK (v < 50) NOT VALID")
    job_id = submit(table, "ALTER TABLE ASYNC t VALIDATE CONSTRAINT low")
    assert not succeeded(table, job_id)
    violated = 'check constraint "low" is violated by some row'
    assert job(table, job_id) == ("failed", violated, "VALIDATE_CONSTRAINT", "jobs.t")
    table.execute("DELETE FROM t WHERE v >= 50")
    assert succeeded(table, submit(table, "ALTER TABLE ASYNC t VALIDATE CONSTRAINT low"))
    validated = "SELECT convalidated FROM pg_constraint WHERE conname = 'low'"
    assert table.execute(validated).fetchone() == (True,)
    with pytest.raises(psycopg.errors.UndefinedObject, match='"high" of relation "t" does not'):
        table.execute("ALTER TABLE ASYNC t VALIDATE CONSTRAINT high")
