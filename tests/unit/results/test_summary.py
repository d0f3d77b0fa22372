"""The summary of a column."""

from __future__ import annotations

from dsql_tui.results.store import ResultStore
from dsql_tui.results.summary import BINS, Summary, sparkline, summarize
from dsql_tui.results.work import Work
from tests.support.rows import chunks_of, columns


def summary_of(kind: str, *values: str | None, rows: list[int] | None = None) -> Summary:
    store = ResultStore(columns(v=kind))
    for each in chunks_of([[value] for value in values], 3):
        store.append(each)
    summary = summarize(store, 0, rows, Work())
    assert summary is not None
    return summary


def test_numbers_have_a_sum_an_average_and_a_shape() -> None:
    summary = summary_of("numeric", "1.10", "2.20", None, "10", "1.10")
    assert (summary.row_count, summary.null_count, summary.distinct_count) == (5, 1, 3)
    assert (summary.minimum, summary.maximum) == ("1.10", "10")
    assert (summary.total, summary.average) == ("14.40", "3.6")
    assert len(summary.bins) == BINS
    assert (summary.bins[0], summary.bins[-1], sum(summary.bins)) == (2, 1, 4)
    assert summary.commonest[0] == ("1.10", 2)


def test_a_sum_keeps_every_digit() -> None:
    big = "123456789012345678901234567890.0001"
    assert summary_of("numeric", big, "0.0001").total == big[:-1] + "2"


def test_what_is_not_finite_is_an_extreme_but_not_in_the_sum() -> None:
    summary = summary_of("double", "1", "Infinity", "NaN", "3")
    assert (summary.minimum, summary.maximum) == ("1", "NaN")
    assert (summary.total, summary.average) == ("4", "2")
    assert sum(summary.bins) == 2


def test_text_has_extremes_but_no_sum() -> None:
    summary = summary_of("text", "b", "", "a")
    assert (summary.minimum, summary.maximum) == ("", "b")
    assert (summary.total, summary.average, summary.bins) == (None, None, ())


def test_moments_have_a_shape() -> None:
    summary = summary_of("date", "2026-01-01", "2026-12-31", "infinity")
    assert summary.maximum == "infinity"
    assert sum(summary.bins) == 2


def test_only_nulls_have_no_extremes() -> None:
    summary = summary_of("integer", None, None)
    assert (summary.minimum, summary.maximum, summary.average) == (None, None, None)
    assert summary.null_count == 2


def test_only_the_rows_shown_count() -> None:
    assert summary_of("integer", "1", "2", "3", "4", rows=[3, 0]).total == "5"


def test_a_sparkline_shows_the_least_count() -> None:
    assert sparkline([0, 1, 400, 800]) == " ▁▄█"
    assert sparkline([0, 0]) == ""
