"""The progress of a long run, computed from its events, and its display texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from dsql_tui.model.span import count, countdown, duration
from dsql_tui.scripts.events import (
    BatchEnded,
    JobAwaited,
    LongRunEnded,
    Retried,
    RunEvent,
    StepBegun,
    StepEnded,
    StepProgressed,
)

BAR_CELLS = 24


@dataclass(frozen=True, slots=True)
class LongRunProgress:
    """The state of a run at one time.

    Attributes:
        total: Steps of a script; 0 for batches, whose number is unknown.
        done: Steps or batches that are committed.
        rows: Rows changed by this run.
        expected: Rows this run of batches will have changed, a guess; 0 where there is none.
        share: The completed share, from 0 to 1; `None` if unknown.
        left_s: Estimated time for the rest; `None` without an estimate.
        retries: Transactions that were retried after a conflict.
        elapsed_s: Of this run, as of the last step or batch.
        doing: Further state: the job that is waited for, or the last conflict.
        upto: Key of the last row of the last batch, after which the run resumes.
        is_complete: Whether all the work is done.
    """

    total: int = 0
    done: int = 0
    rows: int = 0
    expected: int = 0
    share: float | None = None
    left_s: float | None = None
    retries: int = 0
    elapsed_s: float = 0.0
    doing: str = ""
    upto: tuple[str, ...] | None = None
    is_complete: bool = False

    def after(self, event: RunEvent) -> LongRunProgress:
        """Return the state after an event."""
        match event:
            case StepBegun(number):
                return replace(self, done=number - 1, doing="")
            case Retried(attempt):
                words = f"conflict, retrying (attempt {attempt + 1})"
                return replace(self, retries=self.retries + 1, doing=words)
            case JobAwaited(job):
                words = f"job {job.status.value} on {job.object_name or job.identifier}"
                return replace(self, doing=words)
            case StepProgressed(rows):
                return replace(self, doing=f"{rows:,} rows")
            case StepEnded(number, rows, elapsed_s):
                rows, spent = self.rows + rows, self.elapsed_s + elapsed_s
                return replace(self, done=number, rows=rows, elapsed_s=spent, doing="")
            case BatchEnded(number, rows, upto, elapsed_s, expected):
                return replace(
                    self,
                    done=number,
                    rows=rows,
                    expected=expected,
                    share=event.share,
                    left_s=event.left_s,
                    upto=upto or self.upto,
                    elapsed_s=elapsed_s,
                    doing="",
                )
            case LongRunEnded(is_complete, rows, elapsed_s):
                return replace(
                    self,
                    is_complete=is_complete,
                    rows=rows,
                    left_s=None,
                    elapsed_s=elapsed_s,
                    doing="",
                )

    def afresh(self) -> LongRunProgress:
        """Return the state at the start of another run: counts start at zero."""
        done = self.done if self.total else 0
        return LongRunProgress(total=self.total, done=done, upto=self.upto)

    @property
    def bar(self) -> tuple[str, str]:
        """The filled and the empty part of the bar; both empty if the total is unknown."""
        share = self.done / self.total if self.total else self.share
        if share is None:
            return "", ""
        full = int(BAR_CELLS * share)
        return "━" * full, "━" * (BAR_CELLS - full)

    @property
    def words(self) -> str:
        """The texts to show, the most important first."""
        if self.total:
            parts = [f"{self.done:,} of {count(self.total, 'step')}", count(self.rows, "row")]
        else:
            of = f" of ~{self.expected:,}" if self.expected and not self.is_complete else ""
            rows = f"{self.rows:,}{of} rows" if of else count(self.rows, "row")
            parts = [rows, count(self.done, "batch", "batches")]
            if self.elapsed_s and self.rows:
                parts.append(f"{rate(self.rows, self.elapsed_s)} rows/s")
            if self.left_s is not None:
                parts.append(f"{countdown(timedelta(seconds=self.left_s))} left")
        if self.retries:
            parts.append(count(self.retries, "conflict") + " retried")
        if self.elapsed_s:
            parts.append(spent(self.elapsed_s))
        return " · ".join([*parts, *([self.doing] if self.doing else [])])


def rate(rows: int, elapsed_s: float) -> str:
    """Return the rate in rows per second."""
    return f"{rows / elapsed_s:,.0f}"


def spent(elapsed_s: float) -> str:
    """Return a duration as text."""
    return duration(elapsed_s * 1_000)
