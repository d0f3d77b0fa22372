"""Checks whether rows committed in one Region are visible at once in the other.

A round writes a number through one endpoint and reads it through the other, immediately. DSQL is
strongly consistent across its Regions (user guide, disaster-recovery-resiliency), so no read may be
stale. Every tenth round is a race as well: both Regions change one row in open transactions, and
exactly one of the two transactions may commit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from dsql_tui.bench.side import BenchSide, scratch
from dsql_tui.errors import InputError, OccConflict
from dsql_tui.model.latency import Histogram
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.pg.session import Session

RACE_EVERY = 10
ROUNDS_MAX = 100_000
CONFLICTS = RetryPolicy(attempts=9)
"""More retries than in the console, because a conflict must not end a probe."""
STALE_FOR_MAX_S = 10.0
"""The longest wait for a committed value; a value that never appears counts as this stale."""
_PROBED_ROW, _RACED_ROW = 1, 2


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The results for one direction.

    Attributes:
        direction: Region of the writes and Region of the reads: `us-east-1 → us-east-2`.
        rounds: Writes that were read back.
        stale: Reads that did not see the committed value.
        stale_ms: Longest time until a committed value was read, 0 if no read was stale.
        commit_p50_ms: Median latency of the committing write.
        commit_p95_ms: 95th percentile of that latency.
        read_p50_ms: Median latency of the read in the other Region.
        read_p95_ms: 95th percentile of that latency.
        races: Rows changed from both Regions at once.
        conflicts: Races that exactly one side won, which is the correct result.
        writer_retries: Writes repeated because of a conflict.
    """

    direction: str
    rounds: int = 0
    stale: int = 0
    stale_ms: float = 0.0
    commit_p50_ms: float | None = None
    commit_p95_ms: float | None = None
    read_p50_ms: float | None = None
    read_p95_ms: float | None = None
    races: int = 0
    conflicts: int = 0
    writer_retries: int = 0


def probe(one: BenchSide, other: BenchSide, rounds: int) -> Iterator[ProbeResult]:
    """Probe both directions alternately, and yield the results after each round.

    Closing the iterator early drops the scratch schema before it returns.

    Raises:
        InputError: The number of rounds is out of range.
        ConnectError: No session could be opened.
        StatementError: The scratch schema could not be created, or a statement failed.
        SessionLost: A connection ended.
    """
    if not 1 <= rounds <= ROUNDS_MAX:
        raise InputError(f"{rounds} rounds: choose 1 to {ROUNDS_MAX:,}.")
    with (
        scratch(one) as schema,
        closing(RenewingSession(one.open)) as here,
        closing(RenewingSession(other.open)) as there,
    ):
        directions = (
            _Direction(f"{one.name} → {other.name}", here, there, schema),
            _Direction(f"{other.name} → {one.name}", there, here, schema),
        )
        number = 0
        for turn in range(1, rounds + 1):
            for direction in directions:
                number += 1
                direction.write_and_read(number)
                if turn % RACE_EVERY == 0:
                    direction.race()
                yield direction.finding()


class _Direction:
    def __init__(
        self,
        name: str,
        writer: RenewingSession[Session],
        reader: RenewingSession[Session],
        schema: str,
    ) -> None:
        self._name = name
        self._writer = writer
        self._reader = reader
        self._table = f"{schema}.hot"
        self._commits, self._reads = Histogram(), Histogram()
        self._rounds = self._stale = self._races = self._conflicts = self._retries = 0
        self._stale_ms = 0.0

    def write_and_read(self, number: int) -> None:
        """Write a number on one side, and read on the other until the number is returned."""
        self._write(number)
        committed = started = time.monotonic()
        first_value = self._read()
        self._reads.record((time.monotonic() - started) * 1_000)
        self._rounds += 1
        if first_value == number:
            return
        self._stale += 1
        while self._read() != number and time.monotonic() < committed + STALE_FOR_MAX_S:
            continue
        self._stale_ms = max(self._stale_ms, (time.monotonic() - committed) * 1_000)

    def race(self) -> None:
        """Change one row from both sides at once; count it when exactly one side wins."""
        change = f"UPDATE {self._table} SET quantity = quantity + 1 WHERE id = {_RACED_ROW}"
        sessions = (self._writer.fit(), self._reader.fit())
        for session in sessions:
            session.fetch("BEGIN")
            session.fetch(change)
        won = [self._commits_well(session) for session in sessions]
        self._races += 1
        self._conflicts += won.count(True) == 1

    def finding(self) -> ProbeResult:
        """Return the results so far."""
        return ProbeResult(
            direction=self._name,
            rounds=self._rounds,
            stale=self._stale,
            stale_ms=self._stale_ms,
            commit_p50_ms=self._commits.percentile(0.50),
            commit_p95_ms=self._commits.percentile(0.95),
            read_p50_ms=self._reads.percentile(0.50),
            read_p95_ms=self._reads.percentile(0.95),
            races=self._races,
            conflicts=self._conflicts,
            writer_retries=self._retries,
        )

    def _write(self, number: int) -> None:
        retries = Retries(CONFLICTS)
        elapsed_ms = retrying(partial(self._write_once, number), retries)
        self._retries += retries.number
        self._commits.record(elapsed_ms)

    def _write_once(self, number: int) -> float:
        """Write a number and return the duration in milliseconds."""
        session = self._writer.fit()
        started = time.monotonic()
        session.fetch(f"UPDATE {self._table} SET quantity = $1 WHERE id = {_PROBED_ROW}", [number])
        return (time.monotonic() - started) * 1_000

    def _read(self) -> int:
        [(value,)] = self._reader.fit().fetch(
            f"SELECT quantity FROM {self._table} WHERE id = {_PROBED_ROW}"
        )
        return int(value or 0)

    @staticmethod
    def _commits_well(session: Session) -> bool:
        try:
            session.fetch("COMMIT")
        except OccConflict:
            return False
        return True
