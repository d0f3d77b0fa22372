"""Runs a planned script (`sql/dsql/script_plan.py`) step by step, from a checkpoint on.

A checkpoint is written before a step is sent and when it is committed. So a run that was killed
knows which step was under way: DDL is sent again, and an object that is there already means it had
completed; a job is looked up by its id; for rows nobody can know, and the person is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event

from dsql_tui.errors import DsqlTuiError, SessionLost, StatementError, WriteFailed
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.jobs import job, jobs
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.events import JobAwaited, LongRunEnded, RunEvent, StepBegun, StepEnded
from dsql_tui.scripts.transaction import UNATTENDED, TransactionOutcome, TransactionRunner
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan, ScriptStep, StepKind

JOB_POLL_S = 0.5
JOB_POLL_MAX_S = 5.0


def run_script(
    connect: Callable[[], Session],
    plan: ScriptPlan,
    checkpoint: Checkpoint,
    save: Callable[[Checkpoint], None],
    *,
    when_unknown: WhenUnknown = WhenUnknown.ASK,
    retry: RetryPolicy = UNATTENDED,
    stop: Event | None = None,
) -> Iterator[RunEvent]:
    """Run the remaining steps and yield the progress.

    Args:
        connect: Opens a session.
        plan: The steps.
        checkpoint: Where to begin.
        save: Stores a checkpoint before the run continues; raises `WriteFailed`.
        when_unknown: For a step of rows that was under way when an earlier run ended.
        retry: How conflicts are retried.
        stop: Set it to stop after the current step.

    Raises:
        StatementError: A step was refused, or its job failed; the checkpoint is before this step.
        SessionLost: The outcome of a step is unknown, now or from an earlier run.
        ConnectError: No session could be opened.
        WriteFailed: The checkpoint cannot be written; says whether the step was sent or committed.
    """
    halt = stop or Event()
    settings = plan.settings_before(checkpoint.done)
    transactions = TransactionRunner(connect, settings, retry, halt)
    with closing(transactions):
        yield from _ScriptRun(plan, checkpoint, save, transactions, halt).go(when_unknown)


class _ScriptRun:
    """The state of one run: the checkpoint, and the rows so far."""

    def __init__(
        self,
        plan: ScriptPlan,
        checkpoint: Checkpoint,
        save: Callable[[Checkpoint], None],
        transactions: TransactionRunner,
        stop: Event,
    ) -> None:
        self._plan = plan
        self._checkpoint = checkpoint
        self._save = save
        self._transactions = transactions
        self._stop = stop
        self._rows = 0

    def go(self, when_unknown: WhenUnknown) -> Iterator[RunEvent]:
        """Run the steps until all are done or the run is stopped."""
        started = time.monotonic()
        total = len(self._plan.steps)
        while self._checkpoint.done < total and not self._stop.is_set():
            step = self._plan.steps[self._checkpoint.done]
            number = self._checkpoint.done + 1
            resumed = self._checkpoint.under_way
            step_started = time.monotonic()
            yield StepBegun(number, total, step.title)
            if resumed and step.asks:
                if when_unknown is WhenUnknown.ASK:
                    raise _unknown(number, step)
                if when_unknown is WhenUnknown.SKIP:
                    self._note_committed(step, self._checkpoint.ended())
                    continue
            outcome = TransactionOutcome()
            for event in self._step(step, resumed=resumed):
                if isinstance(event, TransactionOutcome):
                    outcome = event
                else:
                    yield event
            if self._checkpoint.done < number:
                break  # stopped while a job was awaited: the next run waits for it
            self._rows += outcome.rows
            elapsed_s = time.monotonic() - step_started
            yield StepEnded(number, outcome.rows, elapsed_s, outcome.was_there)
        elapsed_s = time.monotonic() - started
        yield LongRunEnded(self._checkpoint.done == total, self._rows, elapsed_s)

    def _put(self, checkpoint: Checkpoint) -> None:
        self._save(checkpoint)
        self._checkpoint = checkpoint

    def _note_begun(self) -> None:
        """Record that the current step is about to be sent."""
        try:
            self._put(self._checkpoint.begun())
        except WriteFailed as failure:
            number = self._checkpoint.done + 1
            raise WriteFailed(
                f"{failure.message} Step {number} was not sent; those before it are committed.",
                remedy="Once it can be written, resume.",
            ) from None

    def _note_committed(self, step: ScriptStep, checkpoint: Checkpoint) -> None:
        """Record that the current step is committed, and whether its job is still running."""
        try:
            self._put(checkpoint)
        except WriteFailed as failure:
            skipped = " and skip this step (--when-unknown skip)" if step.asks else ""
            number = self._checkpoint.done + 1
            raise WriteFailed(
                f"{failure.message} Step {number} is committed, but that is not recorded.",
                remedy=f"Once it can be written, resume{skipped}.",
            ) from None

    def _note_failed(self, step: ScriptStep, error: DsqlTuiError) -> None:
        """Record that the current step has stored nothing, or add to `error` that this failed."""
        try:
            self._put(self._checkpoint.failed())
        except WriteFailed as failure:
            again = " and run this step again (--when-unknown again)" if step.asks else ""
            error.remedy = (
                f"{failure.message} Step {self._checkpoint.done + 1} was rolled back: resume"
                f"{again}. {error.remedy}"
            ).strip()

    def _step(self, step: ScriptStep, *, resumed: bool) -> Iterator[RunEvent | TransactionOutcome]:
        """Run one step and await its job; the checkpoint is moved on when it has ended."""
        job_id = self._checkpoint.job_id if resumed else ""
        outcome = TransactionOutcome(was_there=bool(job_id))
        if step.kind is StepKind.SETTING:
            self._transactions.set(step.statements[0])
        elif not job_id:
            for event in self._send(step, resumed=resumed):
                if isinstance(event, TransactionOutcome):
                    outcome = event
                else:
                    yield event
            job_id = (outcome.first_row[0] or "") if outcome.first_row else ""
        if step.awaits_job:
            self._note_committed(step, self._checkpoint.waiting(job_id))
            yield from self._await(step, job_id) if job_id else self._await_all(step)
            if self._stop.is_set():
                return
        self._note_committed(step, self._checkpoint.ended())
        yield outcome

    def _send(self, step: ScriptStep, *, resumed: bool) -> Iterator[RunEvent | TransactionOutcome]:
        self._note_begun()
        together = step.kind is StepKind.ROWS
        try:
            yield from self._transactions.run(step.statements, together=together)
        except StatementError as error:
            if not (resumed and step.had_completed(error.sqlstate)):
                self._note_failed(step, error)
                raise
            yield TransactionOutcome(was_there=True)
        except SessionLost as lost:
            if not lost.outcome_unknown:
                self._note_failed(step, lost)
            raise

    def _await(self, step: ScriptStep, job_id: str) -> Iterator[RunEvent]:
        """Poll a job until it is over or the run is stopped."""
        last: JobStatus | None = None
        delay_s = JOB_POLL_S
        while not self._stop.is_set():
            current = job(self._transactions.session, job_id)
            if current is None:  # ended so long ago that the service no longer lists it
                return
            if current.status is not last:
                last = current.status
                yield JobAwaited(current)
            if current.status is JobStatus.FAILED:
                failed = _job_failed(current)
                self._note_failed(step, failed)
                raise failed
            if current.status.is_over:
                return
            self._stop.wait(delay_s)
            delay_s = min(delay_s * 1.5, JOB_POLL_MAX_S)

    def _await_all(self, step: ScriptStep) -> Iterator[RunEvent]:
        """Await every job: the id of this step's own went down with the run that started it."""
        for each in jobs(self._transactions.session):
            if not each.status.is_over:
                yield from self._await(step, each.identifier)


def _unknown(number: int, step: ScriptStep) -> SessionLost:
    return SessionLost(
        f"Step {number} (line {step.line}: {step.title}) was under way when the last run ended:"
        " it may or may not have completed.",
        outcome_unknown=True,
        remedy="Check whether it was committed, then resume with the step skipped or run again.",
    )


def _job_failed(job: Job) -> StatementError:
    return StatementError(
        f"The job {job.identifier} on {job.object_name or 'its object'} failed.",
        sqlstate="XX000",
        detail=job.details,
        remedy="An index whose build failed stays INVALID and still enforces uniqueness: drop it,"
        " fix the rows, and resume.",
    )
