"""One thread's share of a run: its session, its counts. Counts have one writer and no lock."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event

from dsql_tui.bench.side import Side
from dsql_tui.bench.workload import Operation, statement_for
from dsql_tui.errors import ConnectError, DsqlTuiError, OccConflict, SessionLost, StatementError
from dsql_tui.model.latency import Histogram
from dsql_tui.pg.session import Session

RETRIES_MAX = 10
RETRY_BASE_S = 0.001
RETRY_CAP_S = 0.1
CONNECT_EVERY_S = 0.05
"""Cold connects are opened at most 20 a second, a fifth of a cluster's rate (CHAP_quotas)."""
REOPEN_AFTER_S = 0.5


@dataclass(slots=True)
class Tally:
    """Counts of one operation by one thread.

    Attributes:
        latencies: Of those that ended well, retries included, as a caller feels them.
        conflicts: OCC conflicts met.
        retries: Attempts repeated because of them.
        errors: How many ended badly.
        last_error: The last of these, in words.
        first_ms: The very first.
        first_at: `time.monotonic()` of it.
    """

    latencies: Histogram = field(default_factory=Histogram)
    conflicts: int = 0
    retries: int = 0
    errors: int = 0
    last_error: str = ""
    first_ms: float | None = None
    first_at: float = float("inf")

    def succeeded(self, started: float) -> None:
        """Count one that ended well."""
        now = time.monotonic()
        elapsed_ms = (now - started) * 1_000
        self.latencies.record(elapsed_ms)
        if self.first_ms is None:
            self.first_ms, self.first_at = elapsed_ms, now

    def failed(self, error: DsqlTuiError) -> None:
        """Count one that ended badly."""
        self.errors += 1
        self.last_error = error.message


class Worker:
    """Runs operations on one session until told to stop.

    Args:
        side: Where.
        operations: In turn; without `CONNECT`.
        schema: The scratch schema.
        keys: Keys of rows that exist.
        stop: Set when the run is over.
    """

    def __init__(
        self,
        side: Side,
        operations: Sequence[Operation],
        schema: str,
        keys: Sequence[str],
        stop: Event,
    ) -> None:
        self.side = side
        self.tallies = {operation: Tally() for operation in operations}
        self._schema = schema
        self._keys = keys
        self._stop = stop
        self._dice = random.Random()  # noqa: S311 - keys of a benchmark, not secrets

    def run(self, session: Session) -> None:
        """Work on `session`, then on others when it is lost, and close the last one."""
        current = session
        try:
            while not self._stop.is_set():
                for operation, tally in self.tallies.items():
                    try:
                        self._once(current, operation, tally)
                    except SessionLost as error:
                        tally.failed(error)
                        current = self._reopened(current, tally)
        finally:
            current.close()

    def _once(self, session: Session, operation: Operation, tally: Tally) -> None:
        statement, parameters = statement_for(operation, self._schema, self._keys, self._dice)
        started = time.monotonic()
        for attempt in range(RETRIES_MAX + 1):
            try:
                session.fetch(statement, parameters)
            except OccConflict as error:
                tally.conflicts += 1
                if attempt == RETRIES_MAX or self._stop.is_set():
                    tally.failed(error)
                    return
                tally.retries += 1
                longest = min(RETRY_BASE_S * 2**attempt, RETRY_CAP_S)
                self._stop.wait(self._dice.uniform(0, longest))
            except StatementError as error:
                tally.failed(error)
                return
            else:
                tally.succeeded(started)
                return

    def _reopened(self, session: Session, tally: Tally) -> Session:
        session.close()
        while not self._stop.is_set():
            try:
                return self.side.open()
            except ConnectError as error:
                tally.failed(error)
                self._stop.wait(REOPEN_AFTER_S)
        return session


def connect_again_and_again(side: Side, tally: Tally, stop: Event) -> None:
    """Measure cold connects, one after the other, until told to stop."""
    while not stop.is_set():
        started = time.monotonic()
        try:
            with closing(side.open()):
                tally.succeeded(started)
        except DsqlTuiError as error:
            tally.failed(error)
        stop.wait(CONNECT_EVERY_S)
