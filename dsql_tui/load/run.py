"""A load: a reader, sessions in parallel, a manifest. Yields how it stands.

A batch is one transaction. One that loses against another (OCC) is stored again; one with a row
that the table refuses is halved until the row is alone, and the row is set aside. After a lost
connection, or a process that was killed, a batch may be stored already: it is stored once more with
`ON CONFLICT DO NOTHING` when the primary key is among the columns, and else the load stops.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import LifoQueue
from threading import Event

from dsql_tui.errors import ConnectError, InputError, OccConflict, SessionLost, StatementError
from dsql_tui.load.batches import BATCH_BYTES, BATCH_ROWS, ROWS_MAX, BadRow, Batch, Row, cut, halves
from dsql_tui.load.manifest import Manifest
from dsql_tui.load.source import Position, Source
from dsql_tui.load.target import Target
from dsql_tui.model.token import SESSION_LIFETIME
from dsql_tui.pg.session import Session

SESSIONS = 8
SESSIONS_MAX = 100
"""As many as a cluster lets connect in a second (user guide, CHAP_quotas)."""
ATTEMPTS_MAX = 12
RETRY_BASE_S = 0.005
RETRY_CAP_S = 1.0
REOPEN_EARLY_S = 300.0
_OF_A_ROW = ("22", "23")
"""SQLSTATE classes that one row can cause: data exceptions, integrity constraints."""
_OF_TOO_MUCH = "54"
"""SQLSTATE class of limits: fewer rows may pass."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How to load.

    Attributes:
        sessions: In parallel.
        rows_max: Rows of a batch.
        bytes_max: Text bytes of a batch.
        skip_present: Leave rows whose key is there already as they are.
    """

    sessions: int = SESSIONS
    rows_max: int = BATCH_ROWS
    bytes_max: int = BATCH_BYTES
    skip_present: bool = False

    def check(self) -> None:
        """Refuse a plan that cannot be carried out.

        Raises:
            InputError: Says why.
        """
        if not 1 <= self.sessions <= SESSIONS_MAX:
            raise InputError(f"{self.sessions} sessions: choose 1 to {SESSIONS_MAX}.")
        if not 1 <= self.rows_max <= ROWS_MAX:
            raise InputError(f"{self.rows_max} rows a transaction: choose 1 to {ROWS_MAX:,}.")


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How a load stands.

    Attributes:
        rows: Stored, earlier runs of the same load included.
        skipped: Present already and left as they were, this run.
        bad: Set aside, earlier runs included.
        bytes_read: Of the file.
        bytes_total: Of the file.
        elapsed_s: Of this run.
        rows_per_s: Stored by this run, by the second.
        left_s: Estimate of what is left; `None` while nothing is known.
        retries: Transactions repeated after OCC conflicts.
        finished: Whether the whole file has been gone through.
    """

    rows: int
    skipped: int
    bad: int
    bytes_read: int
    bytes_total: int
    elapsed_s: float
    rows_per_s: float
    left_s: float | None
    retries: int
    finished: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    batch: Batch
    rows: int
    skipped: int
    bad: tuple[BadRow, ...]
    retries: int


def load(
    source: Source,
    target: Target,
    plan: LoadPlan,
    manifest: Manifest,
    connect: Callable[[], Session],
    set_aside: Callable[[BadRow], None],
) -> Iterator[LoadProgress]:
    """Load what the manifest does not call stored and yield how it stands after each batch.

    Closing the iterator early waits for the batches under way and keeps the manifest true.

    Args:
        source: The file.
        target: The table.
        plan: How.
        manifest: What is stored already; batches are added to it.
        connect: Opens a session.
        set_aside: Takes a bad row, in this thread.

    Raises:
        InputError: The file cannot be read on, or a batch is in doubt and cannot be told.
        ConnectError: No session could be opened.
        StatementError: The server refuses the load for a reason that is not a row's.
    """
    plan.check()
    yield from _Load(source, target, plan, manifest, connect, set_aside).run()


