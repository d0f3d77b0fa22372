"""A failover drill: one Region goes down under load, and sessions continue through its peer.

Sessions write through the Region's endpoint, one row per transaction. When their connection is
lost, they connect to the peer, as the console offers to. At the end, every row whose commit was
confirmed must exist in both Regions. The caller provides the function that takes the Region down;
the Region is always brought back, also after an error.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Thread
from uuid import uuid4

from dsql_tui.bench.side import BenchSide, scratch
from dsql_tui.errors import ConnectError, InputError, OccConflict, SessionLost, StatementError
from dsql_tui.model.endpoint import RegionDown
from dsql_tui.pg.session import Session

REPORT_EVERY_S = 0.25
WRITE_EVERY_S = 0.01
"""Pause of a session between writes: a drill measures times, not throughput."""
SESSIONS_MAX = 100
SECONDS_MAX = 600.0
BACK_MAX_S = 60.0
"""How long to wait for the Region to answer again."""
_MARK = "drill"


class DrillPhase(StrEnum):
    """The phase of a drill."""

    BEFORE = "both Regions answer"
    DOWN = "one Region is down"
    BACK = "the Region comes back"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class DrillPlan:
    """The settings of a drill.

    Attributes:
        sessions: How many sessions write in parallel.
        before_s: How long they write before the Region goes down.
        down_s: How long it stays down.
    """

    sessions: int = 4
    before_s: float = 2.0
    down_s: float = 5.0

    def check(self) -> None:
        """Refuse invalid settings.

        Raises:
            InputError: A setting is out of range.
        """
        if not 1 <= self.sessions <= SESSIONS_MAX:
            raise InputError(f"{self.sessions} sessions: a drill takes 1 to {SESSIONS_MAX}.")
        if not (0 < self.before_s <= SECONDS_MAX and 0 < self.down_s <= SECONDS_MAX):
            raise InputError(
                "Each phase of a drill must be longer than zero and at most 10 minutes."
            )


@dataclass(frozen=True, slots=True)
class DrillReport:
    """The state of a drill. Unknown values are `None`; times are measured from the outage.

    Attributes:
        phase: The current phase.
        here: The Region that goes down.
        there: Its peer.
        sessions: How many sessions write.
        committed_here: Rows whose commit the Region has confirmed.
        committed_there: Rows whose commit the peer has confirmed.
        cut: Sessions that lost their connection to the Region.
        cut_ms: Time until the last of these sessions noticed the loss.
        peer_ms: Time until the peer confirmed the first commit.
        moved_ms: Time until every session had committed through the peer.
        back_ms: Time from the end of the outage until the Region opened a session.
        in_doubt: Writes of which it is unknown whether they were committed: the session was lost
            before the answer.
        in_doubt_kept: How many of these writes had been committed.
        lost: Rows whose commit was confirmed and that are missing.
        problem: The last error that is not part of a failover, or empty.
    """

    phase: DrillPhase
    here: str
    there: str
    sessions: int
    committed_here: int = 0
    committed_there: int = 0
    cut: int = 0
    cut_ms: float | None = None
    peer_ms: float | None = None
    moved_ms: float | None = None
    back_ms: float | None = None
    in_doubt: int = 0
    in_doubt_kept: int | None = None
    lost: int | None = None
    problem: str = ""


def drill(
    here: BenchSide, there: BenchSide, region_down: RegionDown, plan: DrillPlan
) -> Generator[DrillReport, None, None]:
    """Run a drill and yield its state four times a second and once at the end.

    Closing the iterator early brings the Region back and drops the scratch schema first.

    Raises:
        InputError: The plan cannot be carried out; nothing was called.
        ConnectError: Sessions could not be opened, or the Region did not come back.
        StatementError: The scratch schema could not be created, read or dropped.
        LocalError: The Region could not be taken down or brought back.
    """
    plan.check()
    with scratch(there) as schema:  # the peer stays up, so the schema can be dropped
        yield from _Drill(here, there, region_down, plan, schema).reports()


class _Drill:
    def __init__(
        self,
        here: BenchSide,
        there: BenchSide,
        region_down: RegionDown,
        plan: DrillPlan,
        schema: str,
    ) -> None:
        self._here, self._there = here, there
        self._region_down = region_down
        self._plan = plan
        self._schema = schema
        self._stop = Event()
        self._writers = [_Writer(here, there, schema, self._stop) for _ in range(plan.sessions)]
        self._phase = DrillPhase.BEFORE
        self._down_at = 0.0
        self._back_ms: float | None = None

    def reports(self) -> Iterator[DrillReport]:
        threads = []
        try:
            for writer in self._writers:
                threads.append(Thread(target=writer.run, args=(self._here.open(),), name=_MARK))
                threads[-1].start()
            yield from self._wait(self._plan.before_s)
            self._phase, self._down_at = DrillPhase.DOWN, time.monotonic()
            with self._region_down(self._here.name):
                yield self._report()
                yield from self._wait(self._plan.down_s)
            self._phase = DrillPhase.BACK
            yield from self._await_back()
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
        yield self._checked()

    def _wait(self, seconds: float) -> Iterator[DrillReport]:
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            self._stop.wait(min(REPORT_EVERY_S, left_s))
            yield self._report()

    def _await_back(self) -> Iterator[DrillReport]:
        started_s = time.monotonic()
        while True:
            try:
                self._here.open().close()
            except ConnectError:
                if time.monotonic() > started_s + BACK_MAX_S:
                    raise
                yield from self._wait(REPORT_EVERY_S)
            else:
                self._back_ms = (time.monotonic() - started_s) * 1_000
                yield self._report()
                return

    def _checked(self) -> DrillReport:
        """Return the report after searching both Regions for every row with a confirmed commit."""
        committed = {key for writer in self._writers for key in writer.committed}
        doubted = {key for writer in self._writers for key in writer.in_doubt}
        in_one, in_other = self._rows(self._here), self._rows(self._there)
        self._phase = DrillPhase.OVER
        return self._report(
            lost=len(committed - (in_one & in_other)), in_doubt_kept=len(doubted & in_other)
        )

    def _rows(self, side: BenchSide) -> set[str]:
        with closing(side.open()) as session:
            rows = session.fetch(f"SELECT id FROM {self._schema}.items WHERE name = $1", [_MARK])
        return {key for (key,) in rows if key}

    def _report(self, lost: int | None = None, in_doubt_kept: int | None = None) -> DrillReport:
        writers = self._writers
        cut = [writer.cut_at for writer in writers if writer.cut_at is not None]
        moved = [writer.moved_at for writer in writers if writer.moved_at is not None]
        problems = [writer.problem for writer in writers if writer.problem]
        return DrillReport(
            phase=self._phase,
            here=self._here.name,
            there=self._there.name,
            sessions=len(writers),
            committed_here=sum(writer.committed_here for writer in writers),
            committed_there=sum(len(each.committed) - each.committed_here for each in writers),
            cut=len(cut),
            cut_ms=self._since_down(max(cut, default=None)),
            peer_ms=self._since_down(min(moved, default=None)),
            moved_ms=self._since_down(max(moved) if len(moved) == len(writers) else None),
            back_ms=self._back_ms,
            in_doubt=sum(len(writer.in_doubt) for writer in writers),
            in_doubt_kept=in_doubt_kept,
            lost=lost,
            problem=problems[-1] if problems else "",
        )

    def _since_down(self, timestamp: float | None) -> float | None:
        return None if timestamp is None else (timestamp - self._down_at) * 1_000


class _Writer:
    """One session that writes, and connects to the peer after a loss. One thread runs it."""

    def __init__(self, here: BenchSide, there: BenchSide, schema: str, stop: Event) -> None:
        self._sides = (here, there)
        self._there = there
        self._insert = f"INSERT INTO {schema}.items VALUES ($1, '{_MARK}', $2, now())"
        self._stop = stop
        self._through = here
        self.committed: list[str] = []
        self.committed_here = 0
        self.in_doubt: list[str] = []
        self.cut_at: float | None = None
        self.moved_at: float | None = None
        self.problem = ""

    def run(self, session: Session) -> None:
        """Write until `stop` is set, first on this session."""
        try:
            while not self._stop.wait(WRITE_EVERY_S):
                key = str(uuid4())
                try:
                    session.fetch(self._insert, [key, len(self.committed)])
                except OccConflict:
                    continue
                except SessionLost as error:
                    self._was_cut(key, outcome_unknown=error.outcome_unknown)
                    session.close()
                    session = self._reconnect() or session
                except StatementError as error:
                    self.problem = error.message
                else:
                    self._committed(key)
        finally:
            session.close()

    def _committed(self, key: str) -> None:
        self.committed.append(key)
        if self._through is not self._there:
            self.committed_here += 1
        elif self.moved_at is None:
            self.moved_at = time.monotonic()

    def _was_cut(self, key: str, *, outcome_unknown: bool) -> None:
        if self.cut_at is None:
            self.cut_at = time.monotonic()
        if outcome_unknown:
            self.in_doubt.append(key)

    def _reconnect(self) -> Session | None:
        """Open a session in the Region that accepts one; `None` if the drill ends first."""
        while not self._stop.is_set():
            for side in self._sides:
                try:
                    session = side.open()
                except ConnectError as error:
                    if side is self._there:
                        self.problem = error.message
                else:
                    self._through = side
                    return session
            self._stop.wait(WRITE_EVERY_S)
        return None
