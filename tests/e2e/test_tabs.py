"""Two tabs on the local DSQL: what one sees of the other, and what each may do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.token import AuthToken
from tests.support.desk import WIDE, LiveDesk
from tests.support.local_dsql import profile_of

SEEN = "select 'sees ' || count(*) as seen from customers where name = 'Nobody'"


class EachRolesIdentity(LiveServices):
    """Signs each role's tokens with the IAM identity that may become it."""

    def __init__(self, info: ServerInfo) -> None:
        super().__init__(profile_of(info))
        self._info = info

    def generate_token(self, endpoint: Endpoint) -> AuthToken:
        profile = profile_of(self._info, role=endpoint.role)
        return LiveServices(profile).generate_token(endpoint)


@asynccontextmanager
async def console_on(info: ServerInfo) -> AsyncIterator[LiveDesk]:
    """Open the console on the shop and wait for its session and schema."""
    app = ConsoleApp(EachRolesIdentity(info), Config(), Preferences(), cluster="shop")
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        console = LiveDesk(pilot)
        await console.until(lambda: app.screen is app.workspace)
        await console.until(lambda: console.workspace.session.phase is SessionPhase.OPEN)
        await console.settle()
        try:
            yield console
        finally:
            for pair in app.release():
                pair.close()


async def test_an_app_role_in_the_next_tab_sees_nothing_uncommitted_and_may_not_write(
    local_dsql: ServerInfo,
) -> None:
    async with console_on(local_dsql) as console:
        await console.run("begin")
        await console.run("update customers set name = 'Nobody' where id = 1")
        await console.run(SEEN)
        assert "sees 1" in console.screen()
        await console.press("alt+t")
        await console.press("tab", *"app_ro", "enter")
        await console.run(SEEN)
        assert "query 1 ◆ tx open ┊ query 2 @app_ro" in console.screen()
        assert "sees 0" in console.screen()
        await console.run("update customers set name = 'Mine' where id = 1")
        assert "Error 42501" in console.screen()
        await console.press("ctrl+pageup")
        assert "1/3,000 rows" in console.screen()
        await console.press("alt+z")
        await console.run(SEEN)
        assert "sees 0" in console.screen()


async def test_one_tab_answers_while_a_statement_runs_in_another(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql) as console:
        console.editor.current.load_text("select pg_sleep(20)")
        await console.pilot.press("f5")
        await console.until(lambda: console.workspace.run_state.running)
        await console.pilot.press("ctrl+t")
        console.editor.current.load_text("select 'an ' || 'answer'")
        await console.pilot.press("f5")
        await console.until(lambda: "an answer" in console.screen())
        assert "query 1 ◐ running" in console.screen()
        await console.pilot.press("ctrl+pageup", "escape")
        await console.until(lambda: "Cancelled" in console.screen())


async def test_a_conflict_between_two_tabs_is_explained_in_the_one_that_lost(
    local_dsql: ServerInfo,
) -> None:
    write = "update inventory set quantity = quantity where product_id = 1"
    async with console_on(local_dsql) as console:
        await console.run("begin")
        await console.run(write)
        await console.press("ctrl+t")
        await console.run(write)
        assert "UPDATE 2" in console.screen()
        await console.press("ctrl+pageup", "alt+c")
        screen = console.screen()
        assert "Conflict OC000" in screen
        assert "Another transaction changed the same rows and committed first." in screen
        assert console.workspace.session.phase is SessionPhase.OPEN
