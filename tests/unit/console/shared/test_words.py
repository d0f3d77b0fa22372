"""Times, counts and errors in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dsql_tui.console.shared import words
from dsql_tui.errors import (
    AccessDenied,
    ConnectError,
    ConnectStep,
    DsqlTuiError,
    OccConflict,
    SessionLost,
    StatementCancelled,
    StatementError,
)
from tests.support.fakes import NOW


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(872, "14:32"), (3_723, "1:02:03"), (540_000, "6 d 6 h"), (-5, "00:00")],
)
def test_a_countdown_shows_its_largest_two_units(seconds: int, shown: str) -> None:
    assert words.countdown(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(10, "new"), (300, "5 min"), (7_200, "2 h"), (90_000, "1 d")]
)
def test_an_age_shows_its_largest_unit(seconds: int, shown: str) -> None:
    assert words.age(NOW - timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("rows", "shown"), [(None, ""), (0, "~0"), (240, "~240"), (1_204, "~1.2 k"), (3e6, "~3 M")]
)
def test_an_estimate_is_marked_as_one(rows: int | None, shown: str) -> None:
    assert words.estimate(rows) == shown


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [(0.84, "0.8 ms"), (38, "38 ms"), (1_240, "1.24 s"), (125_000, "2 min 05 s")],
)
def test_a_duration_has_the_unit_it_needs(milliseconds: float, shown: str) -> None:
    assert words.elapsed(milliseconds) == shown


@pytest.mark.parametrize(
    ("region", "shown"),
    [
        ("us-east-1", "use1"),
        ("ap-northeast-1", "apne1"),
        ("ap-southeast-2", "apse2"),
        ("eu-central-1", "euc1"),
        ("odd", "odd"),
    ],
)
def test_regions_have_the_short_form_people_use(region: str, shown: str) -> None:
    assert words.short_region(region) == shown


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (StatementCancelled("x", sqlstate="57014"), "Cancelled"),
        (OccConflict("lost (OC000)", sqlstate="40001"), "Conflict OC000"),
        (StatementError("x", sqlstate="42703"), "Error 42703"),
        (ConnectError("x", step=ConnectStep.DNS), "Not connected: name look-up"),
        (SessionLost("x", outcome_unknown=True), "Outcome unknown"),
        (AccessDenied("x", action="dsql:ListClusters"), "Access denied: dsql:ListClusters"),
    ],
)
def test_each_error_has_a_headline(error: DsqlTuiError, shown: str) -> None:
    assert words.headline(error) == shown
