"""Runs a planned script (`sql/dsql/script_plan.py`) step by step, from a checkpoint on.

A checkpoint is written before a step is sent and when it is committed. So after a run was killed,
it is known which step was running. DDL that can be repeated is sent again, and an error that the
object already exists or no longer exists means that the DDL had completed. A job is looked up by
its id. If the outcome cannot be determined, the user is asked whether the step had completed
(`skip`) or not (`again`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event

from dsql_tui.errors import (
    DsqlTuiError,
    OccConflict,
    SessionLost,
    StatementCancelled,
    StatementError,
    WriteFailed,
)
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.jobs import job, jobs
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.events import (
    JobAwaited,
    LongRunEnded,
    RunEvent,
    StepBegun,
    StepEnded,
    StepProgressed,
)
from dsql_tui.scripts.transaction import UNATTENDED, TransactionOutcome, TransactionRunner
from dsql_tui.sql.dsql.repeats import REFUSED
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan, ScriptStep, StepKind
from dsql_tui.sql.statements.outcome import check_query

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
        when_unknown: For a step that was under way when an earlier run ended, where its outcome
            cannot be found out.
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
        run = _ScriptRun(plan, checkpoint, save, transactions, halt, when_unknown)
        yield from run.go()


class _ScriptRun:
    """The state of one run: the checkpoint, and the rows so far."""

    def __init__(
        self,
        plan: ScriptPlan,
        checkpoint: Checkpoint,
        save: Callable[[Checkpoint], None],
        transactions: TransactionRunner,
        stop: Event,
        when_unknown: WhenUnknown,
    ) -> None:
        self._plan = plan
        self._when_unknown = when_unknown
        self._checkpoint = checkpoint
        self._save = save
        self._transactions = transactions
        self._stop = stop
        self._rows = 0

    def go(self) -> Iterator[RunEvent]:
        """Run the steps until all are done or the run is stopped."""
        started = time.monotonic()
        total = len(self._plan.steps)
        while self._checkpoint.done < total and not self._stop.is_set():
            step = self._plan.steps[self._checkpoint.done]
            number = self._checkpoint.done + 1
            resumed = self._checkpoint.under_way
            step_started = time.monotonic()
            yield StepBegun(number, total, step.title)
            if resumed and step.asks and not self._checkpoint.job_id:
                if self._when_unknown is WhenUnknown.ASK:
                    raise _unknown(number, step)
                if self._when_unknown is WhenUnknown.SKIP:
                    yield from self._skip(step)
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

    def _skip(self, step: ScriptStep) -> Iterator[RunEvent]:
        """Record a step that the user declared as completed; a job that it started is awaited."""
        if step.awaits_job:
            yield from self._await_all(step)
        if not self._stop.is_set():
            self._note_committed(step, self._checkpoint.ended(step))

    def _put(self, checkpoint: Checkpoint) -> None:
        self._save(checkpoint)
        self._checkpoint = checkpoint

    def _note_begun(self, step: ScriptStep) -> None:
        """Record that the current step is about to be sent."""
        try:
            self._put(self._checkpoint.begun(step))
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
            is_repeated = step.kind is StepKind.REPEATED
            for event in self._repeat(step) if is_repeated else self._send(step, resumed=resumed):
                if isinstance(event, TransactionOutcome):
                    outcome = event
                else:
                    yield event
            if is_repeated and self._stop.is_set():
                return
            job_id = (outcome.first_row[0] or "") if outcome.first_row else ""
        if step.awaits_job:
            self._note_committed(step, self._checkpoint.waiting(job_id))
            yield from self._await(step, job_id) if job_id else self._await_all(step)
            if self._stop.is_set():
                return
        self._note_committed(step, self._checkpoint.ended(step))
        yield outcome

    def _repeat(self, step: ScriptStep) -> Iterator[RunEvent | TransactionOutcome]:
        """Run a statement until it changes no row; after an interruption it continues."""
        rows = 0
        while not self._stop.is_set():
            for event in self._send(step, resumed=False):
                if not isinstance(event, TransactionOutcome):
                    yield event
                elif event.rows:
                    rows += event.rows
                    yield StepProgressed(rows)
                else:
                    yield TransactionOutcome(rows)
                    return

    def _send(self, step: ScriptStep, *, resumed: bool) -> Iterator[RunEvent | TransactionOutcome]:
        self._note_begun(step)
        together = step.kind is StepKind.ROWS
        try:
            yield from self._transactions.run(step.statements, together=together)
        except StatementError as error:
            if resumed and self._had_completed(step, error):
                yield TransactionOutcome(was_there=True)
                return
            self._note_failed(step, error)
            raise
        except SessionLost as lost:
            if not lost.outcome_unknown:
                self._note_failed(step, lost)
            raise

    def _had_completed(self, step: ScriptStep, error: StatementError) -> bool:
        """Whether a step that is refused now had completed when it was sent before.

        Raises:
            SessionLost: The outcome of a step is unknown, and the user has not decided.
        """
        repeat = step.repeat
        if step.kind is not StepKind.DDL or error.sqlstate in REFUSED:
            return False
        if isinstance(error, OccConflict | StatementCancelled):
            return False
        if error.sqlstate in repeat.done_states and (
            not repeat.check or self._transactions.session.fetch(repeat.check)
        ):
            return True
        if self._when_unknown is WhenUnknown.ASK:
            why = f" Running it again was refused: {error.sqlstate} {error.message}"
            raise _unknown(self._checkpoint.done + 1, step, why) from None
        return self._when_unknown is WhenUnknown.SKIP

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


def _unknown(number: int, step: ScriptStep, why: str = "") -> SessionLost:
    check, meaning = check_query(step.statements[-1])
    query = f": {check};" if check else ""
    return SessionLost(
        f"Step {number} (line {step.line}: {step.title}) was under way when the last run ended:"
        f" it may or may not have completed.{why}",
        outcome_unknown=True,
        remedy=f"Check whether it was committed{query} {meaning}".strip()
        + "\nThen resume with the step skipped or run again.",
        check=check,
    )


def _job_failed(job: Job) -> StatementError:
    return StatementError(
        f"The job {job.identifier} on {job.object_name or 'its object'} failed.",
        sqlstate="XX000",
        detail=job.details,
        remedy="An index whose build failed stays INVALID and still enforces uniqueness: drop it,"
        " fix the rows, and resume.",
    )
