"""A transaction sees the schema of its beginning, as far as other sessions create relations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import PROTOCOLS, Connection, answer, connect, endpoint_of
from tests.support.raw import SYNC, RawSession, bind, execute, parse, query

CREATED = {
    "table": "CREATE TABLE hidden.later (id int PRIMARY KEY)",
    "view": "CREATE VIEW hidden.later AS SELECT id FROM hidden.earlier",
}
NAMED = {
    "select": "SELECT * FROM hidden.later",
    "join": "SELECT 1 FROM hidden.earlier JOIN hidden.later USING (id)",
    "subquery": "SELECT (SELECT max(id) FROM hidden.later)",
    "explain": "EXPLAIN SELECT * FROM hidden.later",
    "insert": "INSERT INTO hidden.later VALUES (1)",
    "insert from": "INSERT INTO hidden.earlier SELECT id FROM hidden.later",
    "update": "UPDATE hidden.later SET id = 2",
    "delete": "DELETE FROM hidden.later",
}
MISSING = '42P01 relation "hidden.later" does not exist'


@pytest.fixture
def sessions(local_dsql: ServerInfo) -> Iterator[list[Connection]]:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    with ExitStack() as stack:
        one, other = (stack.enter_context(connect(local_dsql, endpoint)) for _ in range(2))
        one.execute("CREATE SCHEMA hidden")
        one.execute("CREATE TABLE hidden.earlier (id int PRIMARY KEY)")
        yield [one, other]
        for session in (one, other):
            session.execute("ROLLBACK")
        one.execute("DROP SCHEMA hidden CASCADE")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("has_run", [False, True], ids=["at once", "after a statement"])
def test_a_table_created_since_the_beginning_does_not_exist(
    sessions: list[Connection], protocol: str, *, has_run: bool
) -> None:
    one, other = sessions
    one.execute("BEGIN")
    if has_run:
        one.execute("SELECT count(*) FROM hidden.earlier")
    other.execute(CREATED["table"].encode())
    assert answer(one, NAMED["select"], PROTOCOLS[protocol]) == MISSING
    assert answer(one, "SELECT 1").startswith("25P02 ")
    assert answer(one, "COMMIT") == "ROLLBACK []"
    assert answer(one, NAMED["select"], PROTOCOLS[protocol]) == "SELECT 0 []"


def test_no_statement_finds_it(sessions: list[Connection]) -> None:
    one, other = sessions
    for statement in NAMED.values():
        one.execute("BEGIN")
        other.execute(CREATED["table"].encode())
        assert answer(one, statement) == MISSING, statement
        one.execute("ROLLBACK")
        other.execute("DROP TABLE hidden.later")


@pytest.mark.parametrize("kind", CREATED)
def test_every_kind_of_relation_is_hidden(sessions: list[Connection], kind: str) -> None:
    one, other = sessions
    one.execute("BEGIN")
    other.execute(CREATED[kind].encode())
    assert answer(one, NAMED["select"]) == MISSING


def test_a_name_on_the_search_path_is_reported_as_written(sessions: list[Connection]) -> None:
    one, other = sessions
    one.execute("SET search_path TO hidden, public")
    one.execute("BEGIN")
    other.execute(CREATED["table"].encode())
    assert answer(one, "SELECT * FROM later") == '42P01 relation "later" does not exist'


def test_what_was_there_and_what_is_its_own_stays_usable(sessions: list[Connection]) -> None:
    one, other = sessions
    one.execute("BEGIN")
    other.execute(CREATED["table"].encode())
    assert answer(one, "INSERT INTO hidden.earlier VALUES (1)") == "INSERT 0 1 []"
    assert answer(one, "SELECT * FROM hidden.earlier") == "SELECT 1 [(1,)]"
    assert answer(one, "COMMIT") == "COMMIT []"
    one.execute("BEGIN")
    assert answer(one, NAMED["insert"]) == "INSERT 0 1 []"
    assert answer(one, "COMMIT") == "COMMIT []"


def test_errors_of_other_statements_are_the_servers(sessions: list[Connection]) -> None:
    one, other = sessions
    one.execute("BEGIN")
    other.execute(CREATED["table"].encode())
    assert answer(one, "SELECT nothing FROM hidden.earlier") == (
        '42703 column "nothing" does not exist'
    )
    assert answer(one, "SELECT 1").startswith("25P02 ")


def test_statements_of_a_pipeline_run_as_before(
    local_dsql: ServerInfo, sessions: list[Connection]
) -> None:
    """Their Sync has not come: the gateway asks nothing in between."""
    _, other = sessions
    with RawSession(local_dsql, endpoint_of(local_dsql, "todos-dev")) as raw:
        raw.ask(query("BEGIN"))
        other.execute(CREATED["table"].encode())
        statement = "SELECT 1 FROM hidden.earlier"
        batch = (parse(statement), bind(), execute())
        assert raw.ask(*batch, *batch, SYNC).count("SELECT 0") == 2
