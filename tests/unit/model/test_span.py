from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dsql_tui.model.span import age, count, countdown, duration, latency, short_span


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (3_600, "1h"), (86_400 * 400, "1y")],
)
def test_a_short_span_is_the_largest_whole_unit(seconds: int, expected: str) -> None:
    assert short_span(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "00:00"),
        (59, "00:59"),
        (872, "14:32"),
        (3_723, "1:02:03"),
        (540_000, "6 d 6 h"),
        (604_799, "6 d 23 h"),
    ],
)
def test_a_countdown_grows_units_as_it_needs_them(seconds: int, expected: str) -> None:
    assert countdown(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(0.84, "0.8 ms"), (12.4, "12 ms"), (3_400, "3.40 s"), (125_000, "2 min 05 s")],
)
def test_a_duration_has_the_unit_it_needs(milliseconds: float, expected: str) -> None:
    assert duration(milliseconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(10, "new"), (300, "5 min"), (7_200, "2 h"), (90_000, "1 d")]
)
def test_an_age_shows_its_largest_unit(seconds: int, expected: str) -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert age(now - timedelta(seconds=seconds), now) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"), [(None, "–"), (0.816, "0.82"), (10, "10.0"), (1_204.5, "1,204.5")]
)
def test_a_latency_keeps_the_figures_that_matter(milliseconds: float | None, expected: str) -> None:
    assert latency(milliseconds) == expected


def test_a_count_has_its_noun_in_the_right_number() -> None:
    assert [count(number, "row") for number in (0, 1, 1_204)] == ["0 rows", "1 row", "1,204 rows"]
    assert count(2, "batch", "batches") == "2 batches"
