"""Asynchronous jobs are watched while they run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.console.workspace import job_watch
from dsql_tui.model.job import Job, JobStatus
from tests.support.desk import desk
from tests.support.fakes import NOW, FakeServices

BUILD = Job("a" * 26, JobStatus.PROCESSING, "INDEX_BUILD", "public.by_day", "", NOW, NOW)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_watch, "WATCH_EVERY_S", 0.05)


async def test_a_build_is_counted_in_its_tab_and_announced_when_it_ends() -> None:
    services = FakeServices()
    async with desk(services) as console:
        await console.connect()
        services.job_list = [BUILD]
        await console.run("create index async by_day on orders (created_at)")
        await console.until(lambda: "Jobs 1" in console.screen())
        services.job_list = [replace(BUILD, status=JobStatus.COMPLETED)]
        await console.until(lambda: "Job completed" in console.screen())
        assert "Jobs 1" not in console.screen()


async def test_jobs_that_the_service_starts_are_not_announced_when_they_end() -> None:
    services = FakeServices()
    cleanup = replace(BUILD, identifier="b" * 26, sort="DROP", object_name="")
    async with desk(services) as console:
        await console.connect()
        services.job_list = [cleanup]
        await console.workspace.run_action("show_jobs")
        await console.until(lambda: "Jobs 1" in console.screen())
        services.job_list = [replace(cleanup, status=JobStatus.COMPLETED)]
        await console.until(lambda: "Jobs 1" not in console.screen())
        assert "Job completed" not in console.screen()


async def test_a_failed_job_says_why() -> None:
    services = FakeServices()
    services.job_list = [replace(BUILD, status=JobStatus.FAILED, details="duplicate key")]
    async with desk(services) as console:
        await console.connect()
        await console.workspace.run_action("show_jobs")
        await console.settle()
        assert "duplicate key" in console.screen()
