"""The events that a script or a batch run yields."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.model.job import Job


@dataclass(frozen=True, slots=True)
class StepBegun:
    """A step is being sent; numbers count from 1."""

    number: int
    total: int
    title: str


@dataclass(frozen=True, slots=True)
class Retried:
    """A transaction is retried after a conflict.

    Attributes:
        attempt: How often it has run so far.
        delay_s: How long is waited before the next time.
        reason: The server's words.
    """

    attempt: int
    delay_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class JobAwaited:
    """The status of a step's job; sent again when it changes."""

    job: Job


@dataclass(frozen=True, slots=True)
class StepProgressed:
    """A statement that is repeated has run once more; `rows` counts those of this run so far."""

    rows: int


@dataclass(frozen=True, slots=True)
class StepEnded:
    """A step is committed, and its job has ended.

    Attributes:
        number: The number of the step, from 1.
        rows: Rows changed.
        elapsed_s: Retries and the job included.
        was_there: It had completed in an earlier run that did not see its end.
    """

    number: int
    rows: int
    elapsed_s: float
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """A batch is committed.

    Attributes:
        number: The number of the batch in this run, from 1.
        rows: Rows changed by all batches of this run.
        upto: Key of the last row, to continue after; `None` for the last batch.
        elapsed_s: Of this run.
        expected: Rows this run will have changed, as the planner guesses; 0 if it does not say.
    """

    number: int
    rows: int
    upto: tuple[str, ...] | None
    elapsed_s: float
    expected: int = 0

    @property
    def share(self) -> float | None:
        """The completed share, below 1 until the last batch; `None` if unknown."""
        if self.upto is None:
            return 1.0
        return min(self.rows / self.expected, 0.99) if self.expected else None

    @property
    def left_s(self) -> float | None:
        """Estimated time left; `None` if the rate or the remaining rows are unknown."""
        rest = self.expected - self.rows
        if self.upto is None or rest <= 0 or not self.rows:
            return None
        return self.elapsed_s * rest / self.rows


@dataclass(frozen=True, slots=True)
class LongRunEnded:
    """The run has ended: everything is done, or it was stopped.

    Attributes:
        is_complete: Nothing is left to do.
        rows: Rows changed by this run.
        elapsed_s: Of this run.
    """

    is_complete: bool
    rows: int
    elapsed_s: float


RunEvent = StepBegun | Retried | JobAwaited | StepProgressed | StepEnded | BatchEnded | LongRunEnded
