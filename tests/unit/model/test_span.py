from __future__ import annotations

from datetime import timedelta

import pytest

from dsql_tui.model.span import countdown, duration, short_span


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (3_600, "1h"), (86_400 * 400, "1y")],
)
def test_a_short_span_is_the_largest_whole_unit(seconds: int, expected: str) -> None:
    assert short_span(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, "00:00"), (59, "00:59"), (872, "14:32"), (3_723, "1:02:03"), (604_799, "6d 23h")],
)
def test_a_countdown_grows_units_as_it_needs_them(seconds: int, expected: str) -> None:
    assert countdown(timedelta(seconds=seconds)) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [(0.42, "0.4 ms"), (12.4, "12 ms"), (3_400, "3.4 s"), (125_000, "2 m 05 s")],
)
def test_a_duration_keeps_two_figures_that_matter(milliseconds: float, expected: str) -> None:
    assert duration(milliseconds) == expected
