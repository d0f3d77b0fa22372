"""One thread of a measurement, with its session, and with counts that no other thread changes."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import closing
from threading import Event

from dsql_tui.bench.side import BenchSide
from dsql_tui.bench.workload import Operation, statement_for
from dsql_tui.errors import ConnectError, DsqlTuiError, OccConflict, SessionLost, StatementError
from dsql_tui.model.latency import Tally
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql.limits import CONNECTS_PER_S

CONFLICTS = RetryPolicy(attempts=10)
"""The console's delays with more attempts: the workload has rows that every session updates."""
CONNECT_EVERY_S = 5 / CONNECTS_PER_S
"""Cold connects are opened at a fifth of the rate that a cluster allows."""
REOPEN_AFTER_S = 0.5


class Worker:
    """Runs operations on one session until `stop` is set.

    Args:
        side: The endpoint to measure.
        operations: Run in turn; without `CONNECT`.
        schema: The scratch schema.
        keys: Keys of rows that exist.
        stop: Set when the run is over.
    """

    def __init__(
        self,
        side: BenchSide,
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
        """Run operations on `session`, reconnect if it is lost, and close the last session."""
        renewing = RenewingSession(self.side.open, session=session)
        try:
            while not self._stop.is_set():
                for operation, tally in self.tallies.items():
                    try:
                        self._once(renewing.fit(), operation, tally)
                    except SessionLost as error:
                        tally.failed(error.message)
                    except ConnectError as error:
                        tally.failed(error.message)
                        self._stop.wait(REOPEN_AFTER_S)
                        break
        finally:
            renewing.close()

    def _once(self, session: Session, operation: Operation, tally: Tally) -> None:
        statement, parameters = statement_for(operation, self._schema, self._keys, self._dice)
        started = time.monotonic()
        retries = Retries(CONFLICTS, stop=self._stop, uniform=self._dice.uniform)
        while True:
            try:
                session.fetch(statement, parameters)
            except OccConflict as error:
                tally.conflicts += 1
                if not retries.begin():
                    tally.failed(error.message)
                    return
                tally.retries += 1
                retries.wait()
            except StatementError as error:
                tally.failed(error.message)
                return
            else:
                _succeeded(tally, started)
                return


def connect_repeatedly(side: BenchSide, tally: Tally, stop: Event) -> None:
    """Measure cold connects in sequence, until `stop` is set."""
    while not stop.is_set():
        started = time.monotonic()
        try:
            with closing(side.open()):
                _succeeded(tally, started)
        except DsqlTuiError as error:
            tally.failed(error.message)
        stop.wait(CONNECT_EVERY_S)


def _succeeded(tally: Tally, started: float) -> None:
    """Count an operation that has just succeeded; its latency includes its retries."""
    now = time.monotonic()
    tally.succeeded((now - started) * 1_000, now)
