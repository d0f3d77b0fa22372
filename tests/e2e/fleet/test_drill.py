"""A failover on purpose, over TLS: a Region goes down under load and comes back."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dsql_tui.bench.drill import DrillPhase, DrillPlan, DrillReport, drill
from dsql_tui.bench.side import BenchSide
from dsql_tui.errors import ConnectError, InputError
from dsql_tui.local.process import server
from dsql_tui.local.process.server import LocalServer
from dsql_tui.model.endpoint import RegionDown
from tests.e2e.fleet.support import bench_of_shop, scratch_schemas, sides_of_shop
from tests.support.local_dsql import profile_of
from tests.support.program import program

QUICK = DrillPlan(sessions=2, before_s=0.3, down_s=0.7)


def switch_of(running: LocalServer) -> RegionDown:
    @contextmanager
    def region_down(region: str) -> Iterator[None]:
        running.ask("set", conditions={"region-down": region})
        try:
            yield
        finally:
            running.ask("set", conditions={"region-down": "none"})

    return region_down


@pytest.fixture(scope="module")
def running() -> Iterator[LocalServer]:
    """A local DSQL of its own: its Regions go down."""
    with server.start(ephemeral=True) as started:
        yield started


@pytest.fixture
def sides(running: LocalServer) -> tuple[BenchSide, BenchSide]:
    return sides_of_shop(running.info)


def test_a_drill_ends_every_session_continues_at_the_peer_and_loses_no_committed_row(
    running: LocalServer, sides: tuple[BenchSide, BenchSide]
) -> None:
    reports = list(drill(*sides, switch_of(running), QUICK))
    assert list(dict.fromkeys(report.phase for report in reports)) == list(DrillPhase)
    last = reports[-1]
    assert (last.here, last.there) == ("us-east-1", "us-east-2")
    assert last.cut == last.sessions == 2
    assert last.committed_here > 0
    assert last.committed_there > 0
    assert last.lost == 0
    assert None not in (last.cut_ms, last.peer_ms, last.moved_ms, last.back_ms)
    assert (last.peer_ms or 0) <= (last.moved_ms or 0)
    assert scratch_schemas(sides[0]) == []


def test_a_row_that_is_not_there_counts_as_lost(
    running: LocalServer, sides: tuple[BenchSide, BenchSide]
) -> None:
    """The check can fail: a row that somebody deletes meanwhile is missed."""
    here, there = sides
    last: DrillReport | None = None
    for last in drill(here, there, switch_of(running), QUICK):
        if last.phase is DrillPhase.DOWN and last.committed_here:
            [schema] = scratch_schemas(there)
            with closing(there.open()) as session:
                session.fetch(f"DELETE FROM {schema}.items WHERE name = 'drill' AND quantity = 0")
    assert last is not None
    assert last.lost == 2  # each session's first row


def test_a_drill_that_is_dropped_half_way_brings_the_region_back(
    running: LocalServer, sides: tuple[BenchSide, BenchSide]
) -> None:
    reports = drill(*sides, switch_of(running), DrillPlan(sessions=1, before_s=0.1, down_s=60))
    for report in reports:
        if report.phase is DrillPhase.DOWN:
            with pytest.raises(ConnectError):
                sides[0].open()
            break
    reports.close()
    assert scratch_schemas(sides[0]) == []


def test_ctrl_c_brings_the_region_back_and_reports_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    command = [*program(), "bench", "shop", "--local", "--drill"]
    with server.start(port=0) as running:
        process = subprocess.Popen(
            [*command, "--duration", "5m", "--sessions", "1", "--format", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while running.ask("status")["conditions"]["region-down"] != "us-east-1":
            assert process.poll() is None, process.communicate()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130, err
        assert json.loads(out)["lost"] is None
        assert running.ask("status")["conditions"]["region-down"] == "none"
        assert scratch_schemas(sides_of_shop(running.info)[0]) == []


@pytest.mark.parametrize(
    "plan", [DrillPlan(sessions=0), DrillPlan(sessions=101), DrillPlan(down_s=0)]
)
def test_a_plan_that_cannot_be_carried_out_is_refused_first(
    plan: DrillPlan, sides: tuple[BenchSide, BenchSide], running: LocalServer
) -> None:
    with pytest.raises(InputError):
        next(drill(*sides, switch_of(running), plan))


async def test_a_drill_on_screen_asks_first_and_brings_the_region_back_when_stopped(
    running: LocalServer, sides: tuple[BenchSide, BenchSide]
) -> None:
    profile = replace(profile_of(running.info), region_down=switch_of(running))
    async with bench_of_shop(profile) as hands:
        await hands.press("d")
        await hands.until("Take us-east-1 down?")
        await hands.press("tab", "enter")
        await hands.until("one Region is down")
        await hands.press("x")
        await hands.until("Stopped. us-east-1 is available again.")
    await asyncio.to_thread(lambda: sides[0].open().close())


async def test_no_drill_is_offered_if_a_region_cannot_be_taken_down(
    running: LocalServer,
) -> None:
    async with bench_of_shop(profile_of(running.info)) as hands:
        assert hands.app.screen.check_action("drill", ()) is False
