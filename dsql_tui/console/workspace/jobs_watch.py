"""Watching `sys.jobs` while something builds; a toast when it ends, wherever the person is."""

from __future__ import annotations

from functools import partial

from textual.timer import Timer

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.memory import Memory
from dsql_tui.console.services import Services
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.job import Job, JobStatus
from dsql_tui.sql.classify import classify

WATCH_EVERY_S = 2.0


class JobsWatch(Sessions):
    """Reads jobs over the catalog session, and only while one is under way."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._under_way: dict[Endpoint, frozenset[str]] = {}
        self._watching: dict[Endpoint, Timer] = {}

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        """A statement that starts a job begins the watch."""
        desk = self._desk_of(message)
        if (
            desk is not None
            and desk.pair is not None
            and message.completed.command_tag[:1] in "CA"
            and classify(message.statement.text).starts_job
        ):
            self._read_jobs(desk.pair.endpoint)

    def action_show_jobs(self) -> None:
        """Read the jobs and bring them to the front."""
        desk = self._desk
        desk.results.show_tab("jobs")
        if desk.pair is not None:
            self._read_jobs(desk.pair.endpoint)

    def _read_jobs(self, endpoint: Endpoint) -> None:
        """Ask for the jobs of an endpoint, as long as a tab is on it."""
        if (pair := self._pair_at(endpoint)) is not None:
            self._work(jobs.read_jobs, pair, group="catalog")

    def on_jobs_arrived(self, message: m.JobsArrived) -> None:
        """Show them, tell what has ended, look again while something is under way."""
        endpoint = message.endpoint
        for desk in self._desks.values():
            if desk.is_at(endpoint):
                desk.results.show_jobs(message.jobs)
        before = self._under_way.pop(endpoint, frozenset())
        ended = [job for job in message.jobs if job.identifier in before and job.status.is_over]
        for job in ended:
            if job.was_asked_for or job.status is JobStatus.FAILED:
                self._tell(job)
        if ended and (pair := self._pair_at(endpoint)) is not None:
            self._read_schema(pair)
        if (timer := self._watching.pop(endpoint, None)) is not None:
            timer.stop()
        if going := [job.identifier for job in message.jobs if not job.status.is_over]:
            self._under_way[endpoint] = frozenset(going)
            look_again = partial(self._read_jobs, endpoint)
            self._watching[endpoint] = self.set_timer(WATCH_EVERY_S, look_again)

    def _tell(self, job: Job) -> None:
        what = f"{job.sort.replace('_', ' ').lower()} {job.object_name}".strip()
        failed = job.status is JobStatus.FAILED
        self.notify(
            f"{what}: {job.details or job.status}",
            title="Job failed" if failed else "Job completed",
            severity="error" if failed else "information",
            markup=False,
        )
