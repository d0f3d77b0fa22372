"""Replaying a preempted transaction, and moving one that cannot be committed to copies."""

from __future__ import annotations

import pytest

from dsql_tui.local.protocol import answers, wire
from dsql_tui.local.protocol.wire import InsertedRows, ServerMessage
from dsql_tui.local.transactions.private_messages import NO_PARAMETERS, NO_TYPES
from dsql_tui.local.transactions.replay import (
    ATTEMPTS,
    COPY_MAX_BYTES,
    OPEN_BLOCK,
    ROLL_BACK,
    Replayer,
    new_digest,
)
from dsql_tui.local.transactions.transaction import LogEntry
from tests.support.scripted_backend import Reply
from tests.support.scripted_connection import ScriptedConnection, block, with_connection

COPY = "SELECT pg_catalog.pg_dsql_copy_for_show"
UPDATE = "UPDATE t SET a = a + 1 RETURNING a"
CANCELED = answers.error("57014", "canceling statement due to user request")
DEADLOCK = answers.error("40P01", "deadlock detected")
REFUSED = answers.error("42501", "permission denied")


def digest_of(*rows: str) -> bytes:
    digest = new_digest()
    digest.update(b"".join(wire.data_row([row]) for row in rows))
    return digest.digest()


def entry(
    sql: str = UPDATE,
    command: str = "UPDATE 1",
    *rows: str,
    targets: tuple[str, ...] = ("t",),
    is_ddl: bool = False,
    inserted: InsertedRows | None = None,
    portal: str | None = None,
    fetched: int = 0,
) -> LogEntry:
    digest = digest_of(*rows)
    settings = (targets, is_ddl, inserted, portal, fetched)
    return LogEntry(sql, NO_TYPES, NO_PARAMETERS, command, digest, *settings)


def test_constants_are_what_the_scripts_and_the_documentation_say() -> None:
    assert OPEN_BLOCK == "SET LOCAL dsql.block = on; VALUES (1); SAVEPOINT dsql"
    assert ROLL_BACK == "ROLLBACK TO SAVEPOINT dsql"
    assert (ATTEMPTS, COPY_MAX_BYTES) == (5, 67_108_864)
    assert new_digest().digest_size == 16


def test_preempting_rolls_back_and_keeps_the_log() -> None:
    async def test(on: ScriptedConnection) -> None:
        transaction = block(entry())
        Replayer(on.upstream, on.settle).preempt(transaction)
        await on.settle()
        assert on.database.ran == [ROLL_BACK]
        assert transaction.is_preempted
        assert len(transaction.log) == 1
        assert await on.received() == []

    with_connection(test)


def test_a_replay_with_the_same_answers_restores_the_transaction() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply([["7"]], "UPDATE 1"))
        on.database.answer("SELECT", Reply([], "SELECT 0"))
        transaction = block(entry(UPDATE, "UPDATE 1", "7"), entry("SELECT 1", "SELECT 0"))
        transaction.is_preempted = True
        assert await Replayer(on.upstream, on.settle).restore(transaction) is None
        assert on.database.ran == [UPDATE, "SELECT 1"]
        assert (transaction.is_preempted, transaction.is_doomed) == (False, False)
        assert await on.received() == []

    with_connection(test)


@pytest.mark.parametrize(
    "reply",
    [
        Reply([["8"]], "UPDATE 1"),
        Reply([["7"]], "UPDATE 2"),
        Reply([], "UPDATE 1"),
        Reply(error=answers.error("23505", "duplicate key")),
        Reply(error=answers.error("40001", "could not serialize access")),
    ],
    ids=["other rows", "another tag", "no rows", "a violation", "a conflict"],
)
def test_a_replay_that_answers_differently_dooms_the_transaction(reply: Reply) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE t ", reply, Reply([["7"]], "UPDATE 1"))
        on.database.answer(COPY, Reply([["public.t"]]))
        transaction = block(entry(UPDATE, "UPDATE 1", "7"))
        transaction.is_preempted = True
        assert await Replayer(on.upstream, on.settle).restore(transaction) is None
        assert (transaction.is_preempted, transaction.is_doomed) == (False, True)
        assert transaction.copied == {"t": "public.t"}
        assert on.database.ran.count(UPDATE) == 2, "once as it was, once on the copy"
        assert on.database.status == b"T"
        assert await on.received() == []

    with_connection(test)


