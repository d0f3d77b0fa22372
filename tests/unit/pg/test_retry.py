"""Retries of a transaction, with waits that the test supplies instead of random ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.bench import consistency, side, worker
from dsql_tui.errors import DsqlTuiError, OccConflict, SessionLost, StatementCancelled
from dsql_tui.load import storer
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.scripts import transaction

CONFLICT = OccConflict("change conflicts with another transaction (OC000)", sqlstate="40001")
POLICIES = [
    RetryPolicy(),
    transaction.UNATTENDED,
    storer.CONFLICTS,
    storer.LOST_SESSIONS,
    worker.CONFLICTS,
    consistency.CONFLICTS,
    side.DROPS,
]


class Waits:
    """Draws the share of the longest wait that a script says, and records what was asked for."""

    def __init__(self, *shares: float) -> None:
        self.shares = list(shares)
        self.bounds: list[tuple[float, float]] = []

    def __call__(self, low: float, high: float) -> float:
        self.bounds.append((low, high))
        return low + (high - low) * (self.shares.pop(0) if self.shares else 0.0)


def failing(*errors: DsqlTuiError) -> Callable[[], str]:
    left = list(errors)

    def run() -> str:
        if left:
            raise left.pop(0)
        return "stored"

    return run


@pytest.mark.parametrize("policy", POLICIES)
def test_jitter_is_full_and_waits_double_up_to_the_cap(policy: RetryPolicy) -> None:
    waits = Waits()
    retries = Retries(policy, uniform=waits)
    while retries.begin():
        continue
    assert retries.number == policy.attempts == len(waits.bounds)
    lows, highs = zip(*waits.bounds, strict=True)
    assert set(lows) == {0}
    assert highs[0] == policy.base_ms / 1_000
    assert all(high == min(2 * low, policy.cap_ms / 1_000) for low, high in pairwise(highs))


def test_by_default_waits_are_drawn_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = [
        retries.wait_s
        for retries in (Retries(RetryPolicy(base_ms=1_000, cap_ms=1_000)) for _ in range(2_000))
        if retries.begin()
    ]
    tenths = [sum(share / 10 <= wait < (share + 1) / 10 for wait in waits) for share in range(10)]
    assert min(tenths) > 120
    assert Retries(RetryPolicy())._uniform == random.uniform


@given(st.integers(0, 20), st.integers(0, 25))
def test_a_transaction_is_sent_once_more_than_it_may_be_retried(attempts: int, lost: int) -> None:
    retries = Retries(RetryPolicy(attempts, base_ms=0))
    told: list[int] = []
    run = failing(*[CONFLICT] * lost)
    if lost > attempts:
        with pytest.raises(OccConflict):
            retrying(run, retries, on_retry=lambda: told.append(retries.number))
    else:
        assert retrying(run, retries, on_retry=lambda: told.append(retries.number)) == "stored"
    assert told == list(range(1, min(lost, attempts) + 1))


@pytest.mark.parametrize(
    "error",
    [
        SessionLost("lost", outcome_unknown=True),
        SessionLost("lost", outcome_unknown=False),
        StatementCancelled("canceling statement due to user request", sqlstate="57014"),
    ],
)
def test_only_a_conflict_is_retried_unless_more_is_asked_for(error: DsqlTuiError) -> None:
    with pytest.raises(type(error)):
        retrying(failing(error), Retries(RetryPolicy(base_ms=0)))
    errors = (OccConflict, type(error))
    assert retrying(failing(error), Retries(RetryPolicy(base_ms=0)), errors=errors) == "stored"


def test_a_run_that_is_stopped_neither_waits_nor_begins_another_retry() -> None:
    stop = Event()
    retries = Retries(RetryPolicy(base_ms=3_600_000, cap_ms=3_600_000), stop=stop, uniform=max)
    assert retries.begin()
    stop.set()
    retries.wait()
    assert not retries.begin()
    assert retries.number == 1


def test_another_policy_shares_the_count() -> None:
    waits = Waits(1, 1, 1)
    slow = RetryPolicy(attempts=3, base_ms=100, cap_ms=1_000)
    retries = Retries(RetryPolicy(attempts=2), uniform=waits)
    assert retries.begin()
    assert retries.begin(slow)
    assert retries.wait_s == pytest.approx(0.2)
    assert not retries.begin()
    assert retries.begin(slow)
    assert retries.wait_s == pytest.approx(0.4)


def test_the_wait_is_the_random_number_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    stop = Event()
    monkeypatch.setattr(stop, "wait", waited.append)
    retries = Retries(RetryPolicy(base_ms=8), stop=stop, uniform=Waits(0.25, 0.5))
    for _ in range(2):
        retries.begin()
        retries.wait()
    assert waited == pytest.approx([0.002, 0.008])
