"""Which sessions can be shown side by side, what may run there, and how rows are compared."""

from __future__ import annotations

import pytest

from dsql_tui.console.side_by_side.sides import (
    ComparedSide,
    key_columns,
    matched_by,
    refusal,
    side_typed,
    sides_offered,
)
from dsql_tui.model.endpoint import Profile
from dsql_tui.results.store import ResultStore
from tests.support.fakes import SHOP, TODOS
from tests.support.rows import chunk, columns

HERE = SHOP.endpoint(Profile(), "admin")
PEER = SHOP.peer_arns[0]


def store(*rows: tuple[str | None, ...]) -> ResultStore:
    held = ResultStore(columns(id="bigint", line="bigint", name="text"))
    held.append(chunk(*rows))
    return held


@pytest.mark.parametrize(
    "statement",
    [
        "select 1",
        "explain delete from t",
        "values (1)",
        "show search_path",
        "select f()",
        "table t",
    ],
)
def test_what_reads_may_run_on_two_sessions(statement: str) -> None:
    assert refusal(statement) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "delete from t",
        "with d as (delete from t returning *) select * from d",
        "explain analyze update t set a = 1",
        "create table t (n int)",
        "select nextval('s')",
        "begin",
        "set search_path to x",
    ],
)
def test_what_does_not_only_read_is_refused_with_words(statement: str) -> None:
    assert refusal(statement).endswith((".", "may."))


def test_peers_are_offered_before_other_roles() -> None:
    roles = {SHOP.arn: ("admin", "app_ro"), PEER: ("app_rw",)}
    assert sides_offered(SHOP, HERE, lambda arn: roles[arn]) == (
        ComparedSide("us-east-2", "admin", PEER),
        ComparedSide("us-east-2", "app_rw", PEER),
        ComparedSide("us-east-2", "app_ro", PEER),
        ComparedSide("us-east-1", "app_ro"),
    )


def test_a_cluster_without_peers_and_roles_offers_nothing() -> None:
    assert sides_offered(TODOS, TODOS.endpoint(Profile()), lambda _arn: ("admin",)) == ()


@pytest.mark.parametrize(
    ("typed", "side"),
    [
        ("app_ro", ComparedSide("us-east-1", "app_ro")),
        ("app_ro@us-east-1", ComparedSide("us-east-1", "app_ro")),
        ("@us-east-2", ComparedSide("us-east-2", "admin", PEER)),
        (" app_ro @ us-east-2 ", ComparedSide("us-east-2", "app_ro", PEER)),
        ("app_ro@staging", ComparedSide("staging", "app_ro", "staging")),
    ],
)
def test_a_typed_side_is_a_role_and_a_place(typed: str, side: ComparedSide) -> None:
    assert side_typed(typed, SHOP, HERE) == side


def test_rows_are_matched_by_the_fewest_leading_columns_that_are_unique_on_both_sides() -> None:
    first = store(("1", "1", "a"), ("1", "2", "a"))
    assert key_columns(first, store(("1", "1", "b"))) == (0, 1)
    assert matched_by(first, (0, 1)) == "matched by id, line"


def test_single_rows_are_matched_with_each_other() -> None:
    assert key_columns(store(("1", "1", "a")), store(("2", "2", "b"))) == ()


def test_rows_without_a_key_are_matched_as_a_whole() -> None:
    first = store(("1", "1", "a"), ("1", "1", "a"))
    keys = key_columns(first, first)
    assert matched_by(first, keys) == "matched by all columns"
