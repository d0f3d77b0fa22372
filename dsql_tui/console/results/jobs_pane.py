"""Asynchronous jobs of the cluster: index builds, validations and their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.model.span import age

NOTHING = (
    "No jobs. CREATE INDEX ASYNC and ALTER TABLE … ASYNC start a job; its progress is shown here."
)
OBJECT_WIDTH = 36
_LOOKS = {
    JobStatus.SUBMITTED: ("◌", "$text-warning"),
    JobStatus.PROCESSING: ("◐", "$text-accent"),
    JobStatus.COMPLETED: ("●", "$text-success"),
    JobStatus.FAILED: ("✗", "$text-error"),
    JobStatus.UNKNOWN: ("?", "$muted"),
}


class JobsPane(VerticalScroll):
    """A line for each job, the newest first, with the reason if it failed.

    Args:
        now: The clock, aware UTC.
    """

    can_focus = True

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._body = Static(NOTHING, markup=False)
        super().__init__(self._body, id="jobs")
        self._now = now

    def show(self, jobs: Sequence[Job]) -> None:
        """Show these jobs."""
        now = self._now()
        self._body.update(
            Content("\n").join(_line(job, now) for job in jobs) if jobs else Content(NOTHING)
        )


def running(jobs: Sequence[Job]) -> int:
    """Return how many jobs have not ended."""
    return sum(not job.status.is_over for job in jobs)


def _line(job: Job, now: datetime) -> Content:
    glyph, style = _LOOKS[job.status]
    since = age(job.started_at, now) if job.started_at else ""
    return Content.assemble(
        (f"{glyph} {job.status:<11}", style),
        (fit(job.sort.replace("_", " ").lower(), 20), "$text"),
        (fit(job.object_name, OBJECT_WIDTH), "$text"),
        (f" {since:>7}", "$muted"),
        (f"\n  {job.details}" if job.details else "", "$text-error"),
    )
