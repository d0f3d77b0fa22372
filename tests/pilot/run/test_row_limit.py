"""A row limit: what was not fetched is said, asked for, or left on the server."""

from __future__ import annotations

from dsql_tui.config import Config
from dsql_tui.model.result import Completed, Described, StatementEvent
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices, answer
from tests.support.rows import columns, numbered

LIMITED = Config(row_limit=20)


def many(chunks: int) -> list[StatementEvent]:
    return [
        Described(columns(id="bigint", name="text")),
        *(numbered(1 + 10 * number, 10) for number in range(chunks)),
        Completed(f"SELECT {10 * chunks}", 10 * chunks, 1.0, 2.0),
    ]


async def paused(console: Desk) -> None:
    """Run `select` and wait at the limit."""
    console.services.answers["select"] = many(5)
    console.editor.current.load_text("select")
    console.editor.current.focus()
    await console.pilot.press("f5")
    await console.until(lambda: console.workspace.run_state.paused)
    console.results.focus_content()
    await console.pilot.pause()


async def test_at_the_limit_the_status_says_that_there_is_more() -> None:
    async with desk(FakeServices(), config=LIMITED) as console:
        await console.connect()
        await paused(console)
        assert "first 20 rows, more on the server (press m)" in console.screen()
        await console.pilot.press("m")
        await console.until(lambda: "first 40 rows, more" in console.screen())
        await console.press("m")
        assert "50 rows" in console.screen()
        assert "more on the server" not in console.screen()


async def test_escape_leaves_the_rest_and_says_so() -> None:
    async with desk(FakeServices(), config=LIMITED) as console:
        await console.connect()
        await paused(console)
        await console.press("escape")
        assert "first 20 rows, more were not fetched" in console.screen()
        assert not console.workspace.run_state.running


async def test_another_run_leaves_the_rest_and_goes_ahead() -> None:
    async with desk(FakeServices(), config=LIMITED) as console:
        await console.connect()
        await paused(console)
        console.services.answers["select 1"] = answer([["one"]], value="text")
        await console.run("select 1")
        await console.until(lambda: not console.workspace.run_state.running)
        await console.settle()
        assert "one" in console.screen()
        assert console.services.sessions[0].ran == ["select", "select 1"]
