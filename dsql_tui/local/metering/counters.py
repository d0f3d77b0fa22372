"""Counters by cluster, metric and minute, for CloudWatch.

The gateway counts, through a `Meter` per session; the control plane reads. Minutes in which
nothing was counted have no sample, rather than a sample of zero. The counters are not stored: they
are lost when the process ends.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self

MINUTES_MAX = 3 * 24 * 60
"""How many minutes of each metric are kept."""
VALUES_MAX = 512
"""Values kept per minute for percentiles; of more values, an even selection is kept."""
NOTED_MAX = 64
"""Transactions that are recorded before they are counted together, which is faster than one by
one."""
_MINUTE = timedelta(minutes=1)


class ClusterMetric(StrEnum):
    """Metrics of a cluster (user guide, cloudwatch-monitoring), except those of streams."""

    TOTAL_TRANSACTIONS = "TotalTransactions"
    READ_ONLY_TRANSACTIONS = "ReadOnlyTransactions"
    OCC_CONFLICTS = "OccConflicts"
    QUERY_TIMEOUTS = "QueryTimeouts"
    COMMIT_LATENCY = "CommitLatency"
    BYTES_READ = "BytesRead"
    BYTES_WRITTEN = "BytesWritten"
    COMPUTE_TIME = "ComputeTime"
    STORAGE_SIZE = "ClusterStorageSize"
    READ_DPU = "ReadDPU"
    WRITE_DPU = "WriteDPU"
    MULTI_REGION_WRITE_DPU = "MultiRegionWriteDPU"
    COMPUTE_DPU = "ComputeDPU"
    TOTAL_DPU = "TotalDPU"
    CONNECTIONS = "ClusterConnectionCount"
    CONNECTS = "DbConnect"
    ADMIN_CONNECTS = "DbConnectAdmin"


@dataclass(slots=True)
class Sample:
    """The values of one metric in one minute.

    Attributes:
        count: The number of values.
        total: Their sum.
        least: The smallest value.
        most: The largest value.
        values: The values themselves, or an even selection of them.
    """

    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")
    values: list[float] = field(default_factory=list)
    _every: int = 1

    def add(self, *values: float) -> None:
        """Add one or more values."""
        self.values += values[-self.count % self._every :: self._every]
        self.count += len(values)
        self.total += sum(values)
        self.least = min(self.least, *values)
        self.most = max(self.most, *values)
        while len(self.values) > VALUES_MAX:
            del self.values[1::2]
            self._every *= 2


class Countable(Protocol):
    """An event whose metrics are computed later."""

    @classmethod
    def metrics(cls, happened: Sequence[Self], /) -> Mapping[ClusterMetric, Sequence[float]]:
        """Return the values of each metric for several events."""
        ...


class Counters:
    """Counters by cluster, metric and minute; thread-safe.

    Args:
        clock: Returns the time as aware UTC.

    Attributes:
        began_at: When counting began; there is no data from before.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.began_at = clock()
        self._lock = threading.Lock()
        self._noted: deque[tuple[str, datetime, Countable]] = deque()
        self._series: dict[tuple[str, ClusterMetric], dict[datetime, Sample]] = {}
        self._open: dict[str, int] = {}
        self._last_used: dict[str, datetime] = {}

    def add(self, cluster: str, values: Mapping[ClusterMetric, float]) -> None:
        """Count a value for each metric at the current time."""
        minute = self._minute()
        with self._lock:
            for metric, value in values.items():
                self._at(cluster, metric, minute).add(value)

    def note(self, cluster: str, happened: Countable) -> None:
        """Record an event; its metrics are computed in batches or when they are read."""
        self._noted.append((cluster, self._clock(), happened))
        if len(self._noted) >= NOTED_MAX:
            with self._lock:
                self._work_in()

    def connect_attempted(self, cluster: str, *, is_admin: bool) -> None:
        """Count an attempt to open a session, as admin or as another role."""
        self.add(
            cluster, {ClusterMetric.ADMIN_CONNECTS if is_admin else ClusterMetric.CONNECTS: 1.0}
        )

    def session_opened(self, cluster: str) -> None:
        """Count an opened session."""
        self._sessions_changed(cluster, 1)

    def session_closed(self, cluster: str) -> None:
        """Count a closed session."""
        self._sessions_changed(cluster, -1)

    def open_sessions(self, cluster: str) -> int:
        """Return the number of open sessions."""
        with self._lock:
            return self._open.get(cluster, 0)

    def last_used(self, cluster: str) -> datetime:
        """Return when the last session was closed, or now while one is open."""
        with self._lock:
            if self._open.get(cluster):
                return self._clock()
            return self._last_used.get(cluster, self.began_at)

    def metrics(self, cluster: str) -> list[ClusterMetric]:
        """Return the metrics that were counted for a cluster."""
        with self._lock:
            self._work_in()
            return [metric for name, metric in self._series if name == cluster]

    def is_counted(self, cluster: str, metric: ClusterMetric) -> bool:
        """Whether a metric of a cluster has a value in the current minute."""
        with self._lock:
            self._work_in()
            return self._minute() in self._series.get((cluster, metric), {})

    def samples(
        self, cluster: str, metric: ClusterMetric, start: datetime, end: datetime
    ) -> dict[datetime, Sample]:
        """Return the samples from `start` up to but not including `end`, by minute."""
        with self._lock:
            self._work_in()
            series = dict(self._series.get((cluster, metric), {}))
            if metric is ClusterMetric.CONNECTIONS:
                self._carry_on(cluster, series)
        return {minute: one for minute, one in series.items() if start <= minute < end}

    def _work_in(self) -> None:
        """Count the recorded events, each in its own minute; `note` may add more meanwhile."""
        together: defaultdict[tuple[str, datetime, type[Countable]], list[Countable]]
        together = defaultdict(list)
        while self._noted:
            cluster, moment, happened = self._noted.popleft()
            together[cluster, _minute_of(moment), type(happened)].append(happened)
        for (cluster, minute, kind), all_of_it in together.items():
            for metric, values in kind.metrics(all_of_it).items():
                self._at(cluster, metric, minute).add(*values)

    def _sessions_changed(self, cluster: str, by: int) -> None:
        minute = self._minute()
        with self._lock:
            self._last_used[cluster] = self._clock()
            self._open[cluster] = self._open.get(cluster, 0) + by
            self._at(cluster, ClusterMetric.CONNECTIONS, minute).add(self._open[cluster])

    def _carry_on(self, cluster: str, series: dict[datetime, Sample]) -> None:
        """Fill the minutes since the last change while sessions stayed open."""
        session_count = self._open.get(cluster, 0)
        if not session_count or not series:
            return
        minute = max(series)
        while (minute := minute + _MINUTE) <= self._minute():
            series[minute] = Sample()
            series[minute].add(session_count)

    def _at(self, cluster: str, metric: ClusterMetric, minute: datetime) -> Sample:
        series = self._series.setdefault((cluster, metric), {})
        if minute not in series:
            series[minute] = Sample()
            if len(series) > MINUTES_MAX:
                del series[min(series)]
        return series[minute]

    def _minute(self) -> datetime:
        return _minute_of(self._clock())


def _minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