class _Load:
    def __init__(
        self,
        source: Source,
        target: Target,
        plan: LoadPlan,
        manifest: Manifest,
        connect: Callable[[], Session],
        set_aside: Callable[[BadRow], None],
    ) -> None:
        self._source = source
        self._plan = plan
        self._manifest = manifest
        self._set_aside = set_aside
        self._storer = _Storer(target, connect, skip_present=plan.skip_present)
        self._position = Position()
        self._started = time.monotonic()
        self._rows_before = manifest.state.rows
        self._skipped = self._retries = 0

    def run(self) -> Iterator[LoadProgress]:
        pool = ThreadPoolExecutor(self._plan.sessions, thread_name_prefix="load")
        pending: set[Future[_Stored]] = set()
        try:
            for batch in self._batches():
                self._manifest.begin(batch.number)
                in_doubt = batch.number in self._manifest.state.in_doubt
                pending.add(pool.submit(self._storer.store, batch, in_doubt=in_doubt))
                while len(pending) >= 2 * self._plan.sessions:
                    pending = self._collect(pending)
                    yield self._progress()
            while pending:
                pending = self._collect(pending)
                yield self._progress()
            self._manifest.finish()
            yield self._progress(finished=True)
        finally:
            self._storer.stop()
            pool.shutdown(cancel_futures=True)
            self._keep(pending)
            self._storer.close()

    def _batches(self) -> Iterator[Batch]:
        """Yield what is not stored; batches before it are read again, which costs no session."""
        done = self._manifest.state.done
        batches = cut(
            self._source.records(self._position),
            rows_max=self._plan.rows_max,
            bytes_max=self._plan.bytes_max,
        )
        return (batch for batch in batches if batch.number not in done)

    def _collect(self, pending: set[Future[_Stored]]) -> set[Future[_Stored]]:
        """Take in what has ended and return what has not."""
        ended, going = wait(pending, return_when=FIRST_COMPLETED)
        failed = None
        for future in ended:
            failed = future.exception() or failed
            if future.exception() is None:
                self._take(future.result())
        if failed is not None:
            self._storer.stop()
            wait(going)
            self._keep(going)
            raise failed
        return going

    def _keep(self, pending: set[Future[_Stored]]) -> None:
        """Take in what has ended well in spite of everything."""
        for future in pending:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._take(future.result())

    def _take(self, stored: _Stored) -> None:
        if stored.batch.number in self._manifest.state.done:
            return
        for row in stored.bad:
            self._set_aside(row)
        self._skipped += stored.skipped
        self._retries += stored.retries
        self._manifest.done(stored.batch.number, stored.rows, len(stored.bad))

    def _progress(self, *, finished: bool = False) -> LoadProgress:
        state = self._manifest.state
        elapsed_s = max(time.monotonic() - self._started, 0.001)
        read, total = self._position.bytes_read, self._source.size_bytes
        return LoadProgress(
            rows=state.rows,
            skipped=self._skipped,
            bad=state.bad,
            bytes_read=total if finished else read,
            bytes_total=total,
            elapsed_s=elapsed_s,
            rows_per_s=(state.rows - self._rows_before) / elapsed_s,
            left_s=(total - read) * elapsed_s / read if read and elapsed_s > 1 else None,
            retries=self._retries,
            finished=finished,
        )


class _Storer:
    """Stores batches from any thread, on a session that is nobody else's meanwhile."""

    def __init__(
        self, target: Target, connect: Callable[[], Session], *, skip_present: bool
    ) -> None:
        self._target = target
        self._connect = connect
        self._skip_present = skip_present
        self._idle: LifoQueue[Session] = LifoQueue()
        self._stopped = Event()
        self._dice = random.Random()  # noqa: S311 - spreads retries, hides nothing

    def store(self, batch: Batch, *, in_doubt: bool) -> _Stored:
        """Store a batch, its bad rows aside."""
        work = _Work(in_doubt=in_doubt)
        bad = list(batch.bad)
        parts = [batch.rows] if batch.rows else []
        while parts:
            rows = parts.pop()
            try:
                self._store_part(rows, work)
            except StatementError as error:
                if error.sqlstate[:2] not in {*_OF_A_ROW, _OF_TOO_MUCH}:
                    raise
                if len(rows) > 1:
                    parts += reversed(halves(rows))
                else:
                    bad.append(BadRow(rows[0].line, _reason(error), rows[0].values))
        return _Stored(batch, work.rows, work.skipped, tuple(bad), work.retries)

    def stop(self) -> None:
        """Begin no further attempt."""
        self._stopped.set()

    def close(self) -> None:
        """Close the sessions."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _store_part(self, rows: tuple[Row, ...], work: _Work) -> None:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            skip = self._skip_present or work.in_doubt
            if work.in_doubt and not self._skip_present and not self._target.has_key:
                raise InputError(
                    f"Lines {rows[0].line} to {rows[-1].line} may be stored already, and without "
                    "the primary key among the columns that cannot be told.",
                    remedy="Look for them in the table; the manifest names what is stored.",
                )
            try:
                new = self._once(rows, skip_present=skip)
            except OccConflict:
                if attempt == ATTEMPTS_MAX or self._stopped.is_set():
                    raise
                work.retries += 1
                self._pause(attempt)
            except SessionLost as error:
                if attempt == ATTEMPTS_MAX or self._stopped.is_set():
                    raise
                work.in_doubt = work.in_doubt or error.outcome_unknown
                self._pause(attempt + 4)
            else:
                work.rows += new
                work.skipped += len(rows) - new
                return

    def _once(self, rows: tuple[Row, ...], *, skip_present: bool) -> int:
        session = self._session()
        try:
            return self._target.store(session, rows, skip_present=skip_present)
        finally:
            if session.is_open:
                self._idle.put(session)

    def _session(self) -> Session:
        while not self._idle.empty():
            session = self._idle.get()
            age_s = (datetime.now(UTC) - session.opened_at).total_seconds()
            if session.is_open and age_s < SESSION_LIFETIME.total_seconds() - REOPEN_EARLY_S:
                return session
            session.close()
        try:
            return self._connect()
        except ConnectError:
            self._stopped.set()
            raise

    def _pause(self, attempt: int) -> None:
        longest = min(RETRY_BASE_S * 2**attempt, RETRY_CAP_S)
        self._stopped.wait(self._dice.uniform(longest / 2, longest))


@dataclass(slots=True)
class _Work:
    in_doubt: bool
    rows: int = 0
    skipped: int = 0
    retries: int = 0


def _reason(error: StatementError) -> str:
    return f"{error.sqlstate} {error.message}" + (f" ({error.detail})" if error.detail else "")
