"""Asynchronous jobs: an index is INVALID until it is built, a constraint until it is checked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsql_tui.local.postgres import SUPERUSER
from dsql_tui.local.server import ServerInfo
from tests.e2e.support import Connection, connect, endpoint_of


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
    """Run what starts a job and return the job's id."""
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


def test_a_unique_index_that_cannot_be_built_stays_invalid_and_enforces(table: Connection) -> None:
    job_id = submit(table, "CREATE UNIQUE INDEX ASYNC u ON t (v)")
    assert not succeeded(table, job_id)
    duplicate = "Found duplicate key while validating index for UCVs"
    assert job(table, job_id) == ("failed", duplicate, "INDEX_BUILD", "jobs.u")
    assert not is_valid(table, "u")
    table.execute("INSERT INTO t VALUES (1000, 1000)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        table.execute("INSERT INTO t VALUES (1001, 1000)")
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
