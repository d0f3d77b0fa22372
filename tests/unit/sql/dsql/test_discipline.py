"""How statements are wrapped, and which of them read-only mode lets through."""

from __future__ import annotations

import pytest

from dsql_tui.sql.dsql.discipline import Discipline, reason_it_writes
from dsql_tui.sql.statements.classify import classify


@pytest.mark.parametrize(
    ("discipline", "sql", "opening"),
    [
        (Discipline(), "delete from t", ""),
        (Discipline(manual=True), "delete from t", "BEGIN"),
        (Discipline(manual=True), "begin", ""),
        (Discipline(manual=True), "set timezone = 'UTC'", ""),
        (Discipline(read_only=True), "select 1", "BEGIN READ ONLY"),
        (Discipline(read_only=True, manual=True), "select 1", "BEGIN READ ONLY"),
        (Discipline(read_only=True), "explain analyze delete from t", "BEGIN READ ONLY"),
    ],
)
def test_the_discipline_decides_what_is_sent_first(
    discipline: Discipline, sql: str, opening: str
) -> None:
    assert discipline.opening(classify(sql), idle=True) == opening
    assert discipline.opening(classify(sql), idle=False) == ""


def test_in_read_only_mode_a_begin_cannot_ask_for_more() -> None:
    sql = "begin read write"
    assert Discipline(read_only=True).wording(sql, classify(sql)) == "BEGIN READ ONLY"


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "with a as (select 1) select count(*) from a",
        "table orders",
        "values (1)",
        "explain delete from orders",
        "explain analyze select 1",
        "copy orders to stdout",
        "show timezone",
        "set search_path = shop",
        "set timezone to 'UTC'",
        "reset search_path",
        "reset all",
        "show transaction_read_only",
        "begin",
        "start transaction read write",  # becomes BEGIN READ ONLY
        "commit",
        "rollback",
        "call sys.wait_for_job('a')",
        "",
    ],
)
def test_what_reads_is_let_through(sql: str) -> None:
    assert reason_it_writes(classify(sql)) == ""


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("delete from orders", "DELETE writes"),
        ("with gone as (delete from a returning 1) select * from gone", "SELECT writes"),
        ("explain analyze delete from orders", "EXPLAIN ANALYZE writes"),
        ("select nextval('s')", "SELECT writes"),
        ("select 1 into t", "SELECT writes"),
        ("select mine(1)", "SELECT calls mine, which may write"),
        ("select a from t for update", "SELECT locks rows"),
        ("create table t (id int)", "CREATE TABLE writes"),
        ("aws iam grant a to 'b'", "AWS IAM GRANT writes"),
        ("copy t from stdin", "COPY writes"),
        ("truncate t", "TRUNCATE writes"),
        ("analyze t", "ANALYZE may write"),
        ("do $$ begin end $$", "DO may write"),
        ("call other()", "CALL calls other, which may write"),
        ("execute p", "EXECUTE calls p, which may write"),
        ("prepare p as delete from t", "PREPARE may write"),
        ("prepare transaction 'x'", "PREPARE TRANSACTION may write"),
        ("commit prepared 'x'", "COMMIT PREPARED may write"),
        ("notify x", "NOTIFY may write"),
        ("lock t", "LOCK may write"),
        ("set transaction read write", "SET TRANSACTION may lift read-only mode"),
        ("set local transaction_read_only = off", "SET LOCAL may lift read-only mode"),
        ("set transaction_read_only to off", "SET may lift read-only mode"),
        ('set "default_transaction_read_only" = off', "SET may lift read-only mode"),
        (
            "set session characteristics as transaction read write",
            "SET SESSION may lift read-only mode",
        ),
        ("discard all", "DISCARD may write"),
        ("select set_config('transaction_read_only', 'off', true)", "SELECT calls set_config,"),
        ("selec 1", "SELEC may write"),
        ("\\d", "may write"),
    ],
)
def test_what_writes_or_is_unknown_is_held(sql: str, reason: str) -> None:
    assert reason in reason_it_writes(classify(sql), sql)
