"""The fleet's screens over the running local DSQL: what is measured is real."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dsql_tui.config import Config
from dsql_tui.console.app import ConsoleApp
from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.memory import Memory
from dsql_tui.console.services import LiveServices
from dsql_tui.local.server import ServerInfo
from tests.e2e.fleet.support import scratch_schemas, sides_of_shop
from tests.e2e.support import profile_of


class Hands:
    """A running console, its keys and its screen."""

    def __init__(self, app: ConsoleApp, press: Callable[..., object]) -> None:
        self.app, self.press = app, press

    def shown(self) -> str:
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def until(self, text: str) -> None:
        """Wait for a text; the machine may be busy."""
        for _ in range(1_500):
            await asyncio.sleep(0.02)
            if text in self.shown():
                return
        raise AssertionError(f"{text!r} did not appear")


@asynccontextmanager
async def bench_of_shop(info: ServerInfo) -> AsyncIterator[Hands]:
    """Open the board, go to the pair and open its latency screen."""
    app = ConsoleApp(LiveServices(profile_of(info)), Config(), Memory())
    async with app.run_test(size=(120, 40)) as pilot:
        hands = Hands(app, pilot.press)
        await hands.until("todos-dev")
        await pilot.press("f2", "f2")
        await hands.until("2 clusters · 3 Regions")
        await pilot.press("g", "b")
        await hands.until("b measures the latency")
        assert isinstance(app.screen, BenchScreen)
        yield hands


async def test_a_bench_fills_live_is_stopped_and_leaves_nothing(local_dsql: ServerInfo) -> None:
    side = sides_of_shop(local_dsql)[0]
    async with bench_of_shop(local_dsql) as hands:
        await hands.app.screen.run_action("screen.bench")
        await hands.until("≤ ")
        assert len(await asyncio.to_thread(scratch_schemas, side)) == 1
        await hands.app.screen.run_action("screen.stop")
        await hands.until("The scratch schema is gone.")
    assert await asyncio.to_thread(scratch_schemas, side) == []


async def test_a_probe_says_that_no_read_was_stale(local_dsql: ServerInfo) -> None:
    async with bench_of_shop(local_dsql) as hands:
        await hands.app.screen.run_action("screen.probe")
        await hands.until("100 of 100 rounds")
        await hands.until("No read was stale")
