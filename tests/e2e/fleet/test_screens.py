"""The fleet's screens over the running local DSQL: what is measured is real."""

from __future__ import annotations

import asyncio

from dsql_tui.local.process.server_info import ServerInfo
from tests.e2e.fleet.support import bench_of_shop, scratch_schemas, sides_of_shop
from tests.support.local_dsql import profile_of


async def test_a_bench_fills_live_is_stopped_and_leaves_nothing(local_dsql: ServerInfo) -> None:
    side = sides_of_shop(local_dsql)[0]
    async with bench_of_shop(profile_of(local_dsql)) as hands:
        await hands.app.screen.run_action("screen.bench")
        await hands.until("≤ ")
        assert len(await asyncio.to_thread(scratch_schemas, side)) == 1
        await hands.app.screen.run_action("screen.stop")
        await hands.until("The scratch schema was dropped.")
    assert await asyncio.to_thread(scratch_schemas, side) == []


async def test_a_probe_says_that_no_read_was_stale(local_dsql: ServerInfo) -> None:
    async with bench_of_shop(profile_of(local_dsql)) as hands:
        await hands.app.screen.run_action("screen.probe")
        await hands.until("100 of 100 rounds")
        await hands.until("No stale reads")
