"""Every recorded answer of DSQL's dialect and transactions, over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.recorded import Fact, dialect_facts, transaction_cases
from tests.support.local_dsql import Connection, connect, endpoint_of

STAGE = {
    "p": "CREATE TABLE p (id int PRIMARY KEY)",
    "q": "CREATE TABLE q (id uuid PRIMARY KEY)",
    "t": "CREATE TABLE t (id int PRIMARY KEY, v text)",
    "a": "CREATE TABLE a (id int, a text, b int, v int, p int)",
    "async": "CREATE TABLE async (id int PRIMARY KEY)",
    "app": "",
}


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Connection]:
    with connect(local_dsql, endpoint_of(local_dsql, "todos-dev")) as connection:
        connection.execute("CREATE ROLE app WITH LOGIN")
        yield connection
        connection.execute("AWS IAM REVOKE app FROM 'arn:aws:iam::123456789012:role/app'")
        connection.execute("DROP ROLE app")


@pytest.fixture
def stage(session: Connection) -> Iterator[Connection]:
    session.execute("CREATE SCHEMA stage")
    session.execute("SET search_path = stage")
    yield session
    session.execute("ROLLBACK")
    session.execute("DROP SCHEMA stage CASCADE")


def answer(session: Connection, statement: str) -> str:
    """Return an answer the way it is recorded: SQLSTATE and message, or tag and first cell."""
    try:
        cursor = session.execute(statement.encode())
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.message_primary}"
    first = cursor.fetchone() if cursor.description else None
    return f"{cursor.statusmessage} [{first[0]}]" if first else str(cursor.statusmessage)


@pytest.mark.parametrize("fact", dialect_facts(), ids=str)
def test_a_recorded_statement_is_answered_as_recorded(stage: Connection, fact: Fact) -> None:
    for name, statement in STAGE.items():
        if statement and not fact.statement.startswith(f"CREATE TABLE {name} "):
            stage.execute(statement.encode())
    if "USING INDEX i" in fact.statement:
        (job_id,) = stage.execute("CREATE UNIQUE INDEX ASYNC i ON a (v)").fetchone() or ("",)
        stage.execute("CALL sys.wait_for_job(%s)", (job_id,))
    if "ASYNC a VALIDATE" in fact.statement:
        stage.execute("ALTER TABLE a ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p NOT VALID")
    said = answer(stage, fact.statement)
    if fact.sqlstate:
        assert said == f"{fact.sqlstate} {fact.message}"
    else:
        assert not said[:5].isdigit(), said


@pytest.mark.parametrize("case", transaction_cases(), ids=lambda case: case["name"])
def test_a_recorded_sequence_is_answered_as_recorded(stage: Connection, case: Any) -> None:
    stage.execute("CREATE TABLE bulk (id int)")
    stage.execute("CREATE TABLE t (id int)")
    for step in case["steps"]:
        said = answer(stage, step["sql"])
        assert said.startswith(step["answer"].partition(" [")[0])
        if "[" in step["answer"]:
            assert said == step["answer"]
