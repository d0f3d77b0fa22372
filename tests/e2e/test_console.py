"""The console as a person uses it, over TLS and HTTP against the local DSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process.server_info import ServerInfo
from tests.support.desk import WIDE, LiveDesk
from tests.support.local_dsql import profile_of


@asynccontextmanager
async def console_on(info: ServerInfo, cluster: str) -> AsyncIterator[LiveDesk]:
    """Open the console on a cluster and wait for its session and schema."""
    services = LiveServices(profile_of(info))
    app = ConsoleApp(services, Config(), Preferences(), cluster=cluster)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        desk = LiveDesk(pilot)
        await desk.until(lambda: app.screen is app.workspace)
        await desk.until(lambda: desk.workspace.session.phase is SessionPhase.OPEN)
        await desk.settle()
        try:
            yield desk
        finally:
            for pair in app.release():
                pair.close()


async def test_rows_of_the_sample_shop_are_on_the_screen(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql, "shop") as desk:
        await desk.run("select name, price from products order by price desc")
        screen = desk.screen()
    assert "200 rows" in screen
    assert "products" in screen
    assert "shop us-east-1 ⇄ us-east-2 · admin" in screen


async def test_an_error_of_the_server_puts_the_cursor_on_the_spot(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql, "todos-dev") as desk:
        await desk.run("select 1;\nselect title, nope\nfrom todos")
        assert desk.editor.current.cursor_location == (1, 14)
        assert "42703" in desk.screen()


async def test_read_only_mode_is_the_servers(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql, "todos-dev") as desk:
        await desk.workspace.run_action("toggle_read_only")
        await desk.run("delete from todos")
        assert "25006" in desk.screen()
        await desk.workspace.run_action("toggle_read_only")
        await desk.run("select count(*) from todos")
        assert "1 row" in desk.screen()


async def test_what_is_looked_at_and_rolled_back_is_still_there(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql, "todos-dev") as desk:
        await desk.run("begin")
        await desk.run("update todos set title = 'gone' where title <> ''")
        assert desk.workspace.session.work is not None
        assert desk.workspace.session.work.rows_changed > 0
        await desk.press("alt+b")
        await desk.run("select count(*) as gone from todos where title = 'gone'")
        assert not desk.workspace.session.in_transaction


async def test_roles_and_completion_read_the_catalog(local_dsql: ServerInfo) -> None:
    async with console_on(local_dsql, "shop") as desk:
        desk.editor.current.focus()
        await desk.press(*"select * from ord")
        assert "order_items" in desk.screen()
        await desk.press("escape", "f7")
        await desk.until(lambda: "app_ro" in desk.screen())
