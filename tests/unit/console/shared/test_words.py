"""Times, counts and errors in words."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("rows", "shown"), [(None, ""), (0, "~0"), (240, "~240"), (1_204, "~1.2 k"), (3e6, "~3 M")]
)
def test_an_estimate_is_marked_as_one(rows: int | None, shown: str) -> None:
    assert words.estimate(rows) == shown


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
        (ConnectError("x", step=ConnectStep.DNS), "Could not connect: DNS lookup"),
        (SessionLost("x", outcome_unknown=True), "Outcome unknown"),
        (AccessDenied("x", action="dsql:ListClusters"), "Access denied: dsql:ListClusters"),
    ],
)
def test_each_error_has_a_headline(error: DsqlTuiError, shown: str) -> None:
    assert words.headline(error) == shown
