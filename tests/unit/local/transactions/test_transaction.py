"""The rules of one transaction, without a wire."""

from __future__ import annotations

import pytest

from dsql_tui.local.faults import AGE_LIMIT_S
from dsql_tui.local.gate.verdicts import GateVerdict, examine
from dsql_tui.local.transactions.transaction import (
    CONFLICT,
    DDL_AND_DML,
    SCHEMA_CHANGED,
    TWO_DDL,
    TransactionState,
    needs_replay,
)


def verdict(statement: str) -> GateVerdict:
    (found,) = examine(statement)
    return found


def block(*statements: str) -> TransactionState:
    transaction = TransactionState(0.0, is_block=True)
    for statement in statements:
        assert transaction.refusal(verdict(statement), 0.0) is None
        transaction.note_start(verdict(statement))
    return transaction


def test_one_ddl_stands_alone() -> None:
    after_ddl = block("CREATE TABLE t (id int)")
    assert after_ddl.refusal(verdict("DROP TABLE u"), 0.0) is TWO_DDL
    assert after_ddl.refusal(verdict("GRANT SELECT ON t TO r"), 0.0) is TWO_DDL
    assert after_ddl.refusal(verdict("INSERT INTO t VALUES (1)"), 0.0) is DDL_AND_DML
    assert after_ddl.refusal(verdict("SELECT * FROM t"), 0.0) is None


def test_ddl_does_not_follow_dml_nor_a_cte_that_writes() -> None:
    for statement in ("UPDATE t SET a = 1", "WITH x AS (DELETE FROM t RETURNING 1) TABLE x"):
        assert block(statement).refusal(verdict("DROP TABLE t"), 0.0) is DDL_AND_DML


def test_an_old_transaction_can_only_end() -> None:
    refusal = block("SELECT 1").refusal(verdict("SELECT 1"), AGE_LIMIT_S + 12)
    assert refusal is not None
    assert (refusal.sqlstate, refusal.message) == (
        "54000",
        "transaction age limit of 300s exceeded",
    )
    assert refusal.detail == "Current transaction age 312s exceeds 300s"
    assert block("SELECT 1").refusal(verdict("ROLLBACK"), AGE_LIMIT_S + 12) is None


def test_a_changed_schema_is_told_at_the_next_statement_and_at_commit() -> None:
    transaction = block("SELECT 1")
    transaction.schema_changed = True
    assert transaction.refusal(verdict("SELECT 1"), 0.0) is SCHEMA_CHANGED
    assert transaction.refusal(verdict("ROLLBACK"), 0.0) is None
    assert transaction.conflict is SCHEMA_CHANGED


def test_a_lost_transaction_goes_on_until_its_commit() -> None:
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
