"""Measures one session's transactions from the messages that pass the gateway.

The session reports what it forwards; the meter counts a transaction when PostgreSQL is idle again.
Sizes are those of the messages on the network (returned rows, writing statements), because
PostgreSQL stores rows differently from DSQL. The size of the returned rows is used as an estimate
of the size that was read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from dsql_tui.local.metering import dpu
from dsql_tui.local.metering.counters import ClusterMetric, Counters

_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_CONFLICT = "40001"
_AGE_LIMIT = "transaction age limit"


class TransactionUse(NamedTuple):
    """The resources used by a transaction.

    Attributes:
        compute_s: Total time from the client's messages to their answers.
        commit_s: Time until its last answer.
        sent_bytes: Size of the client's messages.
        read_bytes: Size of the rows that the client received.
        written_rows: Rows it changed.
        wrote_schema: It changed the schema.
        conflicts: How often it failed with a conflict.
        timeouts: How often it exceeded its age limit.
        is_multi_region: Whether a write is billed in a second Region.
    """

    compute_s: float
    commit_s: float
    sent_bytes: int
    read_bytes: int
    written_rows: int
    wrote_schema: bool
    conflicts: int
    timeouts: int
    is_multi_region: bool

    @classmethod
    def metrics(cls, happened: Sequence[Self], /) -> dict[ClusterMetric, list[float]]:
        """Return the values of each metric for several transactions."""
        writes = [each for each in happened if each.written_rows or each.wrote_schema]
        written_bytes = [each.sent_bytes if each.written_rows else 0 for each in happened]
        bills = [
            dpu.of_transaction(
                compute_s=each.compute_s,
                read_bytes=each.read_bytes,
                written_rows=each.written_rows,
                written_bytes=size_bytes,
                is_multi_region=each.is_multi_region,
            )
            for each, size_bytes in zip(happened, written_bytes, strict=True)
        ]
        counted: dict[ClusterMetric, list[float]] = {
            ClusterMetric.TOTAL_TRANSACTIONS: [1.0] * len(happened),
            ClusterMetric.READ_ONLY_TRANSACTIONS: [
                0.0 if each.written_rows or each.wrote_schema else 1.0 for each in happened
            ],
            ClusterMetric.OCC_CONFLICTS: [each.conflicts for each in happened],
            ClusterMetric.QUERY_TIMEOUTS: [each.timeouts for each in happened],
            ClusterMetric.BYTES_READ: [each.read_bytes for each in happened],
            ClusterMetric.BYTES_WRITTEN: [*written_bytes],
            ClusterMetric.COMPUTE_TIME: [each.compute_s * 1_000 for each in happened],
            ClusterMetric.COMPUTE_DPU: [bill.compute for bill in bills],
            ClusterMetric.READ_DPU: [bill.read for bill in bills],
            ClusterMetric.WRITE_DPU: [bill.write for bill in bills],
            ClusterMetric.TOTAL_DPU: [bill.total for bill in bills],
            ClusterMetric.COMMIT_LATENCY: [each.commit_s * 1_000 for each in writes],
            ClusterMetric.MULTI_REGION_WRITE_DPU: [
                bill.multi_region_write
                for each, bill in zip(happened, bills, strict=True)
                if each.is_multi_region
            ],
        }
        return {metric: values for metric, values in counted.items() if values}


class Meter:
    """Counts the transactions of one session.

    Args:
        counters: Where the transactions are counted.
        cluster: The cluster's identifier.
        is_multi_region: Whether a write is billed in a second Region.
        timer: Returns monotonic seconds.
    """

    def __init__(
        self,
        counters: Counters,
        cluster: str,
        *,
        is_multi_region: bool,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters = counters
        self._cluster = cluster
        self._is_multi_region = is_multi_region
        self._timer = timer
        self._sent_at: float | None = None
        self._answer_s = 0.0
        self._copying_in = False
        self._begin()

    def __enter__(self) -> Self:
        """Count the session as open until it is left."""
        self._counters.session_opened(self._cluster)
        return self

    def __exit__(self, *_: object) -> None:
        self._counters.session_closed(self._cluster)

    def _begin(self) -> None:
        self._compute_s = 0.0
        self._sent_bytes = 0
        self._read_bytes = 0
        self._written_rows = 0
        self._statements = 0
        self._wrote_schema = False
        self._conflicts = 0
        self._timeouts = 0

    def sent(self, size_bytes: int) -> None:
        """Record a client message of this size."""
        self._sent_bytes += size_bytes
        if self._sent_at is None:
            self._sent_at = self._timer()

    def rows(self, size_bytes: int) -> None:
        """Record forwarded rows of this size."""
        self._read_bytes += size_bytes

    def copying_in(self) -> None:
        """Record the start of a COPY FROM, which has the same command tag as COPY TO."""
        self._copying_in = True

    def completed(self, tag: str) -> None:
        """Record the command tag of a statement that has succeeded."""
        verb, _, rest = tag.partition(" ")
        self._statements += 1
        if verb in _WRITES or (verb == "COPY" and self._copying_in):
            self._written_rows += int(rest.rpartition(" ")[2] or 0)
            self._copying_in = False
        elif verb in {"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "TRUNCATE"}:
            self._wrote_schema = True

    def failed(self, sqlstate: str, message: str) -> None:
        """Record an error."""
        self._statements += 1
        self._conflicts += sqlstate == _CONFLICT
        self._timeouts += message.startswith(_AGE_LIMIT)

    def answered(self) -> None:
        """Record that all messages of the client were answered."""
        self._answer_s = 0.0
        if self._sent_at is not None:
            self._answer_s = self._timer() - self._sent_at
            self._sent_at = None
        self._compute_s += self._answer_s

    def ready(self, status: bytes) -> None:
        """Record a ReadyForQuery with its transaction status; `I` ends the transaction."""
        if status != b"I":
            return
        if self._statements:
            use = TransactionUse(
                self._compute_s,
                self._answer_s,
                self._sent_bytes,
                self._read_bytes,
                self._written_rows,
                self._wrote_schema,
                self._conflicts,
                self._timeouts,
                self._is_multi_region,
            )
            self._counters.note(self._cluster, use)
        self._begin()
