"""Polls `sys.jobs` while a job runs; notifies when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic
from typing import Protocol

from dsql_tui.console.run.tab import Tab
from dsql_tui.console.schema.workers import read_jobs
from dsql_tui.console.shared.ui import Stoppable, Ui
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.job import Job, JobStatus

WATCH_EVERY_S = 2.0


class JobList(Protocol):
    """The results pane, as far as it shows jobs."""

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show jobs without activating their tab."""
        ...


class JobWatch:
    """Reads jobs over the catalog session, only while one is in progress.

    Args:
        ui: Notifies, waits.
        tabs: The open tabs; their endpoints are watched.
        list_of: Returns where a tab's jobs are shown.
        read_schema: Reads the schemas of an endpoint again.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        list_of: Callable[[Tab], JobList],
        read_schema: Callable[[Endpoint], object],
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._list_of = list_of
        self._read_schema = read_schema
        self._under_way: dict[Endpoint, dict[str, float]] = {}
        """The jobs in progress, and when each was read first."""
        self._watching: dict[Endpoint, Stoppable] = {}
        self._has_reported_failure = False

    def watch(self, endpoint: Endpoint) -> None:
        """Read the jobs of an endpoint, while a tab uses it."""
        self._ui.start(self._read(endpoint))

    async def _read(self, endpoint: Endpoint) -> None:
        if (pair := self._tabs.pair_at(endpoint)) is None:
            return
        try:
            jobs = await self._ui.call(partial(read_jobs, pair), group="catalog")
        except DsqlTuiError as error:
            if not self._has_reported_failure:
                self._has_reported_failure = True
                self._ui.notify(error.message)
        else:
            self._show(endpoint, jobs)

    def _show(self, endpoint: Endpoint, jobs: Sequence[Job]) -> None:
        """Show the jobs, notify of ended ones, read again while one is running."""
        for tab in self._tabs.at(endpoint):
            self._list_of(tab).show_jobs(jobs)
        before = self._under_way.pop(endpoint, {})
        ended = [job for job in jobs if job.identifier in before and job.status.is_over]
        for job in ended:
            if job.was_asked_for or job.status is JobStatus.FAILED:
                self._report(job, monotonic() - before[job.identifier])
        if ended:
            self._read_schema(endpoint)
        if (timer := self._watching.pop(endpoint, None)) is not None:
            timer.stop()
        if going := [job.identifier for job in jobs if not job.status.is_over]:
            now = monotonic()
            self._under_way[endpoint] = {each: before.get(each, now) for each in going}
            look_again = partial(self.watch, endpoint)
            self._watching[endpoint] = self._ui.after(WATCH_EVERY_S, look_again)

    def _report(self, job: Job, watched_s: float) -> None:
        job_name = f"{job.sort.replace('_', ' ').lower()} {job.object_name}".strip()
        failed = job.status is JobStatus.FAILED
        self._ui.notify(
            f"{job_name}: {job.details or job.status}",
            title="Job failed" if failed else "Job completed",
            severity="error" if failed else "information",
        )
        self._ui.work_ended("Job", watched_s, failed=failed)
