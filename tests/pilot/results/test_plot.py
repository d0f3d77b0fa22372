"""A result is plotted by one key; form and columns change by others; it is saved and follows."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input, Static
from textual_plotext import PlotextPlot

from dsql_tui.console.results.dialogs.plot import PlotDialog
from dsql_tui.results.plot import Chart
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices, answer

READ = "select at, sold, returned from days"
ROWS: list[list[str | None]] = [
    [f"2026-11-{day:02} 00:00:00+00", str(day * 3), None if day == 9 else "1"]
    for day in range(1, 31)
]


def caption(console: Desk) -> str:
    return str(console.app.screen.query_one("#plot-caption", Static).content)


async def plotted(console: Desk, sql: str) -> PlotDialog:
    await console.connect()
    await console.run(sql)
    await console.press("f4", "P")
    dialog = console.app.screen
    assert isinstance(dialog, PlotDialog)
    await console.until(lambda: caption(console) != "")
    return dialog


async def test_a_result_is_plotted_turned_and_saved(tmp_path: Path) -> None:
    services = FakeServices()
    services.answers[READ] = answer(ROWS, at="timestamptz", sold="integer", returned="integer")
    async with desk(services) as console:
        await plotted(console, READ)
        words = "30 rows · 1 value left out (NULL or out of range)"
        assert caption(console) == f"line of sold, returned · by at · {words}"
        assert "2026-11-01" in console.screen()
        assert "at (UTC)" in console.screen()
        seen: list[str] = []
        for _ in Chart:
            await console.press("t")
            await console.until(lambda: caption(console).split()[0] not in seen[-1:])
            seen.append(caption(console).split()[0])
        assert seen == ["bar", "histogram", "scatter", "line"]
        await console.press("y")
        await console.until(lambda: " of returned" in caption(console))
        await console.press("x")
        await console.until(lambda: "by sold" in caption(console))
        for name, begins in (("a.svg", "<svg"), ("a.txt", " ")):
            await console.press("s")
            console.app.screen.query_one(Input).value = str(tmp_path / name)
            await console.press("enter")
            assert (tmp_path / name).read_text()[: len(begins)] == begins
        await console.press("s")
        console.app.screen.query_one(Input).value = str(tmp_path / "a.svg")
        await console.press("enter")
        assert "already exists" in console.screen()


async def test_values_that_cannot_be_drawn_and_results_without_numbers_are_said() -> None:
    services = FakeServices()
    services.answers["select 1"] = answer([["a"]], name="text")
    services.answers["select 2"] = answer([[None], ["NaN"]], n="double")
    async with desk(services) as console:
        await console.connect()
        await console.run("select 1")
        await console.press("f4", "P")
        assert "No column of this result has numbers to plot." in console.screen()
        await console.run("select 2")
        await console.press("f4", "P")
        await console.until(lambda: "nothing to draw" in caption(console))
        assert not console.app.screen.query_one(PlotextPlot).display