def test_what_need_not_return_the_same_is_not_compared() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("CREATE", Reply(tag="CREATE TABLE"))
        undigested = LogEntry("CREATE TABLE u ()", NO_TYPES, NO_PARAMETERS, "x", None, (), False)
        transaction = block(undigested)
        await Replayer(on.upstream, on.settle).restore(transaction)
        assert not transaction.is_doomed

    with_connection(test)


def test_inserted_rows_are_inserted_again_as_they_were() -> None:
    async def test(on: ScriptedConnection) -> None:
        rows = InsertedRows(16_400, "{'a'}")
        transaction = block(entry("COPY t FROM STDIN", "COPY 1", "x", inserted=rows))
        await Replayer(on.upstream, on.settle).restore(transaction)
        assert on.database.ran == ["CALL pg_catalog.pg_dsql_insert_again(16400, '{''a''}')"]
        assert not transaction.is_doomed

    with_connection(test)


def test_a_copy_whose_rows_are_unknown_cannot_be_replayed() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([["public.t"]]))
        transaction = block(entry("COPY t", "COPY 3"), entry("DELETE FROM t", "DELETE 0"))
        transaction.is_preempted = True
        await Replayer(on.upstream, on.settle).restore(transaction)
        assert transaction.is_doomed
        assert [sql for sql in on.database.ran if sql.startswith(("COPY", "DELETE"))] == [
            "DELETE FROM t"
        ]
        assert on.database.ran.count(ROLL_BACK) == 1, "there is nothing to try again"

    with_connection(test)


def test_a_replay_that_the_client_cancels_reports_that_and_stays_preempted() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=CANCELED))
        transaction = block(entry())
        transaction.is_preempted = True
        error = await Replayer(on.upstream, on.settle).restore(transaction)
        assert isinstance(error, ServerMessage)
        assert error.sqlstate == "57014"
        assert (transaction.is_preempted, transaction.is_doomed) == (True, False)
        assert on.database.ran == [UPDATE]

    with_connection(test)


def test_a_deadlocked_replay_is_repeated_from_the_savepoint() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=DEADLOCK), Reply([["7"]], "UPDATE 1"))
        transaction = block(entry(UPDATE, "UPDATE 1", "7"))
        assert await Replayer(on.upstream, on.settle).restart(transaction) is None
        assert on.database.ran == [ROLL_BACK, UPDATE, ROLL_BACK, UPDATE]
        assert not transaction.is_doomed

    with_connection(test)


def test_a_replay_that_deadlocks_every_time_dooms_the_transaction() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=DEADLOCK))
        transaction = block(entry(targets=()))
        await Replayer(on.upstream, on.settle).restore(transaction)
        assert transaction.is_doomed
        assert on.database.ran.count(UPDATE) == 5

    with_connection(test)


def test_restarting_passes_on_that_the_client_has_cancelled() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("UPDATE", Reply(error=CANCELED))
        error = await Replayer(on.upstream, on.settle).restart(block(entry()))
        assert isinstance(error, ServerMessage)
        assert error.sqlstate == "57014"

    with_connection(test)


def test_a_doomed_transaction_is_not_compared_again_but_copied_again() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([["public.t"]]))
        transaction = block(entry())
        transaction.is_doomed = True
        transaction.copied = {"t": "stale", "u": "stale"}
        assert await Replayer(on.upstream, on.settle).restore(transaction) is None
        assert transaction.copied == {"t": "public.t"}
        assert on.database.ran[0] == ROLL_BACK
        assert on.database.ran.count(UPDATE) == 1

    with_connection(test)


def test_dooming_runs_writes_on_copies_without_ddl_and_without_what_writes_nothing() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([["public.t"]]))
        transaction = block(
            entry("DROP TABLE t", "DROP TABLE", is_ddl=True),
            entry("UPDATE public.t SET a = 1", "UPDATE 1"),
            entry("SELECT 1", "SELECT 1", targets=()),
            entry("DECLARE c", "SELECT 1", targets=(), portal="c", fetched=2),
        )
        assert await Replayer(on.upstream, on.settle).doom(transaction)
        ran = [
            sql
            for sql in on.database.ran
            if not sql.startswith(("SELECT pg", "SELECT *", "SAVEPOINT"))
        ]
        assert ran == [ROLL_BACK, "UPDATE        t SET a = 1", "DECLARE c"]
        assert [one.sql for one in transaction.log][1] == "UPDATE public.t SET a = 1"
        assert await on.received() == []

    with_connection(test)


