from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.model.latency import HISTOGRAM_EDGES_MS, Histogram

LATENCIES = st.lists(st.floats(min_value=0.01, max_value=60_000), min_size=1, max_size=200)


def filled(latencies: list[float]) -> Histogram:
    histogram = Histogram()
    for each in latencies:
        histogram.record(each)
    return histogram


@given(LATENCIES, st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_percentile_is_within_one_percent_of_the_exact_one(
    latencies: list[float], share: float
) -> None:
    exact = sorted(latencies)[max(math.ceil(share * len(latencies)), 1) - 1]
    found = filled(latencies).percentile(share)
    assert found == pytest.approx(exact, rel=0.011)


@given(LATENCIES, LATENCIES)
def test_added_histograms_count_as_one(one: list[float], other: list[float]) -> None:
    whole = filled(one)
    whole.add(filled(other))
    together = filled(one + other)
    assert whole.count == together.count
    assert whole.max_ms == max(one + other)
    assert whole.percentile(0.9) == together.percentile(0.9)


@given(LATENCIES)
def test_every_latency_is_in_exactly_one_bar(latencies: list[float]) -> None:
    assert sum(filled(latencies).bars(HISTOGRAM_EDGES_MS)) == len(latencies)


def test_bars_are_cut_at_their_edges() -> None:
    assert filled([0.5, 1.5, 3.0, 100.0]).bars((1.0, 2.0, 4.0)) == (1, 1, 1, 1)


def test_nothing_counted_has_no_percentile() -> None:
    assert Histogram().percentile(0.5) is None


def test_what_is_slower_than_all_buckets_is_still_counted_and_its_maximum_exact() -> None:
    histogram = filled([1e9, 0.0])
    assert (histogram.count, histogram.max_ms) == (2, 1e9)
