"""Statements that fail in PostgreSQL and would not in DSQL: retried, and answered once."""

from __future__ import annotations

import pytest

from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.wire import Message, ServerMessage
from dsql_tui.local.transactions.replay import ROLL_BACK, Replayer
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.rescue import Rescuer, needs_shadow, shadow_sql
from dsql_tui.local.transactions.transaction import LogEntry, TransactionState
from tests.support.scripted_backend import Reply
from tests.support.scripted_connection import (
    ScriptedConnection,
    block,
    executed,
    simple,
    with_connection,
)

UPDATE = "UPDATE t SET a = 2"
COPIED = "SELECT pg_catalog.pg_dsql_copy_for_show"
DEADLOCK = answers.error("40P01", "deadlock detected")
SERIALIZATION = answers.error("40001", "could not serialize access due to concurrent update")
DUPLICATE = answers.error("23505", "duplicate key value")
REFERENCED = answers.error("23503", "violates foreign key", detail="Key is still referenced from x")
MISSING = answers.error("23503", "violates foreign key", detail="Key is not present in table")
CANCELED = answers.error("57014", "canceling statement due to user request")


def rescuer(on: ScriptedConnection) -> Rescuer:
    return Rescuer(on.upstream, Replayer(on.upstream, on.settle), on.settle)


async def fail(on: ScriptedConnection, request: Request) -> ServerMessage:
    """Run a statement that fails, as the executor does."""
    request.own.keeps_error = True
    on.upstream.send(request.prelude + request.frames, [*request.before, request.own])
    await on.settle()
    assert request.own.error is not None
    return request.own.error


async def rescue(
    on: ScriptedConnection, request: Request, transaction: TransactionState | None = None
) -> bool:
    error = await fail(on, request)
    return await rescuer(on).rescue(transaction or block(), request, error)


def kinds(messages: list[Message]) -> bytes:
    return b"".join(message.type for message in messages)


@pytest.mark.parametrize("make", [simple, executed], ids=["Query", "Execute"])
def test_a_deadlock_is_retried_and_the_client_gets_the_second_answer_only(make: object) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=DEADLOCK), Reply(tag="UPDATE 1"))
        request = make(UPDATE)  # type: ignore[operator]
        assert await rescue(on, request)
        assert on.database.ran == [UPDATE, ROLL_BACK, UPDATE]
        assert request.own.command == "UPDATE 1"
        assert kinds(await on.received()).replace(b"1", b"").replace(b"2", b"") == b"C"

    with_connection(test)


def test_a_conflict_dooms_the_transaction_and_runs_the_statement_on_a_copy() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=SERIALIZATION), Reply(tag="UPDATE 3"))
        on.database.answer(COPIED, Reply([["public.t"]]))
        transaction = block()
        assert await rescue(on, simple("UPDATE public.t SET a = 2"), transaction)
        assert transaction.is_doomed
        assert transaction.copied == {"public.t": "public.t"}
        assert on.database.ran[-1] == "UPDATE        t SET a = 2"
        assert await on.errors() == []

    with_connection(test)


def test_a_retry_that_fails_in_the_same_way_reports_the_first_error() -> None:
    async def test(on: ScriptedConnection) -> None:
        second = answers.error("23505", "duplicate key value in a copy")
        on.database.answer("UPDATE", Reply(error=DUPLICATE), Reply(error=second))
        on.database.answer(COPIED, Reply([["public.t"]]))
        assert not await rescue(on, simple(UPDATE))
        (message,) = await on.received()
        assert wire.ServerMessage.parse(message.body).message == "duplicate key value"

    with_connection(test)


def test_a_retry_that_fails_in_another_way_reports_that() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=DUPLICATE), Reply(error=MISSING))
        on.database.answer(COPIED, Reply([["public.t"]]))
        assert not await rescue(on, simple(UPDATE))
        assert await on.errors() == ["23503"]

    with_connection(test)


@pytest.mark.parametrize(
    ("sees", "is_retried"), [("f", True), ("t", False)], ids=["outside", "on the snapshot"]
)
def test_a_reference_counts_only_if_the_snapshot_shows_it(sees: str, *, is_retried: bool) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("DELETE", Reply(error=REFERENCED), Reply(tag="DELETE 1"))
        on.database.answer("SELECT pg_catalog.pg_dsql_sees_reference", Reply([[sees]]))
        on.database.answer(COPIED, Reply([["public.t"]]))
        transaction = block()
        assert await rescue(on, simple("DELETE FROM t"), transaction) is is_retried
        assert transaction.is_doomed
        assert await on.errors() == ([] if is_retried else ["23503"])
        assert on.database.status == (b"T" if is_retried else b"E")

    with_connection(test)


@pytest.mark.parametrize(
    "error", [MISSING, answers.error("22012", "division by zero")], ids=["missing key", "other"]
)
def test_any_other_error_is_the_client_s_and_fails_the_block(error: ServerMessage) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=error))
        transaction = block()
        assert not await rescue(on, executed(UPDATE), transaction)
        assert not transaction.is_doomed
        assert await on.errors() == [error.sqlstate]
        assert on.database.status == b"E"
        assert not on.upstream.skipping
        assert on.database.ran == [UPDATE]

    with_connection(test)


