"""What a transaction holds against its limits, how statements are wrapped, what is asked about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dsql_tui.console.session.transaction import (
    OpenTransaction,
    Strain,
    dangers_of,
)
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.statements.classify import classify
from tests.support.fakes import NOW

BEGUN = OpenTransaction(NOW)


def test_rows_add_up_and_bytes_are_guessed() -> None:
    text = "update t set a = 1"
    held = BEGUN.after(text, classify(text), 1_200).after(text, classify(text), 300)
    assert held.rows_changed == 1_500
    assert held.bytes_changed == 150_000
    assert held.statements == (text, text)


def test_ddl_is_remembered_by_its_command() -> None:
    text = "create table t (id int)"
    assert BEGUN.after(text, classify(text), None).ddl == "CREATE TABLE"


@pytest.mark.parametrize(
    ("rows", "seconds", "strain"),
    [
        (0, 10, Strain.FINE),
        (TRANSACTION_ROWS * 4 // 5, 10, Strain.NEAR),
        (TRANSACTION_ROWS, 10, Strain.CLOSE),
        (0, 241, Strain.NEAR),
        (0, 290, Strain.CLOSE),
    ],
)
def test_rows_and_age_strain_it(rows: int, seconds: int, strain: Strain) -> None:
    text = "delete from t where a"
    held = BEGUN.after(text, classify(text), rows)
    assert held.strain(NOW + timedelta(seconds=seconds)) is strain


@pytest.mark.parametrize(
    "sql",
    [
        "delete from orders",
        "update orders set a = 1",
        "drop table orders",
        "with gone as (delete from orders returning 1) select * from gone",
        "explain analyze delete from orders",
    ],
)
def test_what_destroys_is_asked_about(sql: str) -> None:
    assert len(dangers_of(tuple(split(sql)), can_look=True)) == 1


@pytest.mark.parametrize(
    "sql", ["delete from orders where id = 1", "select 1", "insert into t values (1)"]
)
def test_what_does_not_destroy_runs_at_once(sql: str) -> None:
    assert dangers_of(tuple(split(sql)), can_look=True) == ()


def test_only_dml_outside_a_transaction_can_be_looked_at_first() -> None:
    (delete,) = dangers_of(tuple(split("delete from t")), can_look=True)
    (drop,) = dangers_of(tuple(split("drop table t")), can_look=True)
    (inside,) = dangers_of(tuple(split("delete from t")), can_look=False)
    assert (delete.can_be_looked_at, drop.can_be_looked_at) == (True, False)
    assert not inside.can_be_looked_at
