"""What conflicts with what, and what a transaction keeps while others preempt its locks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.local_dsql import PROTOCOLS, Connection, answer, asyncpg_to, connect, endpoint_of

SETUP = (
    "CREATE SCHEMA conflicts",
    "SET search_path = conflicts",
    "CREATE TABLE stock (id int PRIMARY KEY, code int UNIQUE, amount int)",
    "CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),"
    " number bigint GENERATED ALWAYS AS IDENTITY (CACHE 65536),"
    " twice int GENERATED ALWAYS AS (amount * 2) STORED, amount int, note text, data bytea)",
    "CREATE TABLE items (id int PRIMARY KEY, stock int REFERENCES stock)",
    "CREATE TABLE parts (id int PRIMARY KEY, stock int REFERENCES stock ON DELETE CASCADE)",
    "CREATE TABLE tagged (a int PRIMARY KEY, b int, c int)",
    "CREATE TABLE labels (a int PRIMARY KEY)",
    "ALTER TABLE tagged DROP COLUMN b",
    "CREATE FUNCTION take(k int) RETURNS int LANGUAGE sql AS"
    " $$ UPDATE stock SET amount = amount - 1 WHERE id = k RETURNING amount $$",
)
LOST = "40001 change conflicts with another transaction (OC000)"
SCHEMA_CHANGED = "40001 schema has been updated by another transaction (OC001)"
UPDATE = "UPDATE stock SET amount = amount + 1 WHERE id = 1"
CODE = "UPDATE stock SET code = 9 WHERE id = 1"
KEY = "UPDATE stock SET id = 9 WHERE id = 1"
DELETE = "DELETE FROM stock WHERE id = 1"
FOR_UPDATE = "SELECT * FROM stock WHERE id = 1 FOR UPDATE"
KEY_SHARE = "SELECT * FROM stock WHERE id = 1 FOR KEY SHARE"
HOLDS = (UPDATE, CODE, KEY, DELETE, FOR_UPDATE, KEY_SHARE)
PEACEFUL = ({UPDATE, KEY_SHARE}, {KEY_SHARE})


@pytest.fixture(scope="module")
def crowd(local_dsql: ServerInfo) -> Iterator[list[Connection]]:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    with ExitStack() as stack:
        sessions = [stack.enter_context(connect(local_dsql, endpoint)) for _ in range(3)]
        for statement in SETUP:
            sessions[2].execute(statement.encode())
        for session in sessions:
            session.execute("SET search_path = conflicts")
        yield sessions
        sessions[2].execute("DROP SCHEMA conflicts CASCADE")


@pytest.fixture
def sessions(crowd: list[Connection]) -> Iterator[list[Connection]]:
    """Give three sessions, and a stock of five with 100 of each."""
    crowd[2].execute("INSERT INTO stock SELECT n, n, 100 FROM generate_series(1, 5) n")
    yield crowd
    for session in crowd:
        if session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            session.execute("ROLLBACK")
    for table in ("items", "parts", "orders", "stock"):
        crowd[2].execute(f"DELETE FROM {table}".encode())


def rob_and_give_up(robber: Connection, statement: str = UPDATE) -> None:
    """Preempt the locks that block a statement, and roll it back."""
    robber.execute("BEGIN")
    robber.execute(statement.encode())
    robber.execute("ROLLBACK")


@pytest.mark.parametrize("second", HOLDS)
@pytest.mark.parametrize("first", HOLDS)
def test_of_two_that_hold_a_row_the_second_to_commit_loses_unless_both_may_have_it(
    sessions: list[Connection], first: str, second: str
) -> None:
    one, other, _ = sessions
    for session, statement in ((one, first), (other, second)):
        session.execute("BEGIN")
        session.execute(statement.encode())
    assert answer(one, "COMMIT").startswith("COMMIT")
    wanted = "COMMIT" if {first, second} in PEACEFUL else LOST
    assert answer(other, "COMMIT").startswith(wanted)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_rows_keep_their_generated_keys_when_their_transaction_is_robbed(
    sessions: list[Connection], protocol: str
) -> None:
    one, other, onlooker = sessions
    how = PROTOCOLS[protocol]
    rows = "SELECT id, number, twice, amount, note, data FROM orders ORDER BY number"
    one.execute("BEGIN")
    odd = """(1, 'a "b" \\ {c, d}', '\\x00ff'), (2, NULL, NULL)"""
    answer(one, f"INSERT INTO orders (amount, note, data) VALUES {odd} RETURNING id", how)
    answer(one, "INSERT INTO orders (amount) SELECT generate_series(3, 9)", how)
    before = one.execute(rows.encode()).fetchall()
    answer(one, UPDATE, how)
    rob_and_give_up(other)
    assert one.execute(rows.encode()).fetchall() == before
    assert answer(one, "COMMIT", how).startswith("COMMIT")
    assert onlooker.execute(rows.encode()).fetchall() == before


NOTHING = "INSERT INTO stock SELECT * FROM stock WHERE false"
PRESENT = "INSERT INTO stock VALUES (1, 1, 1) ON CONFLICT DO NOTHING"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("tail", ["", " RETURNING id"])
@pytest.mark.parametrize("statement", [NOTHING, PRESENT])
def test_a_transaction_may_insert_nothing(
    sessions: list[Connection], statement: str, tail: str, protocol: str
) -> None:
    one, other, onlooker = sessions
    how = PROTOCOLS[protocol]
    one.execute("BEGIN")
    assert answer(one, statement + tail, how).startswith("INSERT 0 0")
    with one.cursor() as cursor, cursor.copy("COPY stock FROM STDIN"):
        pass
    answer(one, UPDATE, how)
    rob_and_give_up(other)
    assert answer(one, "COMMIT", how).startswith("COMMIT")
    row = onlooker.execute("SELECT count(*), sum(amount) FROM stock").fetchone()
    assert row == (5, 501)


def test_copied_rows_stay_when_their_transaction_is_robbed(sessions: list[Connection]) -> None:
    one, other, onlooker = sessions
    one.execute("BEGIN")
    with one.cursor() as cursor, cursor.copy("COPY orders (amount, note) FROM STDIN") as copy:
        for number in range(100):
            copy.write_row((number, f"n{number}"))
    before = one.execute("SELECT * FROM orders ORDER BY number").fetchall()
    one.execute(UPDATE.encode())
    rob_and_give_up(other)
    assert answer(one, "COMMIT").startswith("COMMIT")
    assert onlooker.execute("SELECT * FROM orders ORDER BY number").fetchall() == before


@pytest.mark.parametrize("first", ["preempted", "late"])
def test_a_doomed_transaction_continues_with_the_rows_and_keys_it_had_read(
    sessions: list[Connection], first: str
) -> None:
    one, other, _ = sessions
    one.execute("BEGIN")
    given = one.execute("INSERT INTO orders (amount) VALUES (1) RETURNING id, number").fetchall()
    with one.cursor() as cursor, cursor.copy("COPY orders (amount) FROM STDIN") as copy:
        copy.write_row((2,))
    for session in (one, other) if first == "preempted" else (other, one):
        session.execute(UPDATE.encode())
    rows = "SELECT id, number FROM conflicts.orders ORDER BY number"
    assert one.execute(rows.encode()).fetchall()[:1] == given
    given += one.execute("INSERT INTO orders (amount) VALUES (3) RETURNING id, number").fetchall()
    assert one.execute(rows.encode()).fetchall()[::2] == given
    assert answer(one, "COMMIT") == LOST


@pytest.mark.parametrize("wins", [True, False])
def test_what_a_function_writes_is_neither_lost_nor_kept_after_a_conflict(
    sessions: list[Connection], *, wins: bool
) -> None:
    one, other, onlooker = sessions
    one.execute("BEGIN")
    assert answer(one, "SELECT take(1)") == "SELECT 1 [(99,)]"
    if wins:
        rob_and_give_up(other)
        assert answer(one, "COMMIT").startswith("COMMIT")
    else:
        other.execute(UPDATE.encode())
        assert answer(one, "COMMIT") == LOST
    left = onlooker.execute("SELECT amount FROM stock WHERE id = 1").fetchone()
    assert left == ((99,) if wins else (101,))


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("locking", ["FOR UPDATE", "FOR KEY SHARE"])
def test_locking_rows_that_have_changed_shows_the_snapshot_and_loses(
    sessions: list[Connection], protocol: str, locking: str
) -> None:
    one, other, _ = sessions
    one.execute("BEGIN")
    before = one.execute("SELECT id, amount FROM stock ORDER BY id").fetchall()
    other.execute("DELETE FROM stock WHERE id = 4")
    said = answer(one, f"SELECT id, amount FROM stock ORDER BY id {locking}", PROTOCOLS[protocol])
    assert said == f"SELECT 5 {before}"
    assert answer(one, "COMMIT") == LOST


@pytest.mark.parametrize("child", ["items", "parts"])
@pytest.mark.parametrize("first", ["parent", "child"])
def test_of_a_deleted_parent_and_a_new_child_one_loses(
    sessions: list[Connection], child: str, first: str
) -> None:
    one, other, onlooker = sessions
    one.execute("BEGIN")
    assert answer(one, DELETE).startswith("DELETE 1")
    other.execute("BEGIN")
    assert answer(other, f"INSERT INTO {child} VALUES (1, 1)").startswith("INSERT 0 1")
    winner, loser = (one, other) if first == "parent" else (other, one)
    assert answer(winner, "COMMIT").startswith("COMMIT")
    assert answer(loser, "COMMIT") == LOST
    children = f"SELECT count(*), (SELECT count(*) FROM stock WHERE id = 1) FROM {child}"
    assert onlooker.execute(children.encode()).fetchone() == (
        (0, 0) if first == "parent" else (1, 1)
    )


def test_a_child_row_outside_the_snapshot_is_reported_at_commit_and_one_inside_it_immediately(
    sessions: list[Connection],
) -> None:
    one, other, _ = sessions
    one.execute("BEGIN")
    one.execute("SELECT * FROM stock")
    other.execute("INSERT INTO items VALUES (1, 1)")
    assert answer(one, DELETE).startswith("DELETE 1")
    assert answer(one, "SELECT count(*) FROM stock") == "SELECT 1 [(4,)]"
    assert answer(one, "COMMIT") == LOST
    one.execute("BEGIN")
    assert answer(one, DELETE).startswith("23503 update or delete on table")
    assert answer(one, "SELECT 1").startswith("25P02")
    assert answer(one, "COMMIT").startswith("ROLLBACK")


def test_nobody_waits_for_a_cursor_that_is_half_read(
    local_dsql: ServerInfo, sessions: list[Connection]
) -> None:
    _, other, onlooker = sessions
    wanted = "SELECT id FROM conflicts.stock ORDER BY id"

    async def read(*, locking: str = "") -> list[int]:
        reader = await asyncpg_to(local_dsql, endpoint_of(local_dsql, "todos-dev"))
        try:
            async with reader.transaction():
                await reader.execute("UPDATE conflicts.stock SET amount = 7 WHERE id = 1")
                cursor = await reader.cursor(wanted + locking)
                seen = await cursor.fetch(2)
                await asyncio.to_thread(rob_and_give_up, other)
                seen += await cursor.fetch(2)
                await asyncio.to_thread(rob_and_give_up, other)
                seen += await cursor.fetch(9)
                return [row[0] for row in seen]
        finally:
            await reader.close()

    for locking in ("", " FOR UPDATE"):
        assert asyncio.run(read(locking=locking)) == [1, 2, 3, 4, 5]
        amount = onlooker.execute("SELECT amount FROM stock WHERE id = 1").fetchone()
        assert amount == (7,)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_cancel_request_during_a_replay_is_answered(
    sessions: list[Connection], protocol: str
) -> None:
    one, other, onlooker = sessions
    how = PROTOCOLS[protocol]
    onlooker.execute("CREATE SEQUENCE turns CACHE 1")
    once = "pg_sleep(CASE nextval('turns') WHEN 1 THEN 0 ELSE 60 END) IS NOT NULL"
    one.execute("BEGIN")
    assert answer(one, f"{UPDATE} AND {once}", how).startswith("UPDATE 1")
    rob_and_give_up(other)
    with ThreadPoolExecutor(1) as aside:
        said = aside.submit(answer, one, "SELECT 1", how)
        while not wait([said], timeout=0.02).done:
            one.cancel()
    assert said.result() == "57014 canceling statement due to user request"
    assert answer(one, "SELECT 1", how).startswith("25P02")
    assert answer(one, "COMMIT", how).startswith("ROLLBACK")
    onlooker.execute("DROP SEQUENCE turns")


@pytest.mark.parametrize(
    "ddl",
    [
        "GRANT SELECT ON stock TO app_ro",
        "GRANT SELECT ON ALL TABLES IN SCHEMA conflicts TO app_ro",
        "COMMENT ON TABLE stock IS 'x'",
        "CREATE INDEX ASYNC by_amount ON stock (amount)",
        "DROP INDEX by_amount",
    ],
)
def test_ddl_is_reported_to_every_transaction_that_used_the_relation(
    sessions: list[Connection], ddl: str
) -> None:
    one, other, _ = sessions
    one.execute("BEGIN")
    one.execute("SELECT * FROM stock")
    other.execute(ddl.encode())
    assert answer(one, "SELECT 1") == SCHEMA_CHANGED
    one.execute("ROLLBACK")


def test_ddl_is_reported_to_a_transaction_that_was_preempted_before(
    sessions: list[Connection],
) -> None:
    one, other, onlooker = sessions
    one.execute("BEGIN")
    one.execute(UPDATE.encode())
    rob_and_give_up(other)
    onlooker.execute("ALTER TABLE stock ADD COLUMN more int")
    assert answer(one, "COMMIT") == SCHEMA_CHANGED
    onlooker.execute("ALTER TABLE stock DROP COLUMN more")


COLUMNS = (
    "SELECT c, a FROM tagged",
    "SELECT tagged.a, other.a FROM conflicts.tagged, conflicts.labels other",
    "UPDATE conflicts.tagged SET a = a RETURNING c",
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_columns_are_those_of_their_table_also_when_the_transaction_runs_on_copies(
    sessions: list[Connection], protocol: str
) -> None:
    one, other, onlooker = sessions
    how = PROTOCOLS[protocol]
    expected = [origins_of(onlooker, query, how) for query in COLUMNS]
    one.execute("BEGIN")
    one.execute("INSERT INTO tagged VALUES (1, 1)")
    one.execute(UPDATE.encode())
    other.execute(UPDATE.encode())
    assert [origins_of(one, query, how) for query in COLUMNS] == expected
    assert answer(one, "COMMIT") == LOST
    assert [origins_of(one, query, how) for query in COLUMNS] == expected


def origins_of(session: Connection, query: str, how: dict[str, Any]) -> list[tuple[int, int]]:
    result = session.execute(query.encode(), **how).pgresult
    assert result is not None
    return [(result.ftable(at), result.ftablecol(at)) for at in range(result.nfields)]
