"""Measures one session's transactions from what passes through the gateway.

The session tells what it sees; the meter counts a transaction when PostgreSQL is idle again. Bytes
are the ones on the wire (rows returned, statements of writes), because the database below stores
differently from DSQL: what is returned stands for what was read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple, Self

from dsql_tui.local import dpu
from dsql_tui.local.counters import Counters, Metric

_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_CONFLICT = "40001"
_AGE_LIMIT = "transaction age limit"


class TransactionUse(NamedTuple):
    """What a transaction took.

    Attributes:
        compute_s: Time until its answers, together.
        commit_s: Time until its last answer.
        sent_bytes: Size of what the client sent.
        read_bytes: Size of the rows it was sent.
        written_rows: Rows it changed.
        wrote_schema: It changed the schema.
        conflicts: How often it lost against another.
        timeouts: How often it was too old.
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

    def metrics(self) -> dict[Metric, float]:
        """Return its value of each metric it counts for."""
        wrote = bool(self.written_rows) or self.wrote_schema
        written_bytes = self.sent_bytes if self.written_rows else 0
        usage = dpu.of_transaction(
            compute_s=self.compute_s,
            read_bytes=self.read_bytes,
            written_rows=self.written_rows,
            written_bytes=written_bytes,
            is_multi_region=self.is_multi_region,
        )
        counted = {
            Metric.TOTAL_TRANSACTIONS: 1.0,
            Metric.READ_ONLY_TRANSACTIONS: 0.0 if wrote else 1.0,
            Metric.OCC_CONFLICTS: float(self.conflicts),
            Metric.QUERY_TIMEOUTS: float(self.timeouts),
            Metric.BYTES_READ: float(self.read_bytes),
            Metric.BYTES_WRITTEN: float(written_bytes),
            Metric.COMPUTE_TIME: self.compute_s * 1_000,
            Metric.COMPUTE_DPU: usage.compute,
            Metric.READ_DPU: usage.read,
            Metric.WRITE_DPU: usage.write,
            Metric.TOTAL_DPU: usage.total,
        }
        if wrote:
            counted[Metric.COMMIT_LATENCY] = self.commit_s * 1_000
        if self.is_multi_region:
            counted[Metric.MULTI_REGION_WRITE_DPU] = usage.multi_region_write
        return counted


class Meter:
    """Counts for one session of one cluster.

    Args:
        counters: Where to.
        cluster: The cluster's identifier.
        is_multi_region: Whether a write is billed in a second Region.
        timer: Tells seconds, monotonic.
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
        """Note that the client has sent work of this size."""
        self._sent_bytes += size_bytes
        if self._sent_at is None:
            self._sent_at = self._timer()

    def rows(self, size_bytes: int) -> None:
        """Note rows of this size on their way to the client."""
        self._read_bytes += size_bytes

    def copying_in(self) -> None:
        """Note that a COPY has begun that writes; one that reads has the same command tag."""
        self._copying_in = True

    def completed(self, tag: str) -> None:
        """Note the command tag of a statement that ended well."""
        verb, _, rest = tag.partition(" ")
        self._statements += 1
        if verb in _WRITES or (verb == "COPY" and self._copying_in):
            self._written_rows += int(rest.rpartition(" ")[2] or 0)
            self._copying_in = False
        elif verb in {"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "TRUNCATE"}:
            self._wrote_schema = True

    def failed(self, sqlstate: str, message: str) -> None:
        """Note an error."""
        self._statements += 1
        self._conflicts += sqlstate == _CONFLICT
        self._timeouts += message.startswith(_AGE_LIMIT)

    def answered(self) -> None:
        """Note that all the client has asked for is answered."""
        self._answer_s = 0.0
        if self._sent_at is not None:
            self._answer_s = self._timer() - self._sent_at
            self._sent_at = None
        self._compute_s += self._answer_s

    def ready(self, status: bytes) -> None:
        """Note ReadyForQuery with its transaction status; `I` ends the transaction."""
        if status != b"I":
            return
        if self._statements:
            self._counters.note(
                self._cluster,
                TransactionUse(
                    compute_s=self._compute_s,
                    commit_s=self._answer_s,
                    sent_bytes=self._sent_bytes,
                    read_bytes=self._read_bytes,
                    written_rows=self._written_rows,
                    wrote_schema=self._wrote_schema,
                    conflicts=self._conflicts,
                    timeouts=self._timeouts,
                    is_multi_region=self._is_multi_region,
                ),
            )
        self._begin()
