from __future__ import annotations

from datetime import timedelta

from dsql_tui.console.session.status import StatusLine
from tests.support.desk import Desk, desk


async def let_pass(console: Desk, span: timedelta) -> None:
    console.services.time += span
    console.workspace.query_one(StatusLine)._tick()
    console.workspace._warn_of_ends()
    await console.settle()


def told(console: Desk) -> list[str]:
    return [notification.message for notification in console.app._notifications]


async def test_a_session_that_ends_with_a_transaction_open_warns_once_and_in_time() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        await let_pass(console, timedelta(minutes=50))
        assert not told(console)
        await let_pass(console, timedelta(minutes=3))
        await let_pass(console, timedelta(minutes=1))
        assert told(console) == ["The session ends in 5 minutes. Commit or roll back before then."]


async def test_without_a_transaction_no_warning_is_shown() -> None:
    async with desk() as console:
        await console.connect()
        await let_pass(console, timedelta(minutes=59))
        assert not told(console)


async def test_a_renewal_between_statements_shows_as_a_dot_that_goes_again() -> None:
    async with desk() as console:
        await console.connect()
        await let_pass(console, timedelta(minutes=56))
        await console.run("select 1")
        await let_pass(console, timedelta(seconds=1))
        assert "• session" in console.screen()
        assert not told(console)
        assert console.app.screen is console.workspace
        await let_pass(console, timedelta(seconds=10))
        assert "• session" not in console.screen()
