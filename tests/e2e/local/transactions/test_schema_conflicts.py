"""`--schema-conflicts strict`: a committed schema change is OC001 for every other session, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from dsql_tui.local.process import server
from dsql_tui.local.process.server import LocalServer
from tests.support.local_dsql import PROTOCOLS, Connection, answer, connect, endpoint_of
from tests.support.raw import SYNC, RawSession, bind, describe, execute, parse, query, run

OC001 = "40001 schema has been updated by another transaction (OC001)"
RAW_OC001 = f"E[{OC001}]"
ONE = "SELECT 1 [(1,)]"
CHANGES = {
    "create": "CREATE TABLE strict.more (id int PRIMARY KEY)",
    "add column": "ALTER TABLE strict.t ADD COLUMN w int",
    "comment": "COMMENT ON TABLE strict.t IS 'x'",
    "grant": "GRANT SELECT ON strict.t TO strict_reader",
    "role": "ALTER ROLE strict_reader RENAME TO strict_other",
    "drop": "DROP TABLE strict.t",
    "in a block": "BEGIN; ALTER TABLE strict.t ADD COLUMN w int; COMMIT",
}
STATEMENTS = (
    "SELECT 1",
    "SELECT count(*) FROM strict.unrelated",
    "INSERT INTO strict.unrelated VALUES (1)",
    "EXPLAIN SELECT 1",
    "CREATE TABLE strict.others (id int PRIMARY KEY)",
)


@pytest.fixture(scope="module")
def strict() -> Iterator[LocalServer]:
    with server.start(ephemeral=True) as running:
        running.ask("set", conditions={"schema-conflicts": "strict", "job-time": "300ms"})
        yield running


@pytest.fixture
def sessions(strict: LocalServer) -> Iterator[list[Connection]]:
    """Give two sessions, with a schema that neither has news of."""
    endpoint = endpoint_of(strict.info, "todos-dev")
    with ExitStack() as stack:
        first = stack.enter_context(connect(strict.info, endpoint))
        for statement in (
            "CREATE SCHEMA strict",
            "CREATE TABLE strict.t (id int PRIMARY KEY, v int)",
            "CREATE TABLE strict.unrelated (id int PRIMARY KEY)",
            "CREATE ROLE strict_reader",
        ):
            first.execute(statement.encode())
        yield [first, stack.enter_context(connect(strict.info, endpoint))]
        first.execute("ROLLBACK")
        for statement in (
            "DROP SCHEMA strict CASCADE",
            "DROP ROLE IF EXISTS strict_reader",
            "DROP ROLE IF EXISTS strict_other",
        ):
            while answer(first, statement) == OC001:
                pass


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("change", CHANGES)
def test_the_next_statement_of_another_session_is_oc001_once(
    sessions: list[Connection], change: str, protocol: str
) -> None:
    one, other = sessions
    how = PROTOCOLS[protocol]
    assert answer(other, "SELECT 1", how) == ONE
    for part in CHANGES[change].split("; "):
        one.execute(part.encode())
    assert answer(one, "SELECT 1", how) == ONE
    assert answer(other, "SELECT 1", how) == OC001
    assert answer(other, "SELECT 1", how) == ONE


@pytest.mark.parametrize("statement", STATEMENTS)
def test_whatever_the_statement_is(sessions: list[Connection], statement: str) -> None:
    one, other = sessions
    one.execute(CHANGES["add column"].encode())
    assert answer(other, statement) == OC001
    assert not answer(other, statement).startswith("4")


def test_in_a_block_its_next_statement_or_its_commit_is_oc001(sessions: list[Connection]) -> None:
    one, other = sessions
    for has_run, last in ((True, "SELECT 1"), (True, "COMMIT"), (False, "SELECT 1")):
        other.execute("BEGIN")
        if has_run:
            other.execute("SELECT * FROM strict.unrelated")
        one.execute(b"COMMENT ON TABLE strict.t IS 'again'")
        assert answer(other, last) == OC001
        if last != "COMMIT":
            assert answer(other, "SELECT 1").startswith("25P02")
            assert answer(other, "COMMIT").startswith("ROLLBACK")
        assert answer(other, "SELECT 1") == ONE


def test_an_empty_block_keeps_the_news_for_the_next_statement(sessions: list[Connection]) -> None:
    one, other = sessions
    other.execute("BEGIN")
    one.execute(CHANGES["add column"].encode())
    other.execute("COMMIT")
    assert answer(other, "SELECT 1") == OC001
    assert answer(other, "SELECT 1") == ONE


def test_what_is_rolled_back_or_refused_changes_nothing(sessions: list[Connection]) -> None:
    one, other = sessions
    one.execute("BEGIN")
    one.execute(CHANGES["add column"].encode())
    assert answer(other, "SELECT 1") == ONE
    one.execute("ROLLBACK")
    for refused in ("ALTER TABLE strict.nothing ADD COLUMN w int", "TRUNCATE strict.t"):
        with pytest.raises(psycopg.Error):
            one.execute(refused.encode())
    assert answer(other, "SELECT 1") == ONE


def test_a_session_that_begins_afterwards_has_the_new_schema(
    strict: LocalServer, sessions: list[Connection]
) -> None:
    sessions[0].execute(CHANGES["add column"].encode())
    with connect(strict.info, endpoint_of(strict.info, "todos-dev")) as late:
        assert answer(late, "SELECT 1") == ONE


def test_a_finished_index_is_oc001_as_well(sessions: list[Connection]) -> None:
    one, other = sessions
    one.execute("CREATE INDEX ASYNC by_v ON strict.t (v)")
    assert answer(other, "SELECT 1") == OC001  # the statement itself has made an index
    ready = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'strict.by_v'::regclass"
    while (said := answer(other, ready)) != OC001:
        assert said.startswith("SELECT 1")
    assert answer(other, ready) == "SELECT 1 [(True,)]"


def test_a_prepared_statement_that_the_change_breaks_is_oc001_once(
    strict: LocalServer, sessions: list[Connection]
) -> None:
    again = bind("s") + describe() + execute() + SYNC
    endpoint = endpoint_of(strict.info, "todos-dev")
    with RawSession(strict.info, endpoint) as raw:
        raw.ask(parse("SELECT * FROM strict.t", "s") + SYNC)
        sessions[0].execute(CHANGES["add column"].encode())
        assert raw.ask(again) == f"{RAW_OC001} ZI"
        assert raw.ask(again) == "2 T3 C[SELECT 0] ZI"
        sessions[0].execute(b"ALTER TABLE strict.t DROP COLUMN w")
        assert raw.ask(bind("s") + SYNC) == f"{RAW_OC001} ZI"
        assert raw.ask(again) == "2 T2 C[SELECT 0] ZI"


def test_every_protocol_says_so_after_what_came_before(
    strict: LocalServer, sessions: list[Connection]
) -> None:
    with RawSession(strict.info, endpoint_of(strict.info, "todos-dev")) as raw:
        for statement, said in (
            (query("SELECT 1; SELECT 2"), f"{RAW_OC001} ZI"),
            (run("SELECT 1") + SYNC, f"1 2 T1 {RAW_OC001} ZI"),
            (run("SELECT 1") + run("SELECT 2") + SYNC, f"1 2 T1 {RAW_OC001} ZI"),
        ):
            sessions[0].execute(b"COMMENT ON TABLE strict.t IS 'again'")
            assert raw.ask(statement) == said
            assert raw.ask(query("SELECT 1")) == "T1 D C[SELECT 1] ZI"
