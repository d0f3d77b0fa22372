"""CloudWatch's statistics over minutes of samples."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from dsql_tui.local.metering.counters import Sample

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(100|\d{1,2}(\.\d{1,10})?)")


def is_statistic(name: str) -> bool:
    """Whether a statistic is supported: a simple one or a percentile."""
    return name in SIMPLE or _PERCENTILE.fullmatch(name) is not None


def compute(name: str, samples: Iterable[Sample]) -> float:
    """Return a statistic over one or more samples.

    Args:
        name: A name for which `is_statistic` is true.
        samples: One or more samples.
    """
    minutes = list(samples)
    count = sum(one.count for one in minutes)
    total = sum(one.total for one in minutes)
    match name:
        case "SampleCount":
            return float(count)
        case "Average":
            return total / count
        case "Sum":
            return total
        case "Minimum":
            return min(one.least for one in minutes)
        case "Maximum":
            return max(one.most for one in minutes)
        case _:
            return _percentile(float(name[1:]), sorted(v for one in minutes for v in one.values))


def by_period(samples: Mapping[datetime, Sample], period_s: int) -> dict[datetime, list[Sample]]:
    """Group minutes into periods that start at whole multiples of their length."""
    periods: dict[datetime, list[Sample]] = {}
    for minute in sorted(samples):
        start = int(minute.timestamp()) // period_s * period_s
        moment = datetime.fromtimestamp(start, UTC)
        periods.setdefault(moment, []).append(samples[minute])
    return periods


def first_period(start: datetime, period_s: int) -> datetime:
    """Return the start of the period that contains `start`."""
    seconds = math.floor(start.timestamp()) // period_s * period_s
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)


def _percentile(percent: float, ordered: list[float]) -> float:
    """Return a percentile, interpolated linearly between two values."""
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
