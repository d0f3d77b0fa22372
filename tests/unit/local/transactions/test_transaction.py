"""The rules of one transaction, without a wire."""

from __future__ import annotations

import pytest

from dsql_tui.local.gate.verdicts import GateVerdict, examine
from dsql_tui.local.transactions.transaction import (
    CONFLICT,
    DDL_AND_DML,
    ENDS,
    NO_ANALYZE,
    SCHEMA_CHANGED,
    TWO_DDL,
    LogEntry,
    TransactionState,
    needs_replay,
)
from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S


def verdict(statement: str) -> GateVerdict:
    (found,) = examine(statement)
    return found


def block(*statements: str) -> TransactionState:
    transaction = TransactionState(0.0, is_block=True)
    for statement in statements:
        assert transaction.refusal(verdict(statement), 0.0) is None
        transaction.note_start(verdict(statement))
    return transaction


def test_one_ddl_is_allowed_only_alone_in_its_transaction() -> None:
    after_ddl = block("CREATE TABLE t (id int)")
    assert after_ddl.refusal(verdict("DROP TABLE u"), 0.0) is TWO_DDL
    assert after_ddl.refusal(verdict("GRANT SELECT ON t TO r"), 0.0) is TWO_DDL
    assert after_ddl.refusal(verdict("INSERT INTO t VALUES (1)"), 0.0) is DDL_AND_DML
    assert after_ddl.refusal(verdict("SELECT * FROM t"), 0.0) is None


def test_ddl_does_not_follow_dml_nor_a_cte_that_writes() -> None:
    for statement in ("UPDATE t SET a = 1", "WITH x AS (DELETE FROM t RETURNING 1) TABLE x"):
        assert block(statement).refusal(verdict("DROP TABLE t"), 0.0) is DDL_AND_DML


def test_an_old_transaction_can_only_end() -> None:
    refusal = block("SELECT 1").refusal(verdict("SELECT 1"), TRANSACTION_AGE_S + 12)
    assert refusal is not None
    assert (refusal.sqlstate, refusal.message) == (
        "54000",
        "transaction age limit of 300s exceeded",
    )
    assert refusal.detail == "Current transaction age 312s exceeds 300s"
    assert block("SELECT 1").refusal(verdict("ROLLBACK"), TRANSACTION_AGE_S + 12) is None


def test_a_changed_schema_is_reported_at_the_next_statement_and_at_commit() -> None:
    transaction = block("SELECT 1")
    transaction.schema_changed = True
    assert transaction.refusal(verdict("SELECT 1"), 0.0) is SCHEMA_CHANGED
    assert transaction.refusal(verdict("ROLLBACK"), 0.0) is None
    assert transaction.conflict is SCHEMA_CHANGED


def test_a_doomed_transaction_continues_until_its_commit() -> None:
    transaction = block("UPDATE t SET a = 1")
    transaction.is_doomed = True
    assert transaction.refusal(verdict("UPDATE t SET a = 2"), 0.0) is None
    assert transaction.conflict is CONFLICT


@pytest.mark.parametrize(
    ("statement", "repeated"),
    [
        ("UPDATE t SET a = 1", True),
        ("SELECT * FROM t FOR UPDATE", True),
        ("SELECT nextval('s')", False),
        ("SELECT book('x')", True),
        ("SET LOCAL search_path = x", True),
        ("CREATE TABLE t (id int)", True),
        ("SELECT * FROM t", False),
        ("SHOW timezone", False),
    ],
)
def test_what_leaves_a_trace_is_run_again_after_a_robbery(
    statement: str, *, repeated: bool
) -> None:
    assert needs_replay(verdict(statement)) is repeated


# --- each rule by itself --------------------------------------------------------------------------


def test_outside_of_a_block_neither_age_nor_analyze_are_refused() -> None:
    single = TransactionState(0.0)
    assert single.refusal(verdict("ANALYZE t"), TRANSACTION_AGE_S + 1) is None
    implied = TransactionState(0.0, is_block=True, is_implied=True)
    assert implied.refusal(verdict("ANALYZE t"), TRANSACTION_AGE_S + 1) is None
    assert block().refusal(verdict("ANALYZE t"), 0.0) is NO_ANALYZE
    assert block().refusal(verdict("SELECT 1"), 0.0) is None


def test_a_transaction_may_be_as_old_as_its_limit() -> None:
    transaction = TransactionState(100.0, age_limit_s=10.0, is_block=True)
    assert transaction.age_refusal(110.0) is None
    assert transaction.age_refusal(110.01) is not None
    assert TransactionState(0.0).age_limit_s == TRANSACTION_AGE_S


def test_what_the_gate_refuses_is_refused_before_anything_else() -> None:
    transaction = block("SELECT 1")
    transaction.schema_changed = True
    refused = transaction.refusal(verdict("VACUUM t"), TRANSACTION_AGE_S + 1)
    assert refused is not None
    assert refused.sqlstate == "0A000"
    assert "age" not in refused.message


