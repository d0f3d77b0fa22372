"""The passive view of latencies."""

from __future__ import annotations

from dsql_tui.console.fleet.own_latency import OwnLatencyScreen
from tests.support.desk import desk
from tests.support.fakes import FakeServices, tag


async def test_shift_f8_shows_percentiles_of_this_session_and_continues_counting() -> None:
    services = FakeServices()
    services.answers["insert into t values (1)"] = tag("INSERT 0 1", elapsed_ms=6.0)
    async with desk(services) as console:
        await console.connect()
        await console.press("shift+f8")
        assert isinstance(console.app.screen, OwnLatencyScreen)
        await console.press("escape")
        for _ in range(3):
            await console.run("insert into t values (1)")
        await console.press("shift+f8")
        lines = console.screen().splitlines()
        [line] = [line for line in lines if "INSERT" in line and "Histogram" not in line][:1]
        assert line.split()[1:5] == ["INSERT", "shop@us-east-1", "3", "6.00"]
        await console.press("down")
        assert "INSERT · shop@us-east-1" in console.screen()
        assert "≤ 8 ms" in console.screen()


async def test_before_anything_was_run_the_view_says_what_it_will_show() -> None:
    async with desk() as console:
        await console.press("shift+f8")
        assert "No statements yet." in console.screen()