def test_a_block_that_a_rescue_has_rolled_back_fails_again_with_its_statement() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("DELETE", Reply(error=REFERENCED))
        on.database.answer("SELECT pg_catalog.pg_dsql_sees_reference", Reply([["t"]]))
        assert not await rescue(on, executed("DELETE FROM t"))
        assert on.upstream.status == on.database.status == b"E", "known without another message"
        assert not on.upstream.skipping

    with_connection(test)


def test_the_columns_of_a_query_that_is_retried_are_described_once() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("SELECT", Reply([["1"]]))
        assert await rescuer(on).run_again(block(), simple("SELECT a FROM t"))
        assert kinds(await on.received()) == b"TDC"

    with_connection(test)


@pytest.mark.parametrize("error", [DEADLOCK, SERIALIZATION, DUPLICATE])
def test_copy_is_never_retried(error: ServerMessage) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("COPY", Reply(error=error))
        transaction = block()
        assert not await rescue(on, simple("COPY t FROM STDIN"), transaction)
        assert not transaction.is_doomed
        assert len(on.database.ran) == 1
        assert len(await on.errors()) == 1

    with_connection(test)


def test_a_replay_that_is_cancelled_cancels_the_statement() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=DEADLOCK))
        on.database.answer("INSERT", Reply(error=CANCELED))
        logged = LogEntry("INSERT INTO t VALUES (1)", bytes(2), bytes(6), "", None, ("t",), False)
        assert not await rescue(on, simple(UPDATE), block(logged))
        assert await on.errors() == ["57014"]

    with_connection(test)


# --- waiting for a job ----------------------------------------------------------------------------

CALL = "CALL sys.wait_for_job('x')"


async def wait(on: ScriptedConnection, transaction: TransactionState, first: str | None) -> bool:
    request = simple(CALL)
    request.own.rows = [wire.data_row([first])]
    ended = await rescuer(on).wait(transaction, request)
    if ended:
        assert list(wire.rows_of(b"".join(request.own.rows))) == [("t",)]
    return ended


def test_a_job_that_waits_for_the_transaction_has_its_locks() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("CALL", Reply([[None]]), Reply([["t"]]))
        transaction = block()
        assert await wait(on, transaction, None)
        assert transaction.is_preempted
        assert on.database.ran == [ROLL_BACK, CALL, ROLL_BACK, CALL]
        assert await on.received() == []

    with_connection(test)


def test_a_transaction_that_cannot_be_replayed_is_doomed_instead() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("CALL", Reply([["t"]]))
        transaction = block()
        transaction.is_preemptible = False
        assert await wait(on, transaction, None)
        assert (transaction.is_doomed, transaction.is_preempted) == (True, False)

    with_connection(test)


def test_a_job_that_has_ended_is_asked_for_once() -> None:
    async def test(on: ScriptedConnection) -> None:
        transaction = block()
        assert await wait(on, transaction, "t")
        assert on.database.ran == []
        assert not transaction.is_preempted

    with_connection(test)


def test_an_error_ends_the_wait() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("CALL", Reply(error=CANCELED))
        assert not await wait(on, block(), None)
        assert await on.errors() == ["57014"]

    with_connection(test)


# --- on copies ------------------------------------------------------------------------------------


def doomed() -> TransactionState:
    transaction = block()
    transaction.is_doomed = True
    transaction.copied = {"t": "public.t"}
    return transaction


def test_a_statement_is_rewritten_only_in_a_doomed_transaction() -> None:
    qualified = "UPDATE public.t SET a = 1"
    assert shadow_sql(qualified, doomed()) == "UPDATE        t SET a = 1"
    assert shadow_sql(qualified, block()) == qualified
    assert needs_shadow(simple(qualified), doomed())
    assert not needs_shadow(simple("UPDATE t SET a = 1"), doomed())
    assert not needs_shadow(simple("COPY public.t FROM STDIN"), doomed())


def test_a_portal_that_is_open_runs_on_as_it_is() -> None:
    request = executed("SELECT * FROM public.t", portal="c", most_rows=1)
    transaction = doomed()
    assert needs_shadow(request, transaction)
    transaction.portal_suspended(request.suspended_entry(request.verdict))  # type: ignore[arg-type]
    assert not needs_shadow(request, transaction)


def test_a_suspended_portal_is_opened_for_its_client_on_the_copy() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("SELECT * FROM", Reply([["1"], ["2"]]))
        request = executed("SELECT * FROM public.t", portal="c", most_rows=1)
        assert await rescuer(on).run_again(doomed(), request)
        assert request.own.suspended
        assert kinds(await on.received()) == b"Ds"
        assert on.database.rest_of("c") == [["2"]]

    with_connection(test)


def test_a_portal_that_is_open_on_the_copy_is_continued() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("SELECT * FROM", Reply([["1"], ["2"]]))
        request = executed("SELECT * FROM public.t", portal="c", most_rows=1)
        transaction = doomed()
        assert await rescuer(on).run_again(transaction, request)
        transaction.portal_suspended(request.suspended_entry(request.verdict))  # type: ignore[arg-type]
        assert await rescuer(on).run_again(transaction, request)
        assert kinds(await on.received()) == b"DsDs"
        assert on.database.rest_of("c") == []

    with_connection(test)
