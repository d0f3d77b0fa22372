"""CloudWatch metrics of a cluster as series with gaps, and the cost of the usage.

Metrics, units and statistics: user guide, cloudwatch-monitoring (September 2026). A period without
a datapoint is absent, never zero: an idle cluster sends no datapoints.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

GIB = 2**30
FREE_DPU = 100_000
"""DPU of each month that cost nothing (pricing page)."""
FREE_STORAGE_GB = Decimal(1)
"""GB-months that cost nothing (same page)."""
_MILLION = Decimal(1_000_000)


class MetricRange(StrEnum):
    """A time range."""

    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "1d"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def span(self) -> timedelta:
        """The duration of the range."""
        return _RANGES[self][0]

    @property
    def period_s(self) -> int:
        """Seconds per datapoint; CloudWatch keeps single minutes for 15 days only."""
        return _RANGES[self][1]


_RANGES = {
    MetricRange.HOUR: (timedelta(hours=1), 60),
    MetricRange.SIX_HOURS: (timedelta(hours=6), 300),
    MetricRange.DAY: (timedelta(days=1), 900),
    MetricRange.WEEK: (timedelta(days=7), 3_600),
    MetricRange.MONTH: (timedelta(days=30), 14_400),
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of the service.

    Attributes:
        name: `MetricName`, or for AWS/Usage the resource or call that is counted.
        label: The name that is shown.
        unit: `count`, `ms`, `bytes` or `DPU`.
        statistic: The statistic that makes sense of it.
        caption: What the value means, one sentence.
    """

    name: str
    label: str
    unit: str
    statistic: str
    caption: str

    @property
    def is_total(self) -> bool:
        """Whether the values of a range can be summed."""
        return self.statistic == "Sum"


METRICS: tuple[Metric, ...] = (
    Metric("TotalTransactions", "transactions", "count", "Sum", "Transactions executed."),
    Metric("ReadOnlyTransactions", "read-only", "count", "Sum", "Transactions that wrote nothing."),
    Metric("CommitLatency", "commit latency", "ms", "p50", "Median time of a commit."),
    Metric(
        "OccConflicts",
        "conflicts",
        "count",
        "Sum",
        "Transactions that failed with an OCC conflict.",
    ),
    Metric("QueryTimeouts", "timeouts", "count", "Sum", "Statements stopped by the age limit."),
    Metric("ClusterConnectionCount", "connections", "count", "Maximum", "Connections open."),
    Metric("DbConnect", "connects", "count", "Sum", "Connects as a custom role."),
    Metric("DbConnectAdmin", "admin connects", "count", "Sum", "Connects as admin."),
    Metric("BytesRead", "bytes read", "bytes", "Sum", "Bytes read from storage."),
    Metric("BytesWritten", "bytes written", "bytes", "Sum", "Bytes written to storage."),
    Metric("ComputeTime", "compute time", "ms", "Sum", "Wall time of query processors."),
    Metric("ClusterStorageSize", "storage", "bytes", "Average", "Size of the data."),
    Metric("TotalDPU", "DPU", "DPU", "Sum", "All DPU billed."),
    Metric("ComputeDPU", "compute DPU", "DPU", "Sum", "Billed for computing."),
    Metric("ReadDPU", "read DPU", "DPU", "Sum", "Billed for reading; all rows scanned count."),
    Metric("WriteDPU", "write DPU", "DPU", "Sum", "Billed for writing."),
    Metric(
        "MultiRegionWriteDPU", "peer write DPU", "DPU", "Sum", "Billed for writing to the peer."
    ),
)
METRIC_BY_NAME = {metric.name: metric for metric in METRICS}

