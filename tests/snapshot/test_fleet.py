"""The fleet's screens and dialogs at two sizes, over a seeded account, with the clock frozen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from dsql_tui.aws.session import AwsSession
from dsql_tui.bench.run import Snapshot
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.fleet.screen import FleetScreen
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.model.latency import HISTOGRAM_EDGES_MS, Histogram, OperationStats
from tests.pilot.fleet.conftest import aws, session, wire
from tests.snapshot.test_console import SIZES, SnapCompare
from tests.support.control_plane import Aws
from tests.support.desk import Desk
from tests.support.fleet_world import FleetServices, identifier, seed, use

__all__ = ["aws", "session", "wire"]

Steps = Callable[[Desk], Awaitable[None]]


def keys(*pressed: str) -> Steps:
    async def steps(desk: Desk) -> None:
        for key in pressed:
            await desk.press(key)

    return steps


async def be_measured(desk: Desk) -> None:
    """Show a bench in progress, with fixed numbers."""
    await desk.press("b")
    screen = desk.app.screen
    assert isinstance(screen, BenchScreen)
    screen.begin_bench()
    screen.post_message(m.BenchAdvanced(SNAPSHOT))
    await desk.settle()


def measured(operation: str, side: str, scale_ms: float) -> OperationStats:
    histogram = Histogram()
    for number in range(1, 1_000):
        histogram.record(scale_ms * (0.5 + (number * 37 % 1_000) ** 2 / 400_000))
    return OperationStats(
        operation, side, histogram.count, 3, 3, 0, scale_ms * 2,
        p50_ms=histogram.percentile(0.50), p90_ms=histogram.percentile(0.90),
        p95_ms=histogram.percentile(0.95), p99_ms=histogram.percentile(0.99),
        max_ms=histogram.max_ms, per_second=33.3, bars=histogram.bars(HISTOGRAM_EDGES_MS),
    )  # fmt: skip


SNAPSHOT = Snapshot(
    elapsed_s=12.0,
    duration_s=30.0,
    rows=tuple(
        measured(operation, side, scale)
        for operation, scale in (("insert", 9.0), ("select10", 4.0), ("select1", 2.0))
        for side in ("us-east-1", "us-east-2")
    ),
)

SCENES: dict[str, Steps] = {
    "board": keys(),
    "board_grouped": keys("t", "s"),
    "board_filtered": keys("slash", *"env=prod", "enter"),
    "create": keys("n", *"orders"),
    "create_refused": keys("n", *["tab", "tab", "tab", "tab"], *"nonsense", "ctrl+s"),
    "finish_setup": keys("j", "j", "enter"),
    "update": keys("u"),
    "delete": keys("j", "j", "j", "D", *"sh"),
    "details": keys("j", "j", "j", "enter"),
    "details_terraform": keys("j", "j", "j", "enter", *"jjjjjjj"),
    "policy": keys("j", "j", "j", "enter", "p", "ctrl+b"),
    "metrics": keys("G", "m"),
    "metrics_empty": keys("m"),
    "bench_idle": keys("G", "b"),
    "bench": be_measured,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_the_fleet_looks_as_it_did(
    scene: str, size: tuple[int, int], aws: Aws, session: AwsSession, snap_compare: SnapCompare
) -> None:
    seed(aws)
    use(aws, identifier("todos-dev", "us-east-1"))
    services = FleetServices(session)
    app = ConsoleApp(services, Config(), Preferences())

    async def arrange(pilot: Pilot[int]) -> None:
        desk = Desk(pilot, services)
        await desk.begin()
        await desk.press("f2", "f2")
        await desk.until(lambda: isinstance(desk.app.screen, FleetScreen))
        await desk.settle()
        await desk.until(lambda: "▁" in desk.screen() or "█" in desk.screen())
        # The cursor stays on the cluster that was listed first, and Regions answer in any order.
        await desk.press("home")
        await SCENES[scene](desk)
        await desk.settle()
        await desk.until(lambda: "Loading…" not in desk.screen())
        await desk.until(lambda: "Loading metrics…" not in desk.screen())
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=arrange)
