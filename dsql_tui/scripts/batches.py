"""Runs one large change in batches, planned by `sql/dsql/batch_plan.py`.

Each batch is committed separately and retried after a conflict with another transaction. Its range
of keys is determined before it is sent, so a retry does not change a row twice. A checkpoint is
written before a batch is sent and when it is committed, so a run that was killed continues after
the last committed key and reports which batch may or may not have completed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event

from dsql_tui.errors import DsqlTuiError, SessionLost, StatementError, WriteFailed
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.events import BatchEnded, LongRunEnded, Retried, RunEvent
from dsql_tui.scripts.transaction import UNATTENDED, TransactionOutcome, TransactionRunner
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, BatchPlan, Key
from dsql_tui.sql.dsql.explain import read_plan


def run_batches(
    connect: Callable[[], Session],
    plan: BatchPlan,
    checkpoint: BatchCheckpoint,
    save: Callable[[BatchCheckpoint], None],
    *,
    when_unknown: WhenUnknown = WhenUnknown.ASK,
    retry: RetryPolicy = UNATTENDED,
    pause: Event | None = None,
    stop: Event | None = None,
) -> Iterator[RunEvent]:
    """Run batch after batch and yield the progress.

    Args:
        connect: Opens a session.
        plan: How the statement was cut.
        checkpoint: Where to begin.
        save: Stores a checkpoint before the run continues; raises `WriteFailed`.
        when_unknown: For a batch that was under way when an earlier run ended.
        retry: How conflicts are retried.
        pause: While it is set nothing is sent; the consumer clears it to go on.
        stop: Set it to stop after the current batch.

    Raises:
        StatementError: A batch was refused; the previous ones stay committed.
        SessionLost: The outcome of a batch may be unknown, now or from an earlier run.
        ConnectError: No session could be opened.
        WriteFailed: The checkpoint cannot be written; says whether the batch was sent or committed.
    """
    begin = checkpoint
    if begin.under_way and not plan.is_repeatable:
        if when_unknown is WhenUnknown.ASK:
            raise _unknown(begin)
        if when_unknown is WhenUnknown.SKIP:
            if begin.upto is None:  # the last batch
                yield LongRunEnded(is_complete=True, rows=0, elapsed_s=0.0)
                return
            begin = begin.ended()
            save(begin)
    halt = stop or Event()
    transactions = TransactionRunner(connect, (), retry, halt)
    with closing(transactions):
        yield from _BatchRun(plan, begin, save, transactions).go(halt, pause or Event())


class _BatchRun:
    """The state of one run: the checkpoint, and the rows so far."""

    def __init__(
        self,
        plan: BatchPlan,
        checkpoint: BatchCheckpoint,
        save: Callable[[BatchCheckpoint], None],
        transactions: TransactionRunner,
    ) -> None:
        self._plan = plan
        self._checkpoint = checkpoint
        self._save = save
        self._transactions = transactions
        self._rows = 0

    def go(self, stop: Event, pause: Event) -> Iterator[RunEvent]:
        """Run the batches until the last one or until the run is stopped."""
        started = time.monotonic()
        expected = _expected(self._transactions.session, self._plan, self._checkpoint.after)
        number = 0
        is_complete = False
        while not is_complete and not stop.is_set():
            if pause.is_set():
                stop.wait(0.1)
                continue
            yield from self._batch()
            upto = self._checkpoint.upto
            number += 1
            is_complete = upto is None
            if not is_complete:
                self._note_committed()
            yield BatchEnded(number, self._rows, upto, time.monotonic() - started, expected)
        yield LongRunEnded(is_complete, self._rows, time.monotonic() - started)

    def _batch(self) -> Iterator[Retried]:
        """Run the batch after the last committed key, or rerun the one that was interrupted."""
        if not self._checkpoint.under_way:
            self._note_begun(self._boundary())
        batch = self._plan.batch(self._checkpoint.after, self._checkpoint.upto)
        try:
            for event in self._transactions.run((batch,), together=False):
                if isinstance(event, TransactionOutcome):
                    self._rows += event.rows
                else:
                    yield event
        except SessionLost as lost:
            if lost.outcome_unknown:
                raise _unknown(self._checkpoint, lost.message) from None
            self._note_failed(lost)
            raise
        except StatementError as error:
            self._note_failed(error)
            raise

    def _boundary(self) -> Key | None:
        """Return the last key of the next batch; `None` if the rest fits into one."""
        query = self._plan.boundary(self._checkpoint.after)
        boundary = self._transactions.session.fetch(query)
        return tuple(value or "" for value in boundary[0]) if boundary else None

    def _put(self, checkpoint: BatchCheckpoint) -> None:
        self._save(checkpoint)
        self._checkpoint = checkpoint

    def _note_begun(self, upto: Key | None) -> None:
        try:
            self._put(self._checkpoint.begun(upto))
        except WriteFailed as failure:
            raise WriteFailed(
                f"{failure.message} The batch {_range(self._checkpoint.after, upto)} was not sent;"
                " those before it are committed.",
                remedy="Once it can be written, resume.",
            ) from None

    def _note_committed(self) -> None:
        try:
            self._put(self._checkpoint.ended())
        except WriteFailed as failure:
            after, upto = self._checkpoint.after, self._checkpoint.upto
            raise WriteFailed(
                f"{failure.message} The batch {_range(after, upto)} is committed, but that is not"
                " recorded.",
                remedy=f"Resume after the key {key_text(upto)}.",
            ) from None

    def _note_failed(self, error: DsqlTuiError) -> None:
        """Record that no row of the batch is stored, or add to `error` that this failed."""
        try:
            self._put(self._checkpoint.failed())
        except WriteFailed as failure:
            where = key_text(self._checkpoint.after) or "the beginning"
            error.remedy = (
                f"{failure.message} The batch was rolled back: resume after {where}. {error.remedy}"
            ).strip()


def key_text(key: Key | None) -> str:
    """Return a key as `dsql-tui batch --after` reads it; empty for `None`."""
    return json.dumps(key, ensure_ascii=False) if key else ""


def _expected(session: Session, plan: BatchPlan, after: Key | None) -> int:
    """Return how many rows the planner expects, 0 where it does not say."""
    try:
        lines = session.fetch(plan.estimate(after))
    except StatementError:  # the batches are run without a guess
        return 0
    root = read_plan(line or "" for (line,) in lines).root
    return root.estimate.rows if root is not None and root.estimate is not None else 0


def _range(after: Key | None, upto: Key | None) -> str:
    begin = f"after key {', '.join(after)}" if after else "from the first key"
    return f"{begin} up to {', '.join(upto)}" if upto else f"{begin} to the last"


def _unknown(
    checkpoint: BatchCheckpoint, why: str = "The previous run was interrupted."
) -> SessionLost:
    """Return the error that names the keys of the batch whose outcome is unknown."""
    keys = _range(checkpoint.after, checkpoint.upto)
    return SessionLost(
        f"{why} The batch {keys} may or may not have completed.",
        outcome_unknown=True,
        remedy="Check whether its rows were changed, then resume with the batch skipped or run"
        " again.",
    )
