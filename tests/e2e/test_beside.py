"""One statement on two endpoints and two roles of the local DSQL, in the real console."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.widgets import Input

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import InMemoryStore, Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.console.side_by_side.screen import BesideScreen
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.desk import Desk
from tests.support.local_dsql import boto_session, connect, endpoint_of, profile_of


@asynccontextmanager
async def open_shop(local_dsql: ServerInfo) -> AsyncIterator[Desk]:
    """Give the workspace with the shop of us-east-1 open as admin."""
    services = LiveServices(profile_of(local_dsql))
    app = ConsoleApp(services, Config(), Preferences(InMemoryStore()), cluster="shop@us-east-1")
    async with app.run_test(size=(120, 40)) as pilot:
        console = Desk(pilot, services)  # type: ignore[arg-type]
        await console.until(lambda: app.workspace is not None and app.screen is app.workspace)
        await console.until(lambda: console.workspace.session.phase is SessionPhase.OPEN)
        yield console
        await console.press("ctrl+q")


async def run_beside(console: Desk, sql: str, other: str) -> str:
    """Run `sql` on a second session and return what the screen says in the end."""
    console.editor.current.load_text(sql)
    await console.workspace.run_action("run_beside")
    await console.settle()
    line = console.app.screen.query_one(Input)
    line.value = other
    line.focus()
    await console.pilot.press("enter")
    await console.until(lambda: isinstance(console.app.screen, BesideScreen))
    await console.settle()
    return console.screen()


async def test_both_regions_of_the_pair_answer_the_same_rows(local_dsql: ServerInfo) -> None:
    async with open_shop(local_dsql) as console:
        shown = await run_beside(
            console, "select id, name from products order by id", "admin@us-east-2"
        )
        assert "us-east-2 as admin" in shown
        assert "Both sides returned the same" in shown
        assert "connected in" in shown


async def test_a_role_that_may_not_read_is_refused_beside_admin(local_dsql: ServerInfo) -> None:
    arn = boto_session(local_dsql).client("sts", region_name="us-east-1").get_caller_identity()
    with connect(local_dsql, endpoint_of(local_dsql, "shop")) as admin:
        admin.execute("CREATE ROLE beside_reader WITH LOGIN")
        admin.execute(f"AWS IAM GRANT beside_reader TO '{arn['Arn']}'")
    async with open_shop(local_dsql) as console:
        shown = await run_beside(console, "select * from public.orders", "beside_reader")
        assert "us-east-1 as beside_reader" in shown
        assert "Error 42501" in shown
        assert "permission denied" in shown
        assert "Only us-east-1 as admin succeeded." in shown
        await console.press("escape")
        shown = await run_beside(console, "select 1", "nobody_knows")
        assert "Could not connect" in shown


async def test_a_function_that_writes_is_refused_by_the_server_on_both_sides(
    local_dsql: ServerInfo,
) -> None:
    with connect(local_dsql, endpoint_of(local_dsql, "shop")) as admin:
        admin.execute("CREATE TABLE beside_seen (n integer)")
        admin.execute(
            "CREATE FUNCTION beside_see() RETURNS void LANGUAGE sql AS "
            "'INSERT INTO public.beside_seen VALUES (1)'"
        )
    async with open_shop(local_dsql) as console:
        shown = await run_beside(console, "select beside_see()", "admin@us-east-2")
        assert "Both sides failed with the same error." in shown
        assert "Error 25006" in shown
    with connect(local_dsql, endpoint_of(local_dsql, "shop")) as admin:
        assert admin.execute("SELECT count(*) FROM beside_seen").fetchone() == (0,)
