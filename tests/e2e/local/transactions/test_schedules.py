"""Random schedules of several sessions, each answer held against a model of DSQL's isolation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.local.process.server_info import ServerInfo
from tests.support.isolation import FIRST_VALUE, Database, Hold, Transaction
from tests.support.local_dsql import PROTOCOLS, Connection, answer, connect, endpoint_of

ANSWER_WITHIN_S = 5.0
KEYS = (1, 2, 3, 4)
SESSIONS = 3
ACTIONS = (
    *("begin", "begin", "commit", "commit", "rollback"),
    *("update", "update", "update", "update all", "select", "select"),
    *("for update", "for key share", "insert", "delete"),
)
STEPS = st.tuples(
    st.integers(0, SESSIONS - 1),
    st.sampled_from(sorted(PROTOCOLS)),
    st.sampled_from(ACTIONS),
    st.sampled_from(KEYS),
)


@pytest.fixture(scope="module")
def sessions(local_dsql: ServerInfo) -> Iterator[list[Connection]]:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(local_dsql, endpoint)) for _ in range(SESSIONS + 1)]
        opened[-1].execute("CREATE TABLE schedules (id int PRIMARY KEY, v int)")
        yield opened
        opened[-1].execute("DROP TABLE schedules")


class Play:
    """One schedule on the sessions and in the model at once."""

    def __init__(self, sessions: list[Connection]) -> None:
        *self._sessions, self._onlooker = sessions
        self._onlooker.execute("DELETE FROM schedules")
        self._onlooker.execute(
            f"INSERT INTO schedules SELECT n, {FIRST_VALUE} FROM generate_series(1, 3) n".encode()
        )
        self._database = Database(dict.fromkeys(KEYS[:3], FIRST_VALUE))
        self._open: list[Transaction | None] = [None] * len(self._sessions)

    def step(self, number: int, protocol: str, action: str, key: int) -> None:
        """Take one step that is valid in the current state."""
        transaction = self._open[number]
        say = Said(self._sessions[number], protocol)
        if action == "begin" and transaction is None:
            say("BEGIN", "BEGIN")
            say("SELECT 1 FROM schedules LIMIT 0", "SELECT 0")  # takes the snapshot
            self._open[number] = self._database.begin()
        elif action in {"commit", "rollback"} and transaction is not None:
            self._end(number, say, transaction, action)
        elif transaction is not None and transaction.failed:
            say("SELECT 1", "25P02")
        elif action not in {"begin", "commit", "rollback"}:
            self._run(say, transaction, action, key)

    def close(self) -> None:
        """Roll back open transactions; the committed rows must equal those of the model."""
        for number, transaction in enumerate(self._open):
            if transaction is not None:
                self._sessions[number].execute("ROLLBACK")
        rows = self._onlooker.execute("SELECT id, v FROM schedules").fetchall()
        assert dict(rows) == self._database.rows

    def _end(self, number: int, say: Said, transaction: Transaction, action: str) -> None:
        self._open[number] = None
        if action == "rollback" or transaction.failed:
            say(action.upper(), "ROLLBACK")
        elif self._database.loses_by_locks_alone(transaction):
            if "COMMIT" in say("COMMIT", "COMMIT", "40001"):  # known of rows that were fought over
                self._database.commit(transaction)
        elif self._database.loses(transaction):
            say("COMMIT", "40001")
        else:
            say("COMMIT", "COMMIT")
            self._database.commit(transaction)

    def _run(self, say: Said, open_one: Transaction | None, action: str, key: int) -> None:
        transaction = open_one or self._database.begin()
        value = transaction.sees(key)
        if action == "insert" and value is not None:
            say(f"INSERT INTO schedules VALUES ({key}, 50)", "23505")
            transaction.failed = open_one is not None
            return
        _ACT[action](say, transaction, key, value)
        if open_one is None:
            self._database.commit(transaction)


class Said:
    """Sends a statement in one protocol and checks the answer."""

    def __init__(self, session: Connection, protocol: str) -> None:
        self._session = session
        self._protocol = protocol

    def __call__(self, sql: str, *wanted: str) -> str:
        began = time.monotonic()
        said = answer(self._session, sql, PROTOCOLS[self._protocol])
        assert time.monotonic() - began < ANSWER_WITHIN_S
        assert any(text in said for text in wanted), f"{sql}: {said}, wanted {wanted}"
        return said


def _select(say: Said, _: Transaction, key: int, value: int | None, locking: str = "") -> None:
    rows = "SELECT 0" if value is None else f"SELECT 1 [({value},)]"
    say(f"SELECT v FROM schedules WHERE id = {key} {locking}", rows)


def _for_update(say: Said, transaction: Transaction, key: int, value: int | None) -> None:
    _select(say, transaction, key, value, "FOR UPDATE")
    if value is not None:
        transaction.holds.add((key, Hold.FOR_UPDATE))


def _for_key_share(say: Said, transaction: Transaction, key: int, value: int | None) -> None:
    _select(say, transaction, key, value, "FOR KEY SHARE")
    if value is not None:
        transaction.holds.add((key, Hold.KEY_SHARE))


def _update(say: Said, transaction: Transaction, key: int, value: int | None) -> None:
    rows = "UPDATE 0" if value is None else f"UPDATE 1 [({value + 1},)]"
    say(f"UPDATE schedules SET v = v + 1 WHERE id = {key} RETURNING v", rows)
    if value is not None:
        transaction.write(key, value + 1, Hold.UPDATED)


def _update_all(say: Said, transaction: Transaction, _: int, __: int | None) -> None:
    seen = {key: value for key in KEYS if (value := transaction.sees(key)) is not None}
    say("UPDATE schedules SET v = v + 10", f"UPDATE {len(seen)}")
    for key, value in seen.items():
        transaction.write(key, value + 10, Hold.UPDATED)


def _insert(say: Said, transaction: Transaction, key: int, _: int | None) -> None:
    say(f"INSERT INTO schedules VALUES ({key}, 50)", "INSERT 0 1")
    transaction.write(key, 50, Hold.KEY_CHANGED)


def _delete(say: Said, transaction: Transaction, key: int, value: int | None) -> None:
    say(f"DELETE FROM schedules WHERE id = {key}", f"DELETE {int(value is not None)}")
    if value is not None:
        transaction.write(key, None, Hold.KEY_CHANGED)


_ACT: dict[str, Callable[[Said, Transaction, int, int | None], None]] = {
    "select": _select,
    "for update": _for_update,
    "for key share": _for_key_share,
    "update": _update,
    "update all": _update_all,
    "insert": _insert,
    "delete": _delete,
}


@given(steps=st.lists(STEPS, min_size=10, max_size=40))
@settings(deadline=None)
def test_every_schedule_goes_as_snapshot_isolation_has_it(
    sessions: list[Connection], steps: list[tuple[int, str, str, int]]
) -> None:
    play = Play(sessions)
    try:
        for step in steps:
            play.step(*step)
        play.close()
    finally:
        for session in sessions:
            if session.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                session.execute("ROLLBACK")
