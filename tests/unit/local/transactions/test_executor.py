"""Statements of a session by DSQL's rules, over a PostgreSQL with scripted answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from dsql_tui.local.faults import Conditions
from dsql_tui.local.protocol import answers
from dsql_tui.local.protocol.backend import Backend, BackendLost
from dsql_tui.local.transactions.executor import Executor
from dsql_tui.local.transactions.lock_monitor import LockMonitor
from dsql_tui.local.transactions.replay import ROLL_BACK
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.session_context import SessionContext
from dsql_tui.local.transactions.transaction import TransactionState
from tests.support.scripted_backend import Reply
from tests.support.scripted_connection import (
    ScriptedConnection,
    executed,
    no_copy,
    simple,
    with_connection,
)

OPENED = ["BEGIN", "SET LOCAL dsql.block = on", "VALUES (1)", "SAVEPOINT dsql"]
UPDATE, READ = "UPDATE t SET a = 2", "SELECT * FROM t"
DDL = "CREATE TABLE u (a int)"
BROKEN = Reply(error=answers.error("22012", "division by zero"))


async def no_database() -> Backend:
    raise BackendLost("there is no database")


@dataclass
class Bench:
    """An executor, its connection, and what it has reported."""

    on: ScriptedConnection
    conditions: Conditions = field(default_factory=Conditions)
    reported: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock_monitor = LockMonitor(no_database)
        context = SessionContext(
            lock_monitor=self.lock_monitor,
            region="us-east-1",
            is_multi_region=False,
            conditions=lambda: self.conditions,
            job_submitted=lambda: self.reported.append("job"),
            rows_changed=lambda: self.reported.append("rows"),
            message_max_bytes=1 << 20,
        )
        self.executor = Executor(self.on.upstream, context, no_copy)
        self.on.database.status = b"I"

    @property
    def ran(self) -> list[str]:
        return self.on.database.ran

    @property
    def transaction(self) -> TransactionState:
        return self.executor.transaction

    async def query(self, *statements: str) -> bool:
        """Run the statements of one Query, as a session does."""
        self.executor.busy = True
        if len(statements) == 1:
            kept = await self.executor.perform(simple(statements[0]))
        else:
            kept = True
            await self.executor.perform_all([simple(one) for one in statements])
        await self.executor.end_batch(succeeded=kept)
        self.executor.busy = False
        return kept

    async def execute(self, request: Request) -> bool:
        """Run an Execute with the Sync after it, as a session does."""
        self.executor.busy = request.synced = True
        kept = await self.executor.perform(request)
        if not request.sent:
            self.on.upstream.sync()
            await self.executor.settle()
        await self.executor.end_batch(succeeded=kept)
        self.executor.busy = False
        return kept


def with_executor(test: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole(on: ScriptedConnection) -> None:
        await test(Bench(on))

    with_connection(whole)


# --- transactions ---------------------------------------------------------------------------------


def test_a_statement_outside_of_a_block_runs_as_it_is() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.query(UPDATE)
        assert await bench.query(READ)
        assert bench.ran == [UPDATE, READ]
        assert bench.reported == ["rows"]

    with_executor(test)


def test_a_block_begins_with_the_savepoint_that_a_preemption_rolls_back_to() -> None:
    async def test(bench: Bench) -> None:
        await bench.query("BEGIN")
        await bench.on.settle()
        assert bench.ran == OPENED
        assert (bench.transaction.is_block, bench.transaction.is_implied) == (True, False)
        await bench.query(UPDATE)
        assert [entry.sql for entry in bench.transaction.log] == [UPDATE]
        assert await bench.query("COMMIT")
        assert bench.ran == [*OPENED, UPDATE, "COMMIT"]
        assert not bench.transaction.is_block
        assert bench.reported == ["rows"]

    with_executor(test)


@pytest.mark.parametrize(("end", "is_doomed"), [("COMMIT", True), ("ROLLBACK", False)])
def test_a_commit_dooms_the_transactions_it_has_preempted(end: str, *, is_doomed: bool) -> None:
    async def test(bench: Bench) -> None:
        preempted = TransactionState(0.0)
        await bench.query("BEGIN")
        await bench.query(UPDATE)
        transaction = bench.transaction
        transaction.preempted.add(preempted)
        assert await bench.query(end)
        assert preempted.is_doomed is is_doomed
        assert not transaction.preempted
        assert bench.reported == (["rows"] if is_doomed else [])

    with_executor(test)


def test_several_statements_of_a_query_are_one_transaction() -> None:
    async def test(bench: Bench) -> None:
        await bench.query(UPDATE, READ)
        assert bench.ran == [*OPENED, UPDATE, READ, "COMMIT"]
        assert bench.reported == ["rows"]
        assert not bench.transaction.is_block

    with_executor(test)


def test_several_statements_of_a_query_are_rolled_back_when_one_fails() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("SELECT", BROKEN)
        await bench.query(UPDATE, READ, UPDATE)
        assert bench.ran == [*OPENED, UPDATE, READ, "ROLLBACK"]
        assert await bench.on.errors() == ["22012"]
        assert bench.reported == []

    with_executor(test)


def test_a_begin_among_several_statements_makes_the_block_the_client_s() -> None:
    async def test(bench: Bench) -> None:
        await bench.query(UPDATE, "BEGIN", READ)
        assert bench.ran[-1] == READ
        assert (bench.transaction.is_block, bench.transaction.is_implied) == (True, False)

    with_executor(test)


def test_a_failed_block_takes_nothing_but_its_end() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("SELECT", BROKEN)
        await bench.query("BEGIN")
        assert not await bench.query(READ)
        assert bench.executor.failed
        assert not await bench.query(UPDATE)
        assert await bench.on.errors() == ["22012", "25P02"]
        await bench.query("COMMIT")
        assert not bench.executor.failed
        assert not bench.transaction.is_block
        assert bench.reported == []

    with_executor(test)


# --- conflicts ------------------------------------------------------------------------------------


async def begun(bench: Bench, *statements: str) -> None:
    await bench.query("BEGIN")
    for statement in statements:
        await bench.query(statement)
    await bench.on.settle()
    await bench.on.received()
    bench.ran.clear()


def test_a_preempted_transaction_is_replayed_at_its_next_statement() -> None:
    async def test(bench: Bench) -> None:
        await begun(bench, UPDATE)
        assert bench.executor.preempt(False)
        assert bench.executor.preempt(False), "it is out of the way already"
        assert await bench.query(READ)
        assert bench.ran == [ROLL_BACK, UPDATE, READ]
        assert await bench.query("COMMIT")
        assert await bench.on.errors() == []

    with_executor(test)


@pytest.mark.parametrize("statement", [READ, "COMMIT"])
def test_a_replay_that_answers_differently_is_a_conflict_at_commit(statement: str) -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("UPDATE", Reply(tag="UPDATE 1"), Reply(tag="UPDATE 0"))
        await begun(bench, UPDATE)
        bench.executor.preempt(False)
        if statement != "COMMIT":
            assert await bench.query(statement), "the client does not notice before"
        assert not await bench.query("COMMIT")
        assert await bench.on.errors() == ["40001"]
        assert bench.ran[-1] == "ROLLBACK"
        assert not bench.transaction.is_block
        assert bench.reported == []

    with_executor(test)


def test_who_cannot_be_replayed_or_has_work_is_not_preempted() -> None:
    async def test(bench: Bench) -> None:
        assert not bench.executor.preempt(False), "no block"
        await begun(bench, UPDATE)
        bench.executor.busy = True
        assert not bench.executor.preempt(False), "busy"
        bench.executor.busy = False
        bench.transaction.is_preemptible = False
        assert not bench.executor.preempt(False), "not replayable"
        bench.transaction.is_preemptible = True
        bench.on.database.answer("SELECT", BROKEN)
        await bench.query(READ)
        assert not bench.executor.preempt(False), "failed"
        assert ROLL_BACK not in bench.ran

    with_executor(test)


def test_a_statement_that_loses_in_postgresql_succeeds_and_its_commit_fails() -> None:
    async def test(bench: Bench) -> None:
        lost = Reply(error=answers.error("40001", "could not serialize access"))
        bench.on.database.answer("UPDATE", lost, Reply(tag="UPDATE 1"))
        bench.on.database.answer("SELECT pg_catalog.pg_dsql_copy", Reply([["public.t"]]))
        await begun(bench)
        assert await bench.query(UPDATE)
        assert bench.transaction.is_doomed
        assert await bench.on.errors() == []
        assert not await bench.query("COMMIT")
        assert await bench.on.errors() == ["40001"]

    with_executor(test)


def test_a_later_statement_of_a_doomed_transaction_runs_on_the_copies() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("SELECT pg_catalog.pg_dsql_copy", Reply([["public.t"]]))
        await begun(bench, UPDATE)
        bench.transaction.is_doomed = bench.transaction.is_preempted = True
        assert await bench.query("DELETE FROM public.t")
        assert bench.ran[-1] == "DELETE FROM        t"

    with_executor(test)


@pytest.mark.parametrize("is_block", [False, True])
def test_commit_conflicts_of_the_conditions_refuse_writing_commits_alone(*, is_block: bool) -> None:
    async def test(bench: Bench) -> None:
        bench.conditions = replace(bench.conditions, commit_conflicts=1.0)
        if is_block:
            await begun(bench, UPDATE)
            assert not await bench.query("COMMIT")
            assert bench.ran == ["ROLLBACK"]
        else:
            assert not await bench.query(UPDATE)
            assert bench.ran == []
        assert await bench.on.errors() == ["40001"]
        assert await bench.query(READ)
        await begun(bench, READ)
        assert await bench.query("COMMIT")

    with_executor(test)


def test_the_latency_of_its_region_delays_a_writing_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(bench: Bench) -> None:
        slept: list[float] = []

        async def sleep(delay_s: float) -> None:
            slept.append(delay_s)

        monkeypatch.setattr(asyncio, "sleep", sleep)
        latency_s = {"us-east-1": 0.06, "us-west-2": 0.09}
        bench.conditions = replace(bench.conditions, latency_s=latency_s)
        await bench.query(UPDATE)
        await bench.query(READ)
        assert slept == [0.06]

    with_executor(test)


# --- schema changes -------------------------------------------------------------------------------


def test_ddl_is_reported_to_jobs_and_counted_when_it_begins_and_ends() -> None:
    async def test(bench: Bench) -> None:
        assert await bench.query(DDL)
        assert bench.lock_monitor.schema_changes == 2
        assert bench.executor.schema.changes == 0, "they are its own"
        assert bench.reported == ["job"]

    with_executor(test)


def test_a_schema_change_fails_the_next_statement_once() -> None:
    async def test(bench: Bench) -> None:
        bench.executor.notify_schema_change()
        await bench.query("BEGIN")
        await bench.query("ROLLBACK")
        assert not await bench.query(READ)
        assert await bench.on.errors() == ["40001"]
        assert await bench.query(READ)

    with_executor(test)


def test_a_schema_change_fails_a_block_that_has_run_something() -> None:
    async def test(bench: Bench) -> None:
        await begun(bench, READ)
        bench.executor.notify_schema_change()
        assert not bench.executor.schema.is_outdated
        assert not await bench.query(READ)
        assert bench.executor.failed
        await bench.query("ROLLBACK")
        assert await bench.query(READ)

    with_executor(test)


# --- refusals and limits --------------------------------------------------------------------------


def test_what_dsql_refuses_fails_the_block_in_postgresql_too() -> None:
    async def test(bench: Bench) -> None:
        await begun(bench, DDL)
        assert not await bench.query(UPDATE)
        assert bench.on.database.status == b"E"
        assert UPDATE not in bench.ran
        assert await bench.on.errors() == ["0A000"]

    with_executor(test)


def test_a_transaction_that_is_too_old_fails_at_its_next_statement_and_at_commit() -> None:
    async def test(bench: Bench) -> None:
        bench.conditions = replace(bench.conditions, transaction_limit_s=-1.0)
        for statement in ("COMMIT", READ):
            await begun(bench)
            assert not await bench.query(statement)
            assert await bench.on.errors() == ["54000"]

    with_executor(test)


def test_a_refused_execute_is_answered_after_its_parse_and_bind() -> None:
    async def test(bench: Bench) -> None:
        bench.conditions = replace(bench.conditions, commit_conflicts=1.0)
        assert not await bench.execute(executed(UPDATE))
        kinds = [message.type for message in await bench.on.received()]
        assert kinds == [b"1", b"2", b"E"]
        assert bench.ran == []
        assert await bench.execute(executed(READ))

    with_executor(test)


# --- portals --------------------------------------------------------------------------------------


def test_a_portal_that_reads_is_logged_while_it_is_suspended() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("SELECT", Reply([["1"], ["2"], ["3"]]))
        await begun(bench)
        first = executed(READ, portal="c", most_rows=2)
        await bench.execute(first)
        (entry,) = bench.transaction.log
        assert (entry.portal, entry.fetched, entry.digest) == ("c", 2, None)
        rest = executed(READ, portal="c", most_rows=2)
        rest.prelude, rest.before, rest.bound = b"", (), first.bound
        await bench.execute(rest)
        assert bench.transaction.log == []

    with_executor(test)


def test_a_portal_that_writes_and_is_suspended_cannot_be_replayed() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("UPDATE", Reply([["1"], ["2"]]))
        await begun(bench)
        await bench.execute(executed("UPDATE t SET a = 1 RETURNING a", portal="c", most_rows=1))
        assert not bench.transaction.is_preemptible
        assert not bench.executor.preempt(False)

    with_executor(test)


def test_a_preempted_transaction_reads_its_portal_on_where_its_client_has_stopped() -> None:
    async def test(bench: Bench) -> None:
        bench.on.database.answer("SELECT", Reply([["1"], ["2"], ["3"]]))
        await begun(bench, UPDATE)
        first = executed(READ, portal="c", most_rows=2)
        await bench.execute(first)
        await bench.on.received()
        bench.executor.preempt(False)
        rest = executed(READ, portal="c", most_rows=2)
        rest.prelude, rest.before, rest.bound = b"", (), first.bound
        assert await bench.execute(rest)
        kinds = [message.type for message in await bench.on.received()]
        assert kinds == [b"D", b"C"]

    with_executor(test)
