from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dsql_tui.model.metrics import (
    METRIC_BY_NAME,
    METRICS,
    MetricRange,
    MetricsReport,
    Series,
    Usage,
    blocks,
    cost_of,
    in_unit,
    spark,
)

NOON_OF_MID_MONTH = datetime(2026, 11, 16, tzinfo=UTC)
PRICES = {"million_dpu": Decimal("8.00"), "gb_month": Decimal("0.33")}


def test_the_free_tier_costs_nothing() -> None:
    cost = cost_of(Usage(49_000, 2**30), NOON_OF_MID_MONTH, **PRICES)
    assert cost is not None
    assert cost.so_far == cost.forecast == Decimal(0)


def test_use_beyond_the_free_tier_is_priced_and_forecast() -> None:
    cost = cost_of(Usage(1_100_000, 11 * 2**30), NOON_OF_MID_MONTH, **PRICES)
    assert cost is not None
    assert cost.so_far == pytest.approx(Decimal("8.00") + Decimal("3.30") / 2)
    assert cost.forecast == pytest.approx(Decimal("16.80") + Decimal("3.30"))


def test_absent_usage_has_no_cost_rather_than_none_to_pay() -> None:
    assert cost_of(Usage(None, None), NOON_OF_MID_MONTH, **PRICES) is None


def test_the_first_instant_of_a_month_is_no_division_by_zero() -> None:
    cost = cost_of(Usage(1.0, None), NOON_OF_MID_MONTH.replace(day=1), **PRICES)
    assert cost is not None


def test_a_gap_in_a_line_of_blocks_is_a_space() -> None:
    assert blocks([0, None, 5, 10]) == "▁ ▅█"
    assert blocks([None, None]) == "  "
    assert blocks([0, 0]) == "▁▁"


def test_a_spark_spans_the_whole_range() -> None:
    start = NOON_OF_MID_MONTH
    series = Series(
        METRIC_BY_NAME["TotalTransactions"], ((start, 1.0), (start + timedelta(minutes=59), 8.0))
    )
    report = MetricsReport(
        "c", "us-east-1", MetricRange.HOUR, start, start + timedelta(hours=1), (series,),
        Usage(None, None),
    )  # fmt: skip
    assert spark(report, series, 6) == "▂    █"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "count", "–"),
        (1234567.0, "count", "1,234,567"),
        (0.5, "DPU", "0.50 DPU"),
        (3 * 2**30, "bytes", "3.0 GiB"),
        (12.0, "bytes", "12 B"),
        (6.25, "ms", "6.2 ms"),
    ],
)
def test_values_are_shown_in_their_unit(value: float | None, unit: str, words: str) -> None:
    assert in_unit(value, unit) == words


def test_every_metric_says_what_it_means_and_only_sums_have_totals() -> None:
    for metric in METRICS:
        assert metric.caption.endswith(".")
        assert metric.is_total == (metric.statistic == "Sum")


def test_no_range_asks_for_minutes_that_cloudwatch_has_forgotten() -> None:
    for each in MetricRange:
        assert each.period_s % 60 == 0
        assert each.span < timedelta(days=15) or each.period_s % 300 == 0
