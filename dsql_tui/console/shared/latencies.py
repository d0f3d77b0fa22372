"""Latencies of this console's own statements and connects since it was started.

No request is sent for them. Workers of several sessions record them, the screen reads them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from dsql_tui.errors import DsqlTuiError, OccConflict
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.latency import OperationStats, Tally, stats
from dsql_tui.sql.statements.classify import StatementClass, StatementKind

CONNECT, COMMIT = "connect", "COMMIT"
_NAMED = {StatementKind.QUERY, StatementKind.DML, StatementKind.DDL, StatementKind.TRANSACTION}


class Latencies:
    """Counts by operation and endpoint; commands are few, so memory is bounded."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._begun = time.monotonic()

    def succeeded(self, operation: str, endpoint: Endpoint, elapsed_ms: float) -> None:
        """Record a success and its latency."""
        with self._lock:
            self._tally(operation, endpoint).succeeded(elapsed_ms, time.monotonic())

    def failed(self, operation: str, endpoint: Endpoint, error: DsqlTuiError) -> None:
        """Record a failure."""
        with self._lock:
            self._tally(operation, endpoint).failed(error.message)

    def conflicted(self, operation: str, endpoint: Endpoint, *, retried: bool) -> None:
        """Record an OCC conflict and the retry it causes."""
        with self._lock:
            tally = self._tally(operation, endpoint)
            tally.conflicts += 1
            tally.retries += retried

    @contextmanager
    def timed(self, operation: str, endpoint: Endpoint) -> Iterator[None]:
        """Record the block's latency and outcome; a conflict is counted for the statement only."""
        started = time.monotonic()
        try:
            yield
        except OccConflict:
            raise
        except DsqlTuiError as error:
            self.failed(operation, endpoint, error)
            raise
        self.succeeded(operation, endpoint, (time.monotonic() - started) * 1_000)

    def rows(self) -> tuple[OperationStats, ...]:
        """Return the figures: connects first, then the most frequent operations."""
        with self._lock:
            elapsed_s = max(time.monotonic() - self._begun, 0.001)
            rows = [stats(*key, [tally], elapsed_s) for key, tally in self._tallies.items()]
        rows.sort(key=lambda row: (row.operation != CONNECT, -row.count, row.operation, row.side))
        return tuple(rows)

    def _tally(self, operation: str, endpoint: Endpoint) -> Tally:
        key = operation, f"{endpoint.cluster_name}@{endpoint.region}"
        return self._tallies.setdefault(key, Tally())


def operation_of(statement_class: StatementClass) -> str:
    """Return the name a statement is counted under: its command, or the kind of command."""
    if statement_class.is_explain:
        return "EXPLAIN"
    return (
        statement_class.command
        if statement_class.kind in _NAMED and statement_class.command
        else str(statement_class.kind)
    )