Points = tuple[tuple[datetime, float], ...]
"""Moments (aware UTC, begin of the period) and values, in order of time; gaps are left out."""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric over a range.

    Attributes:
        metric: Which.
        points: The datapoints of CloudWatch; may be empty.
    """

    metric: Metric
    points: Points

    @property
    def latest(self) -> float | None:
        """The last value."""
        return self.points[-1][1] if self.points else None

    @property
    def total(self) -> float | None:
        """The sum of all values, for metrics that can be summed."""
        if not self.metric.is_total or not self.points:
            return None
        return sum(value for _, value in self.points)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A CloudWatch alarm on one of the cluster's metrics.

    Attributes:
        name: Its name.
        metric: `MetricName`.
        state: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
        reason: Why it is in that state, as CloudWatch says.
    """

    name: str
    metric: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """A cluster's usage since the start of the month (UTC).

    Attributes:
        dpu: `TotalDPU`, `None` when CloudWatch has nothing.
        storage_bytes: Average of `ClusterStorageSize`, `None` when CloudWatch has nothing.
    """

    dpu: float | None
    storage_bytes: float | None


@dataclass(frozen=True, slots=True)
class MetricsReport:
    """All metrics of one cluster.

    Attributes:
        cluster: Its identifier.
        region: Its Region.
        range: How far back.
        start: Aware UTC.
        end: Aware UTC.
        series: In the order of `METRICS`; those CloudWatch does not know are left out.
        month: What was used this month.
        alarms: On this cluster; `None` when they could not be read.
        alarms_problem: Why not.
    """

    cluster: str
    region: str
    range: MetricRange
    start: datetime
    end: datetime
    series: tuple[Series, ...]
    month: Usage
    alarms: tuple[Alarm, ...] | None = None
    alarms_problem: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars after the free tier, as if this were the account's only cluster.

    Attributes:
        so_far: Of this month until now.
        forecast: Projection to the whole month.
    """

    so_far: Decimal
    forecast: Decimal


def cost_of(usage: Usage, now: datetime, *, million_dpu: Decimal, gb_month: Decimal) -> Cost | None:
    """Return the cost of a month's usage; `None` without data in CloudWatch.

    Args:
        usage: Since the month began.
        now: Aware UTC.
        million_dpu: Dollars for a million DPU.
        gb_month: Dollars for a GB (2^30 bytes) stored for a month.
    """
    if usage.dpu is None and usage.storage_bytes is None:
        return None
    days = calendar.monthrange(now.year, now.month)[1]
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    gone = Decimal(max((now - start) / timedelta(days=days), 1e-6))
    dpu = Decimal(usage.dpu or 0)
    stored = max(Decimal(usage.storage_bytes or 0) / GIB - FREE_STORAGE_GB, Decimal(0)) * gb_month
    return Cost(
        so_far=_dollars(dpu, million_dpu) + stored * gone,
        forecast=_dollars(dpu / gone, million_dpu) + stored,
    )


def _dollars(dpu: Decimal, million_dpu: Decimal) -> Decimal:
    return max(dpu - FREE_DPU, Decimal(0)) / _MILLION * million_dpu


_BLOCKS = "▁▂▃▄▅▆▇█"


def spark(report: MetricsReport, series: Series, width: int) -> str:
    """Return a range as one line of blocks; missing values are a space.

    Args:
        report: Whose start and end the line spans.
        series: What to draw.
        width: Columns.
    """
    span = (report.end - report.start) / width
    cells: list[list[float]] = [[] for _ in range(width)]
    for timestamp, value in series.points:
        place = int((timestamp - report.start) / span)
        cells[min(max(place, 0), width - 1)].append(value)
    peaks = [max(cell) if cell else None for cell in cells]
    return blocks(peaks)


def blocks(values: Sequence[float | None]) -> str:
    """Return a bar for each value, scaled to the highest; `None` is a space."""
    top = max((value for value in values if value is not None), default=0.0)
    return "".join(
        " " if value is None else _BLOCKS[min(int(value / top * 8), 7) if top > 0 else 0]
        for value in values
    )


def in_unit(value: float | None, unit: str) -> str:
    """Return a value with its unit for display; `None` is a dash."""
    if value is None:
        return "–"
    if unit == "bytes":
        for name, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if value >= size:
                return f"{value / size:,.1f} {name}"
        return f"{value:,.0f} B"
    if unit == "ms":
        return f"{value:,.0f} ms" if value >= 100 else f"{value:,.1f} ms"
    number = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.2f}"
    return f"{number} DPU" if unit == "DPU" else number
