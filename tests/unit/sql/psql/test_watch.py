"""How often a statement is watched, what may be, and what it has cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.psql.watch import Watch, read_watch, reason_not_watched
from dsql_tui.sql.statements.classify import classify


@pytest.mark.parametrize(
    ("arguments", "watch"),
    [
        ([], Watch(2.0, 0)),
        (["5"], Watch(5.0, 0)),
        (["0.5"], Watch(0.5, 0)),
        (["2s"], Watch(2.0, 0)),
        (["i=3", "c=4"], Watch(3.0, 4)),
        (["count=4", "interval=0.1"], Watch(0.1, 4)),
        (["86400"], Watch(86_400.0, 0)),
        (["c=1000000"], Watch(2.0, 1_000_000)),
    ],
)
def test_arguments_are_those_of_psql(arguments: list[str], watch: Watch) -> None:
    assert read_watch(arguments) == watch


@pytest.mark.parametrize(
    "arguments", [["x"], ["-1"], ["0"], ["0.09"], ["86401"], ["c=x"], ["c=1000001"], ["2", "m=1"]]
)
def test_other_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(InputError, match=r"^\\watch: "):
        read_watch(arguments)


@pytest.mark.parametrize(("elapsed_s", "pause_s"), [(0.0, 2.0), (0.5, 1.5), (2.0, 0.0), (7.0, 0.0)])
def test_a_run_that_takes_longer_is_followed_at_once(elapsed_s: float, pause_s: float) -> None:
    assert Watch(2.0).pause_s(elapsed_s) == pause_s


def test_the_interval_and_the_cost_are_said() -> None:
    watch = Watch(0.5)
    assert watch.words == "every 0.5 s"
    assert watch.cost_words(3, Decimal("0.00150"), Decimal(8)) == "~0.0045 DPU, $0.000000"
    assert watch.cost_words(1000, Decimal(2), Decimal(8)) == "~2000 DPU, $0.016000"
    assert watch.cost_words(3, None, Decimal(8)) == "DPU unknown"


@pytest.mark.parametrize(
    "text", ["select 1", "with a as (select 1) table a", "explain select 1", "show timezone"]
)
def test_what_reads_is_watched(text: str) -> None:
    assert reason_not_watched(classify(text), text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("delete from t", "DELETE writes; only statements that read are watched."),
        ("select f()", "SELECT calls f, which may write; only statements that read are watched."),
        ("explain analyze delete from t", "EXPLAIN ANALYZE writes; only statements that"),
        ("select 1 for update", "SELECT locks rows; only statements that read are watched."),
        ("begin", "BEGIN cannot be watched."),
        ("commit", "COMMIT cannot be watched."),
    ],
)
def test_what_may_write_is_not(text: str, reason: str) -> None:
    assert reason_not_watched(classify(text), text).startswith(reason)