def test_an_open_portal_is_opened_again_and_read_as_far_as_its_client_has_read() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("TABLE t", Reply([["1"], ["2"], ["3"]]))
        undigested = LogEntry("TABLE t", NO_TYPES, NO_PARAMETERS, "", None, (), False, None, "c", 2)
        transaction = block(undigested)
        await Replayer(on.upstream, on.settle).restore(transaction)
        assert not transaction.is_doomed
        assert on.database.rest_of("c") == [["3"]]

    with_connection(test)


@pytest.mark.parametrize("empty", [Reply(), Reply(error=REFUSED)], ids=["too large", "refused"])
def test_a_transaction_continues_without_its_writes_if_a_table_cannot_be_copied(
    empty: Reply,
) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY + "('u'", empty)
        on.database.answer(COPY + "('t'", Reply([["public.t"]]))
        transaction = block(entry(), entry("UPDATE u SET a = 1", "UPDATE 1", targets=("t", "u")))
        assert not await Replayer(on.upstream, on.settle).doom(transaction)
        assert transaction.is_doomed
        assert not [sql for sql in on.database.ran if sql.startswith("UPDATE")]
        assert on.database.ran[-1] == "ROLLBACK TO SAVEPOINT dsql_copying"
        assert on.database.status == on.upstream.status == b"T"

    with_connection(test)


@pytest.mark.parametrize("empty", [Reply(), Reply(error=REFUSED)], ids=["too large", "refused"])
def test_a_copy_that_fails_has_been_rolled_back_when_the_caller_continues(empty: Reply) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, empty)
        assert not await Replayer(on.upstream, on.settle).copy_relations(block(), ["t"])
        assert on.database.ran[-1] == "ROLLBACK TO SAVEPOINT dsql_copying"
        assert on.database.status == on.upstream.status == b"T"

    with_connection(test)


def test_a_copy_that_the_client_cancels_fails_its_statement() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply(error=CANCELED))
        transaction = block()
        assert not await Replayer(on.upstream, on.settle).copy_relations(transaction, ["t"])
        assert on.database.ran[-1].startswith(COPY)
        assert on.upstream.status == b"E"
        assert on.upstream.private_error is not None

    with_connection(test)


def test_each_relation_is_copied_once_within_the_size_limit() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([[None, "x"], ["y"]]))
        transaction = block()
        replayer = Replayer(on.upstream, on.settle)
        assert await replayer.copy_relations(transaction, ["t"])
        assert await replayer.copy_relations(transaction, ["t"])
        assert transaction.copied == {"t": ""}
        assert on.database.ran == [
            "SAVEPOINT dsql_copying",
            "SELECT pg_catalog.pg_dsql_copy_for_show('t', 67108864)",
        ]

    with_connection(test)


@pytest.mark.parametrize(("seen", "expected"), [("t", True), ("f", False)])
def test_whether_a_reference_is_on_the_snapshot_the_database_knows(
    seen: str, *, expected: bool
) -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer("SELECT pg_catalog.pg_dsql_sees_reference", Reply([[seen]]))
        named = (("s", "public"), ("t", "it's"), ("n", "fk"))
        violation = ServerMessage("ERROR", "23503", "no", "Key (a)=(1)", others=named)
        sees = await Replayer(on.upstream, on.settle).sees_reference(violation)
        assert sees is expected
        assert on.database.ran == [
            "SELECT pg_catalog.pg_dsql_sees_reference('public', 'it''s', 'fk', 'Key (a)=(1)')"
        ]

    with_connection(test)


def test_a_column_of_a_copy_that_has_no_table_is_described_by_zeros() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([["public.t"]]))
        on.database.answer("SELECT * FROM pg", Reply([["99", "2", None, None]]))
        assert await Replayer(on.upstream, on.settle).copy_relations(block(), ["t"])
        assert on.upstream.origins == {(99, 2): (0, 0)}

    with_connection(test)


def test_columns_of_a_copy_are_those_of_its_table_until_it_is_copied_again() -> None:
    async def test(on: ScriptedConnection) -> None:
        on.database.answer(COPY, Reply([["public.t"]]), Reply([[""]]))
        on.database.answer(
            "SELECT * FROM pg_catalog.pg_dsql_origins('public.t')", Reply([["99", "2", "7", "3"]])
        )
        replayer, transaction = Replayer(on.upstream, on.settle), block()
        assert await replayer.copy_relations(transaction, ["t"])
        assert on.upstream.origins == {(99, 2): (7, 3)}
        assert await replayer.copy_relations(transaction, ["pg_temp.t"])
        assert sum("pg_dsql_origins" in sql for sql in on.database.ran) == 1
        await replayer.doom(transaction)
        assert on.upstream.origins == {}

    with_connection(test)
