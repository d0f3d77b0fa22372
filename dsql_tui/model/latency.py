"""Latency histograms: constant memory, percentiles within 1 %."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

LOWEST_MS = 0.001
BUCKETS_PER_DECADE = 232
"""A bucket is 1 % wide: 10^(1/232) ≈ 1.01."""
DECADES = 8
"""From 1 µs to 100 s; slower ones are counted in the last bucket, and `max_ms` is exact."""


class Histogram:
    """Counts of latencies; written by one thread, readable from any.

    Attributes:
        count: How many.
        max_ms: The slowest, exactly.
        total_ms: Their sum.
    """

    __slots__ = ("_buckets", "count", "max_ms", "total_ms")

    def __init__(self) -> None:
        self._buckets = [0] * (BUCKETS_PER_DECADE * DECADES)
        self.count = 0
        self.max_ms = 0.0
        self.total_ms = 0.0

    def record(self, elapsed_ms: float) -> None:
        """Record one latency."""
        self._buckets[_bucket(elapsed_ms)] += 1
        self.count += 1
        self.total_ms += elapsed_ms
        self.max_ms = max(self.max_ms, elapsed_ms)

    def add(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self._buckets = [a + b for a, b in zip(self._buckets, other._buckets, strict=True)]
        self.count += other.count
        self.total_ms += other.total_ms
        self.max_ms = max(self.max_ms, other.max_ms)

    def percentile(self, share: float) -> float | None:
        """Return the latency at a quantile (0–1) in ms; `None` without any."""
        if not self.count:
            return None
        rank = max(math.ceil(share * self.count), 1)
        passed = 0
        for index, number in enumerate(self._buckets):
            passed += number
            if passed >= rank:
                return min(_upper_ms(index), self.max_ms)
        return self.max_ms

    def bars(self, edges_ms: tuple[float, ...]) -> tuple[int, ...]:
        """Return the counts up to each edge, and the count above the last."""
        counts = [0] * (len(edges_ms) + 1)
        place = 0
        for index, number in enumerate(self._buckets):
            while place < len(edges_ms) and _upper_ms(index) > edges_ms[place] * 1.005:
                place += 1
            counts[place] += number
        return tuple(counts)


def _bucket(elapsed_ms: float) -> int:
    if elapsed_ms <= LOWEST_MS:
        return 0
    index = int(math.log10(elapsed_ms / LOWEST_MS) * BUCKETS_PER_DECADE)
    return min(index, BUCKETS_PER_DECADE * DECADES - 1)


def _upper_ms(index: int) -> float:
    return float(LOWEST_MS * 10 ** ((index + 1) / BUCKETS_PER_DECADE))


@dataclass(frozen=True, slots=True)
class OperationStats:
    """The figures of one operation on one endpoint.

    Attributes:
        operation: Its name.
        side: The endpoint's Region.
        count: How many ended well.
        conflicts: OCC conflicts met.
        retries: Attempts repeated because of them.
        errors: How many ended badly.
        first_ms: The very first.
        p50_ms: Median; like the others `None` while there is none.
        p90_ms: 90th percentile.
        p95_ms: 95th percentile.
        p99_ms: 99th percentile.
        max_ms: The slowest.
        per_second: Ended well, by the second.
        bars: Counts by `HISTOGRAM_EDGES_MS`.
    """

    operation: str
    side: str
    count: int = 0
    conflicts: int = 0
    retries: int = 0
    errors: int = 0
    first_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    per_second: float = 0.0
    bars: tuple[int, ...] = field(default=())


HISTOGRAM_EDGES_MS = (
    *(0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0),
)
"""Upper edges of a drawn histogram's bars; the last bar is what lies beyond."""


@dataclass(slots=True)
class Tally:
    """Counts of one operation; written by one thread, readable from any.

    Attributes:
        latencies: Of those that ended well.
        conflicts: OCC conflicts met.
        retries: Attempts repeated because of them.
        errors: How many ended badly.
        last_error: The last of these, in words.
        first_ms: The very first.
        first_at: When that was, seconds of a monotonic clock.
    """

    latencies: Histogram = field(default_factory=Histogram)
    conflicts: int = 0
    retries: int = 0
    errors: int = 0
    last_error: str = ""
    first_ms: float | None = None
    first_at: float = float("inf")

    def succeeded(self, elapsed_ms: float, at: float) -> None:
        """Record a success."""
        self.latencies.record(elapsed_ms)
        if self.first_ms is None:
            self.first_ms, self.first_at = elapsed_ms, at

    def failed(self, problem: str) -> None:
        """Record a failure."""
        self.errors += 1
        self.last_error = problem


def stats(operation: str, side: str, tallies: Sequence[Tally], elapsed_s: float) -> OperationStats:
    """Return the combined figures of several counters over some seconds."""
    whole = Histogram()
    for tally in tallies:
        whole.add(tally.latencies)
    first = min(tallies, key=lambda tally: tally.first_at, default=Tally())
    return OperationStats(
        operation=operation,
        side=side,
        count=whole.count,
        conflicts=sum(tally.conflicts for tally in tallies),
        retries=sum(tally.retries for tally in tallies),
        errors=sum(tally.errors for tally in tallies),
        first_ms=first.first_ms,
        p50_ms=whole.percentile(0.50),
        p90_ms=whole.percentile(0.90),
        p95_ms=whole.percentile(0.95),
        p99_ms=whole.percentile(0.99),
        max_ms=whole.max_ms if whole.count else None,
        per_second=whole.count / elapsed_s,
        bars=whole.bars(HISTOGRAM_EDGES_MS),
    )
