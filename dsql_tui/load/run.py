"""A load: a reader, parallel sessions and a manifest; its progress is yielded.

A batch is one transaction. After an OCC conflict it is retried; if the table refuses a row, the
batch is halved until that row is alone, and the row is written to the file of rejected rows. After
a lost connection, a killed process or a full disk, a batch may already be stored: if the primary
key is among the columns, it is sent again with `ON CONFLICT DO NOTHING`, otherwise the user is
asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.load.batches import BATCH_BYTES, BATCH_ROWS, BadRow, Batch, cut
from dsql_tui.load.manifest import Manifest
from dsql_tui.load.records import Position
from dsql_tui.load.source import SourceFile
from dsql_tui.load.storer import StoredBatch, Storer, lines_in_words, lines_of, unknown_outcome
from dsql_tui.load.target import LoadTarget
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.session import Session
from dsql_tui.pg.session_pool import SessionPool
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS

SESSIONS = 8
SESSIONS_MAX = 100
"""As many as a cluster lets connect in a second (user guide, CHAP_quotas)."""


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The settings of a load.

    Attributes:
        sessions: Number of parallel sessions.
        rows_max: The most rows of a batch.
        bytes_max: The most bytes of a batch, as text.
        skip_present: Skip rows whose key already exists in the table.
        when_unknown: How to proceed with batches that an earlier run may have stored, if their rows
            do not include the primary key.
        stored: Numbers of such batches that the user found in the table.
    """

    sessions: int = SESSIONS
    rows_max: int = BATCH_ROWS
    bytes_max: int = BATCH_BYTES
    skip_present: bool = False
    when_unknown: WhenUnknown = WhenUnknown.ASK
    stored: frozenset[int] = frozenset()

    def check(self) -> None:
        """Refuse an invalid plan.

        Raises:
            InputError: Says why.
        """
        if not 1 <= self.sessions <= SESSIONS_MAX:
            raise InputError(f"{self.sessions} sessions: choose 1 to {SESSIONS_MAX}.")
        if not 1 <= self.rows_max <= TRANSACTION_ROWS:
            raise InputError(
                f"{self.rows_max} rows a transaction: choose 1 to {TRANSACTION_ROWS:,}."
            )


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """The progress of a load.

    Attributes:
        rows: Rows stored, including earlier runs of the same load.
        skipped: Rows that already existed and were not changed, in this run.
        bad: Rejected rows, including earlier runs.
        bytes_read: Bytes of the file that were read.
        bytes_total: Size of the file.
        elapsed_s: Duration of this run.
        rows_per_s: Rows stored per second by this run.
        left_s: Estimate of the remaining time; `None` while unknown.
        retries: Transactions repeated after OCC conflicts.
        finished: Whether the whole file has been read.
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


def load(
    source: SourceFile,
    target: LoadTarget,
    plan: LoadPlan,
    manifest: Manifest,
    connect: Callable[[], Session],
    set_aside: Callable[[Sequence[BadRow]], None],
    *,
    sessions: SessionPool | None = None,
) -> Iterator[LoadProgress]:
    """Load the rows that the manifest does not list as stored; yield progress after each batch.

    If the iterator is closed early, it waits for the running batches and records them in the
    manifest.

    Args:
        source: The file to load.
        target: The table to fill.
        plan: The settings.
        manifest: The batches already stored; new ones are added to it.
        connect: Opens a session.
        set_aside: Stores rejected rows before it returns; called in this thread.
        sessions: Sessions that several loads share, which stay open; `connect` is not called then.

    Raises:
        InputError: The rest of the file cannot be read, or its batches differ from the earlier run.
        WriteFailed: Progress cannot be recorded; names the batches that are stored and those whose
            outcome is unknown.
        SessionLost: Whether a batch of this or an earlier run is stored cannot be determined.
        ConnectError: No session could be opened.
        StatementError: The server refuses the load for a reason that does not concern a single row.
    """
    plan.check()
    pool = sessions or SessionPool(connect)
    try:
        yield from _Load(source, target, plan, manifest, pool, set_aside).run()
    finally:
        if sessions is None:
            pool.close()


class _Load:
    def __init__(
        self,
        source: SourceFile,
        target: LoadTarget,
        plan: LoadPlan,
        manifest: Manifest,
        sessions: SessionPool,
        set_aside: Callable[[Sequence[BadRow]], None],
    ) -> None:
        self._source = source
        self._has_key = target.has_key
        self._plan = plan
        self._manifest = manifest
        self._set_aside = set_aside
        self._storer = Storer(target, sessions, manifest, skip_present=plan.skip_present)
        self._position = Position()
        self._started = time.monotonic()
        self._rows_before = manifest.state.rows
        self._skipped = self._retries = 0
        self._not_noted: dict[int, StoredBatch] = {}
        """Batches that are stored but not recorded as stored in the manifest (yet)."""
        self._failure: WriteFailed | None = None

    def run(self) -> Iterator[LoadProgress]:
        self._require_answer()
        try:
            yield from self._run()
        except WriteFailed as failure:
            raise self._with_outcomes(failure) from None

    def _run(self) -> Iterator[LoadProgress]:
        pool = ThreadPoolExecutor(self._plan.sessions, thread_name_prefix="load")
        pending: set[Future[StoredBatch]] = set()
        try:
            for batch in self._batches():
                pending.add(pool.submit(self._storer.store, batch, in_doubt=self._in_doubt(batch)))
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
            self._settle(pending)
            if self._failure is not None:
                raise self._failure

    def _require_answer(self) -> None:
        """Raise before anything is sent where only the user can know what is stored.

        Raises:
            SessionLost: The outcome of batches is unknown and their rows have no key; names the
                batches.
            InputError: A batch was declared as stored that was never sent.
        """
        state, stored = self._manifest.state, self._plan.stored
        if wrong := stored - set(state.in_doubt) - set(state.done):
            raise InputError(f"Batch {min(wrong)} was not started by an earlier run.")
        asks = self._plan.when_unknown is WhenUnknown.ASK and not self._has_key
        in_doubt = {n: lines for n, lines in state.in_doubt.items() if n not in stored}
        if asks and in_doubt:
            raise unknown_outcome(in_doubt)

    def _in_doubt(self, batch: Batch) -> bool:
        """Whether a batch must be stored so that rows which already exist are detected.

        Without a key that is impossible: `_require_answer` accepts the batch only if the user has
        decided.
        """
        return self._has_key and batch.number in self._manifest.state.in_doubt

    def _is_answered(self, batch: Batch) -> bool:
        """Whether the user has declared a batch with an unknown outcome as stored."""
        in_doubt = batch.number in self._manifest.state.in_doubt
        is_declared = (
            batch.number in self._plan.stored or self._plan.when_unknown is WhenUnknown.SKIP
        )
        return in_doubt and is_declared

    def _batches(self) -> Iterator[Batch]:
        """Yield batches that are not stored; the others are read too, which needs no session."""
        done = self._manifest.state.done
        for batch in cut(
            self._source.records(self._position),
            rows_max=self._plan.rows_max,
            bytes_max=self._plan.bytes_max,
        ):
            earlier = done.get(batch.number)
            if earlier is None and self._is_answered(batch):
                self._take([StoredBatch(batch, len(batch.rows), 0, batch.bad, 0)])
            elif earlier is None:
                yield batch
            elif earlier.lines not in {None, lines_of(batch)}:
                then = lines_in_words(batch.number, earlier.lines)
                now = lines_in_words(batch.number, lines_of(batch))
                raise InputError(
                    f"Batch {batch.number} was {then} when it was stored, and is {now} now.",
                    remedy="Resume with the options, the file and the version the load began with.",
                )

    def _collect(self, pending: set[Future[StoredBatch]]) -> set[Future[StoredBatch]]:
        """Record the batches that have ended and return those that have not."""
        ended, going = wait(pending, return_when=FIRST_COMPLETED)
        self._take([future.result() for future in ended if future.exception() is None])
        for future in ended:
            future.result()
        return going

    def _settle(self, pending: set[Future[StoredBatch]]) -> None:
        """Record the batches that succeeded although the load has failed."""
        ended = [future for future in pending if future.done() and not future.cancelled()]
        try:
            self._take([future.result() for future in ended if future.exception() is None])
        except WriteFailed as failure:
            self._failure = failure

    def _take(self, stored: Sequence[StoredBatch]) -> None:
        """Record batches that are stored, after writing their rejected rows."""
        new = [each for each in stored if each.batch.number not in self._manifest.state.done]
        self._not_noted |= {each.batch.number: each for each in new}
        for each in new:
            self._set_aside(each.bad)
        if new:
            self._manifest.done([each.done for each in new])
        for each in new:
            self._skipped += each.skipped
            self._retries += each.retries
            del self._not_noted[each.batch.number]

    def _with_outcomes(self, failure: WriteFailed) -> WriteFailed:
        """Return a failed write with the batches that are stored and those that may be."""
        state = self._manifest.state
        outcomes = [
            failure.message,
            f"{state.rows:,} rows are stored and recorded ({_ranges(state.done)}).",
        ]
        not_noted = {n: each for n, each in self._not_noted.items() if n not in state.done}
        for number, each in sorted(not_noted.items()):
            lines = lines_in_words(number, lines_of(each.batch))
            refused = ", ".join(str(row.line) for row in each.bad)
            but = f" except for the lines {refused}" if refused else ""
            outcomes.append(f"Batch {number} ({lines}) is stored{but}, but that is not recorded.")
        for number, in_doubt in sorted({**state.in_doubt, **self._storer.in_doubt}.items()):
            if number not in not_noted:
                lines = lines_in_words(number, in_doubt)
                outcomes.append(f"Batch {number} ({lines}) may or may not be stored.")
        outcomes.append("Nothing else was stored.")
        answers = " ".join(f"--stored {number}" for number in sorted(not_noted))
        added = f" with {answers}" if answers and not self._has_key else ""
        return WriteFailed(
            " ".join(outcomes),
            remedy=f"Keep the manifest. Once it can be written, run the same command again{added}.",
        )

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


def _ranges(numbers: Iterable[int]) -> str:
    """Return the numbers of batches in words: `batches 1 to 6, 8`."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1] = [ranges[-1][0], number]
        else:
            ranges.append([number])
    named = ", ".join(" to ".join(map(str, each)) for each in ranges)
    return f"batches {named}" if named else "no batch"
