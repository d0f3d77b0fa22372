"""Watching `sys.jobs` while something builds; a toast when it ends, wherever the person is."""

from __future__ import annotations

from textual.timer import Timer

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.panes.jobs import running
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.sql.classify import classify

WATCH_EVERY_S = 2.0


class JobsWatch(Sessions):
    """Reads jobs over the catalog session, and only while one is under way."""

    _under_way: frozenset[str] = frozenset()
    _watching: Timer | None = None

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        """A statement that starts a job begins the watch."""
        if (
            message.completed.command_tag[:1] in "CA"
            and classify(message.statement.text).starts_job
        ):
            self._read_jobs()

    def action_show_jobs(self) -> None:
        """Read the jobs and bring them to the front."""
        self.query_one(ResultsPane).show_tab("jobs")
        self._read_jobs()

    def _read_jobs(self) -> None:
        if self._pair is not None:
            self._work(jobs.read_jobs, self._pair, group="catalog")

    def on_jobs_arrived(self, message: m.JobsArrived) -> None:
        """Show them, tell what has ended, look again while something is under way."""
        if not self._is_current(message.endpoint):
            return
        self.query_one(ResultsPane).show_jobs(message.jobs)
        ended = [job for job in message.jobs if job.identifier in self._under_way]
        for job in ended:
            if job.status.is_over:
                self._tell(job)
        self._under_way = frozenset(
            job.identifier for job in message.jobs if not job.status.is_over
        )
        if self._watching is not None:
            self._watching.stop()
        if running(message.jobs):
            self._watching = self.set_timer(WATCH_EVERY_S, self._read_jobs)

    def _tell(self, job: Job) -> None:
        what = f"{job.sort.replace('_', ' ').lower()} {job.object_name}".strip()
        failed = job.status is JobStatus.FAILED
        self.notify(
            f"{what}: {job.details or job.status}",
            title="Job failed" if failed else "Job completed",
            severity="error" if failed else "information",
            markup=False,
        )
        self.action_refresh_schema()
