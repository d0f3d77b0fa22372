"""Jobs are watched until they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dsql_tui.console.workspace.job_watch import WATCH_EVERY_S, JobWatch
from dsql_tui.model.job import Job, JobStatus
from tests.support.open_tabs import Board, turns


def job(status: JobStatus) -> Job:
    return Job("j1", status, "INDEX_BUILD", "public.t_a_idx", "", None, None)


@dataclass
class FakeJobs:
    """Where jobs are shown."""

    shown: list[int] = field(default_factory=list)

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        self.shown.append(len(jobs))


async def test_jobs_are_watched_until_they_end(board: Board) -> None:
    lone = await board.connect()
    shown, read = FakeJobs(), list[object]()
    watch = JobWatch(board.ui, board.tabs, lambda _tab: shown, read.append)
    endpoint = lone.state.session.endpoint
    assert endpoint is not None
    board.services.job_list = [job(JobStatus.PROCESSING)]
    watch.watch(endpoint)
    await turns()
    (timer,) = board.ui.timers
    assert timer.delay_s == WATCH_EVERY_S
    board.services.job_list = [job(JobStatus.FAILED)]
    timer.callback()
    await turns()
    assert board.ui.notices[0].startswith("Job failed: index build public.t_a_idx")
    assert board.ui.ended == [("Job", True)]
    assert read == [endpoint]
    assert shown.shown == [1, 1]
    assert len(board.ui.timers) == 1, "nothing is under way any more"