@pytest.mark.parametrize("end", sorted(ENDS))
def test_every_end_of_a_transaction_is_accepted_in_any_state(end: str) -> None:
    transaction = block("CREATE TABLE t (id int)")
    transaction.schema_changed = transaction.is_doomed = True
    assert transaction.refusal(verdict(end), TRANSACTION_AGE_S + 1) is None


def test_queries_are_neither_ddl_nor_dml() -> None:
    queried = block("SELECT 1")
    assert (queried.has_run, queried.has_ddl, queried.has_dml) == (True, False, False)
    assert not queried.has_written
    assert queried.refusal(verdict("CREATE TABLE t (id int)"), 0.0) is None
    assert block("CREATE TABLE t (id int)").has_written
    assert block("UPDATE t SET a = 1", "SELECT 1").has_dml
    assert block("CREATE TABLE t (id int)", "SELECT 1").has_ddl


def test_a_new_transaction_has_nothing() -> None:
    new = TransactionState(5.0)
    assert new == new
    assert (new.is_block, new.is_implied, new.has_ddl, new.has_dml, new.has_run) == (False,) * 5
    assert (new.is_preempted, new.is_doomed, new.schema_changed) == (False,) * 3
    assert new.is_preemptible
    assert WRITE.fetched == 0
    assert len({new, TransactionState(5.0)}) == 2


def test_a_transaction_without_a_conflict_may_commit() -> None:
    assert block("UPDATE t SET a = 1").conflict is None


# --- portals --------------------------------------------------------------------------------------

BOUND, OTHER = b"\0\0one", b"\0\0two"


def portal(name: str = "c", bound: bytes = BOUND, fetched: int = 2) -> LogEntry:
    return LogEntry("TABLE t", b"", bound, "", None, (), False, portal=name, fetched=fetched)


WRITE = LogEntry("UPDATE t SET a = 1", b"", OTHER, "UPDATE 1", b"", ("t",), False)


def test_a_suspended_portal_is_open_until_it_is_exhausted() -> None:
    transaction = block()
    assert not transaction.has_open_portal("c", BOUND)
    transaction.log.append(WRITE)
    transaction.portal_suspended(portal())
    assert transaction.has_open_portal("c", BOUND)
    assert not transaction.has_open_portal("d", BOUND)
    assert transaction.portal_exhausted("c", BOUND, replayable=False)
    assert transaction.log == [WRITE]
    assert not transaction.has_open_portal("c", BOUND)


def test_the_rows_of_a_portal_that_is_fetched_in_parts_add_up() -> None:
    transaction = block()
    transaction.log.append(WRITE)
    for fetched in (2, 3):
        transaction.portal_suspended(portal(fetched=fetched))
    assert transaction.log == [WRITE, portal(fetched=5)]


def test_a_portal_that_writes_stays_in_the_log_when_it_is_exhausted() -> None:
    transaction = block()
    transaction.portal_suspended(portal())
    assert transaction.portal_exhausted("c", BOUND, replayable=True)
    (entry,) = transaction.log
    assert (entry.portal, entry.fetched) == (None, 0)
    assert not transaction.portal_exhausted("c", BOUND, replayable=True)


def test_a_portal_that_was_not_suspended_is_not_exhausted() -> None:
    transaction = block()
    transaction.log.append(WRITE)
    assert not transaction.portal_exhausted("c", BOUND, replayable=False)
    assert not transaction.has_open_portal("", OTHER)
    assert transaction.log == [WRITE]


def test_a_name_that_is_bound_again_is_another_portal() -> None:
    transaction = block()
    transaction.log.append(WRITE)
    transaction.portal_suspended(portal())
    equal = bytes(bytearray(BOUND))
    assert not transaction.has_open_portal("c", equal), "an equal Bind is another Bind"
    transaction.portal_suspended(portal(bound=OTHER, fetched=1))
    assert transaction.log == [WRITE, portal(bound=OTHER, fetched=1)]


def test_closing_a_portal_removes_that_one_alone() -> None:
    transaction = block()
    transaction.log += [WRITE, portal("c"), portal("d")]
    transaction.portal_closed("c")
    assert transaction.log == [WRITE, portal("d")]
    transaction.portal_closed(None)
    assert transaction.log == [WRITE, portal("d")]


@pytest.mark.parametrize(
    ("statement", "replayed"),
    [
        ("INSERT INTO t VALUES (1)", True),
        ("COPY t FROM STDIN", True),
        ("SELECT 1 FOR KEY SHARE", True),
        ("CALL sys.wait_for_job('x')", True),
        ("SET timezone TO 'UTC'", True),
        ("RESET timezone", True),
        ("EXPLAIN SELECT 1", False),
    ],
)
def test_every_kind_of_statement_is_replayed_or_not(statement: str, *, replayed: bool) -> None:
    assert needs_replay(verdict(statement)) is replayed
