from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dsql_tui.local.control.cloudwatch import statistics
from dsql_tui.local.metering import dpu
from dsql_tui.local.metering.counters import (
    MINUTES_MAX,
    VALUES_MAX,
    ClusterMetric,
    Counters,
    Sample,
)
from dsql_tui.local.metering.meter import Meter

START = datetime(2026, 11, 21, 6, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHOP = "shop"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters(clock: Clock) -> Counters:
    return Counters(clock)


def totals(counters: Counters, metric: ClusterMetric) -> list[float]:
    """Return each minute's sum, in order."""
    samples = counters.samples(SHOP, metric, START - 9 * MINUTE, START + 9_999 * MINUTE)
    return [samples[minute].total for minute in sorted(samples)]


class TestCounters:
    def test_gather_values_by_the_minute(self, counters: Counters, clock: Clock) -> None:
        for value in (1, 2, 3):
            counters.add(SHOP, {ClusterMetric.BYTES_READ: value})
            clock.pass_by(seconds=20)
        assert totals(counters, ClusterMetric.BYTES_READ) == [3, 3]

    def test_know_nothing_of_minutes_in_which_nothing_happened(
        self, counters: Counters, clock: Clock
    ) -> None:
        counters.add(SHOP, {ClusterMetric.BYTES_READ: 1})
        clock.pass_by(minutes=5)
        counters.add(SHOP, {ClusterMetric.BYTES_READ: 2})
        assert totals(counters, ClusterMetric.BYTES_READ) == [1, 2]
        assert counters.metrics(SHOP) == [ClusterMetric.BYTES_READ]
        assert counters.metrics("other") == []

    def test_forget_the_oldest_minutes(self, counters: Counters, clock: Clock) -> None:
        for _ in range(MINUTES_MAX + 5):
            counters.add(SHOP, {ClusterMetric.BYTES_READ: 1})
            clock.pass_by(minutes=1)
        assert len(totals(counters, ClusterMetric.BYTES_READ)) == MINUTES_MAX

    def test_carry_open_sessions_through_silent_minutes(
        self, counters: Counters, clock: Clock
    ) -> None:
        counters.session_opened(SHOP)
        clock.pass_by(minutes=3)
        assert totals(counters, ClusterMetric.CONNECTIONS) == [1, 1, 1, 1]
        counters.session_closed(SHOP)
        clock.pass_by(minutes=3)
        assert len(totals(counters, ClusterMetric.CONNECTIONS)) == 2
        assert counters.open_sessions(SHOP) == 0

    def test_know_when_a_cluster_was_last_used(self, counters: Counters, clock: Clock) -> None:
        assert counters.last_used(SHOP) == START
        clock.pass_by(minutes=1)
        counters.session_opened(SHOP)
        clock.pass_by(minutes=1)
        assert counters.last_used(SHOP) == START + 2 * MINUTE
        counters.session_closed(SHOP)
        clock.pass_by(minutes=1)
        assert counters.last_used(SHOP) == START + 2 * MINUTE

    def test_keep_an_even_selection_of_very_many_values(self) -> None:
        sample = Sample()
        for value in range(100_000):
            sample.add(value)
        assert sample.count == 100_000
        assert len(sample.values) <= VALUES_MAX
        assert statistics.compute("p50", [sample]) == pytest.approx(50_000, rel=0.01)


class TestAMeter:
    @pytest.fixture
    def meter(self, counters: Counters, clock: Clock) -> Meter:
        return Meter(counters, SHOP, is_multi_region=False, timer=clock.seconds)

    def test_counts_a_read(self, meter: Meter, counters: Counters, clock: Clock) -> None:
        meter.sent(20)
        meter.rows(10_000)
        meter.completed("SELECT 3")
        clock.pass_by(seconds=0.5)
        meter.answered()
        meter.ready(b"I")
        assert totals(counters, ClusterMetric.TOTAL_TRANSACTIONS) == [1]
        assert totals(counters, ClusterMetric.READ_ONLY_TRANSACTIONS) == [1]
        assert totals(counters, ClusterMetric.BYTES_READ) == [10_000]
        assert totals(counters, ClusterMetric.COMPUTE_TIME) == pytest.approx([500])
        assert totals(counters, ClusterMetric.COMPUTE_DPU) == pytest.approx([0.5])
        assert totals(counters, ClusterMetric.READ_DPU) == pytest.approx([0.0183105])
        assert totals(counters, ClusterMetric.COMMIT_LATENCY) == []

    def test_counts_a_transaction_of_several_statements_once(
        self, meter: Meter, counters: Counters, clock: Clock
    ) -> None:
        for tag, status in (("BEGIN", b"T"), ("INSERT 0 2", b"T"), ("COMMIT", b"I")):
            meter.sent(100)
            meter.completed(tag)
            clock.pass_by(seconds=0.01)
            meter.answered()
            meter.ready(status)
        assert totals(counters, ClusterMetric.TOTAL_TRANSACTIONS) == [1]
        assert totals(counters, ClusterMetric.READ_ONLY_TRANSACTIONS) == [0]
        assert totals(counters, ClusterMetric.BYTES_WRITTEN) == [300]
        assert totals(counters, ClusterMetric.WRITE_DPU) == pytest.approx([dpu.WRITE_MIN_DPU])
        assert totals(counters, ClusterMetric.COMMIT_LATENCY) == pytest.approx([10], rel=0.01)
        assert totals(counters, ClusterMetric.COMPUTE_TIME) == pytest.approx([30], rel=0.01)

    def test_counts_conflicts_and_timeouts(self, meter: Meter, counters: Counters) -> None:
        meter.failed("40001", "change conflicts with another transaction (OC000)")
        meter.ready(b"I")
        meter.failed("54000", "transaction age limit of 300s exceeded")
        meter.ready(b"E")
        meter.completed("ROLLBACK")
        meter.ready(b"I")
        assert totals(counters, ClusterMetric.OCC_CONFLICTS) == [1]
        assert totals(counters, ClusterMetric.QUERY_TIMEOUTS) == [1]
        assert totals(counters, ClusterMetric.TOTAL_TRANSACTIONS) == [2]

    def test_counts_nothing_for_an_empty_query(self, meter: Meter, counters: Counters) -> None:
        meter.sent(1)
        meter.ready(b"I")
        assert counters.metrics(SHOP) == []

    def test_bills_a_write_twice_on_a_peered_cluster(
        self, counters: Counters, clock: Clock
    ) -> None:
        meter = Meter(counters, SHOP, is_multi_region=True, timer=clock.seconds)
        meter.sent(10)
        meter.completed("UPDATE 1")
        meter.ready(b"I")
        both = totals(counters, ClusterMetric.WRITE_DPU) + totals(
            counters, ClusterMetric.MULTI_REGION_WRITE_DPU
        )
        assert both == [dpu.WRITE_MIN_DPU] * 2
        assert totals(counters, ClusterMetric.TOTAL_DPU) == pytest.approx([2 * dpu.WRITE_MIN_DPU])

    def test_takes_schema_changes_for_writes_without_rows(
        self, meter: Meter, counters: Counters
    ) -> None:
        meter.completed("CREATE TABLE")
        meter.ready(b"I")
        assert totals(counters, ClusterMetric.READ_ONLY_TRANSACTIONS) == [0]
        assert totals(counters, ClusterMetric.WRITE_DPU) == [0]


class TestTheBillingFormulas:
    def test_match_the_documented_example_of_a_scan(self) -> None:
        assert dpu.read_dpu(1 << 30) == pytest.approx(1_966, abs=1)

    def test_give_the_figures_of_the_documented_plan(self) -> None:
        assert dpu.write_dpu(3, 50) == pytest.approx(0.01875, abs=5e-6)
        assert dpu.read_dpu(1_677) == pytest.approx(0.00307, abs=5e-6)

    def test_have_minimums_per_transaction_for_what_it_did(self) -> None:
        small = dpu.of_transaction(
            compute_s=0, read_bytes=1, written_rows=1, written_bytes=1, is_multi_region=False
        )
        assert small == dpu.DpuUsage(read=0.00375, write=0.05)
        nothing = dpu.of_transaction(
            compute_s=0, read_bytes=0, written_rows=0, written_bytes=0, is_multi_region=True
        )
        assert nothing.total == 0

    def test_add_up(self) -> None:
        usage = dpu.DpuUsage(1, 2, 3, 4)
        assert usage.total == 10


class TestStatistics:
    @pytest.fixture
    def samples(self) -> list[Sample]:
        one, other = Sample(), Sample()
        for value in (1, 2, 3):
            one.add(value)
        other.add(10)
        return [one, other]

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("SampleCount", 4),
            ("Sum", 16),
            ("Average", 4),
            ("Minimum", 1),
            ("Maximum", 10),
            ("p0", 1),
            ("p50", 2.5),
            ("p100", 10),
        ],
    )
    def test_over_several_minutes(self, samples: list[Sample], name: str, expected: float) -> None:
        assert statistics.is_statistic(name)
        assert statistics.compute(name, samples) == expected

    @pytest.mark.parametrize("name", ["", "sum", "p101", "p-1", "tm99", "IQM", "p"])
    def test_unknown_ones_are_distinguished(self, name: str) -> None:
        assert not statistics.is_statistic(name)

    def test_periods_begin_at_whole_multiples(self) -> None:
        minutes = {START.replace(second=0) + i * MINUTE: Sample() for i in range(7)}
        periods = statistics.by_period(minutes, 300)
        assert [moment.minute for moment in periods] == [0, 5]
        assert [len(one) for one in periods.values()] == [5, 2]
