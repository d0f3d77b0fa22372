"""Optimistic concurrency: the recorded scenarios in every protocol, and a crowd on few rows."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from dsql_tui.local.process.server_info import ServerInfo
from tests.recorded import occ_scenarios
from tests.support.local_dsql import PROTOCOLS, Connection, answer, connect, endpoint_of

ANSWER_WITHIN_S = 2.0
"""Whoever waits for a lock waits for ever here; a busy machine takes its time."""
TRANSFERS = 200
SETUP, SCENARIOS = occ_scenarios()


@pytest.fixture(scope="module")
def sessions(local_dsql: ServerInfo) -> Iterator[dict[int, Connection]]:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    with ExitStack() as stack:
        yield {number: stack.enter_context(connect(local_dsql, endpoint)) for number in (1, 2, 3)}


@pytest.fixture(autouse=True)
def stage(sessions: dict[int, Connection]) -> Iterator[None]:
    for statement in SETUP:
        sessions[3].execute(statement.encode())
    yield
    for session in sessions.values():
        if session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            session.execute("ROLLBACK")
    sessions[3].execute("DROP TABLE ch")
    sessions[3].execute("DROP TABLE acc")


@pytest.mark.parametrize("name", ["acc", "public.acc"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_a_recorded_scenario_goes_as_recorded(
    sessions: dict[int, Connection], scenario: Any, protocol: str, name: str
) -> None:
    for step in scenario["steps"]:
        sql = re.sub(r"\bacc\b", name, step["sql"])
        began = time.monotonic()
        said = answer(sessions[step["session"]], sql, PROTOCOLS[protocol])
        took_s = time.monotonic() - began
        if step["expect"] is None:
            assert took_s < ANSWER_WITHIN_S, step
        else:
            assert step["expect"] in said, step


def test_many_sessions_on_few_rows_keep_the_sum_and_none_blocks_forever(
    local_dsql: ServerInfo, sessions: dict[int, Connection]
) -> None:
    """Eight threads move money between five rows, trying again on each conflict."""
    endpoint = endpoint_of(local_dsql, "todos-dev")
    done: list[int] = []
    lost: list[int] = []

    def transfer(worker: int) -> None:
        chance = random.Random(worker)
        with connect(local_dsql, endpoint, autocommit=False) as session:
            while len(done) < TRANSFERS:
                giver, taker = chance.sample(range(1, 6), 2)
                try:
                    session.execute("UPDATE acc SET bal = bal - 1 WHERE id = %s", (giver,))
                    session.execute("UPDATE acc SET bal = bal + 1 WHERE id = %s", (taker,))
                    session.commit()
                except psycopg.errors.SerializationFailure:
                    session.rollback()
                    lost.append(worker)
                else:
                    done.append(worker)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(transfer, worker) for worker in range(8)]:
            future.result(timeout=60)
    assert sessions[3].execute("SELECT sum(bal), count(*) FROM acc").fetchone() == (500, 5)
    assert len(done) >= TRANSFERS


def test_an_autocommit_write_never_waits_for_an_open_transaction(
    sessions: dict[int, Connection],
) -> None:
    sessions[1].execute("BEGIN")
    sessions[1].execute("UPDATE acc SET bal = 0")
    began = time.monotonic()
    sessions[2].execute("DELETE FROM ch")
    sessions[2].execute("UPDATE acc SET note = 'mine' WHERE id = 3")
    assert time.monotonic() - began < ANSWER_WITHIN_S
    assert sessions[1].execute("SELECT sum(bal) FROM acc").fetchone() == (0,)
    with pytest.raises(psycopg.errors.SerializationFailure, match="OC000"):
        sessions[1].execute("COMMIT")


def test_a_visible_duplicate_key_is_reported_immediately(sessions: dict[int, Connection]) -> None:
    sessions[1].execute("BEGIN")
    with pytest.raises(psycopg.errors.UniqueViolation):
        sessions[1].execute("INSERT INTO acc VALUES (1, 1, 'x')")
    assert sessions[1].execute("COMMIT").statusmessage == "ROLLBACK"


def test_a_grant_ends_open_transactions_that_touched_the_table(
    sessions: dict[int, Connection],
) -> None:
    sessions[1].execute("BEGIN")
    sessions[1].execute("SELECT * FROM acc")
    sessions[2].execute("GRANT SELECT ON acc TO app_ro")
    with pytest.raises(psycopg.errors.SerializationFailure, match="OC001"):
        sessions[1].execute("SELECT * FROM acc")


def test_the_statements_of_one_message_are_one_transaction(sessions: dict[int, Connection]) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        sessions[1].execute(
            "INSERT INTO acc VALUES (8, 8, 'x'); INSERT INTO acc VALUES (1, 1, 'x')"
        )
    assert sessions[2].execute("SELECT count(*) FROM acc WHERE id = 8").fetchone() == (0,)
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="multiple ddl"):
        sessions[1].execute("CREATE TABLE one (id int); CREATE TABLE two (id int)")
    sessions[1].execute("BEGIN; UPDATE acc SET bal = 1 WHERE id = 5; COMMIT; SELECT 1")
    assert sessions[2].execute("SELECT bal FROM acc WHERE id = 5").fetchone() == (1,)


def test_ten_mebibytes_are_refused_at_commit(sessions: dict[int, Connection]) -> None:
    sessions[1].execute("BEGIN")
    note = "(SELECT string_agg(md5(id::text || n), '') FROM generate_series(1, 10000) n)"
    sessions[1].execute(
        f"INSERT INTO acc SELECT id, 0, {note} FROM generate_series(10, 49) id".encode()
    )
    with pytest.raises(psycopg.errors.ProgramLimitExceeded, match="size limit 10mb") as caught:
        sessions[1].execute("COMMIT")
    assert caught.value.diag.message_detail == "Current transaction size 13mb > 10mb"


@pytest.mark.parametrize(
    "write",
    [
        "UPDATE s.pg_depend SET v = 5",
        "INSERT INTO s.pg_depend SELECT 2, 5",
        "WITH x AS (SELECT 5 AS n) UPDATE s.pg_depend SET v = n FROM x, pg_class WHERE oid = 1259",
    ],
)
def test_a_doomed_transaction_continues_with_a_table_named_like_a_catalog(
    sessions: dict[int, Connection], write: str
) -> None:
    sessions[3].execute("CREATE SCHEMA s")
    sessions[3].execute("CREATE TABLE s.pg_depend (id int PRIMARY KEY, v int)")
    sessions[3].execute("INSERT INTO s.pg_depend VALUES (1, 1)")
    for sql in ("BEGIN", "UPDATE acc SET bal = 7 WHERE id = 1", write):
        sessions[1].execute(sql.encode())
    sessions[2].execute("UPDATE acc SET bal = 8 WHERE id = 1")
    seen = answer(sessions[1], "SELECT max(v) FROM s.pg_depend")
    deleted = answer(sessions[1], "DELETE FROM s.pg_depend WHERE s.pg_depend.v = 5")
    ended = answer(sessions[1], "COMMIT")
    sessions[3].execute("DROP SCHEMA s CASCADE")
    assert seen == "SELECT 1 [(5,)]"
    assert deleted == "DELETE 1 []"
    assert ended.startswith("40001")
