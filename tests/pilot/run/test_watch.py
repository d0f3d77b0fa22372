"""Watching by keys: the answer is replaced in place, with what changed marked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.model.result import StatementEvent
from tests.support.desk import desk
from tests.support.fakes import FakeServices, FakeSession, answer

READ = "select name, sold from stock"


def counting() -> FakeServices:
    """Answer one more of the second row each time."""
    services = FakeServices()
    sold = count()

    def next_answer(_session: FakeSession) -> Iterator[StatementEvent]:
        rows: list[list[str | None]] = [
            ["kettle", "7"],
            ["grinder", str(next(sold))],
            ["cup", None],
        ]
        yield from answer(rows, name="text", sold="integer")

    services.answers[READ] = next_answer
    return services


async def test_a_watched_result_is_replaced_in_place_and_escape_stops_it() -> None:
    async with desk(counting()) as console:
        await console.connect()
        console.editor.current.load_text(READ)
        console.editor.current.focus()
        await console.press("alt+v")
        await console.pilot.press("ctrl+u", *"0.1", "enter")
        await console.until(lambda: bool(console.results.query(ResultGrid)))
        grid = console.results.query_one(ResultGrid)
        await console.until(lambda: grid.store.row_count == 3)
        grid.focus()
        grid.move_cursor(2, 1)
        await console.until(lambda: int(grid.store.text(1, 1) or 0) > 3)
        assert console.results.query_one(ResultGrid) is grid
        assert (grid.cursor_row, grid.cursor_place) == (2, 1)
        assert grid.changes == {1: {1}}
        status = next(line for line in console.screen().splitlines() if "every 0.1 s" in line)
        assert "1 cell changed" in status
        await console.pilot.press("escape")
        await console.until(lambda: console.workspace.front.state.watch is None)
        assert "every 0.1 s" not in console.screen()
        ran = console.services.sessions[0].ran.count(READ)
        await console.press("f3", "f5")
        assert console.services.sessions[0].ran.count(READ) == ran + 1


async def test_a_command_of_psql_is_run_from_the_editor() -> None:
    async with desk(counting()) as console:
        await console.connect()
        await console.run("\\foo")
        assert "\\foo is not a command of psql." in console.screen()
        await console.run(f"{READ} \\gx")
        assert "kettle" in console.screen()
        assert console.app.screen is not console.workspace, "the record is a dialog"
