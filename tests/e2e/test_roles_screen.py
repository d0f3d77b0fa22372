"""A role set up on the screen from nothing: made, mapped, granted, connected to, dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.widgets import Input, SelectionList

from dsql_tui.config import Config
from dsql_tui.console.access.review import ReviewDialog
from dsql_tui.console.access.screen import RolesScreen
from dsql_tui.console.access.tree import RoleNode
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import InMemoryStore, Preferences
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.effective import Access, Reach
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.why import ROW_RIGHTS
from tests.e2e.test_access import may
from tests.support.desk import Desk
from tests.support.local_dsql import boto_session, connect, endpoint_of, profile_of

ARN = "arn:aws:iam::000000000000:role/app-ro"
FIRST_COLUMN = (
    "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = %s::regclass AND attnum = 1"
)
PROBES = {
    Right.SELECT: "SELECT {1} FROM {0}",
    Right.INSERT: "INSERT INTO {0} DEFAULT VALUES",
    Right.UPDATE: "UPDATE {0} SET {1} = DEFAULT",
    Right.DELETE: "DELETE FROM {0}",
}
"""Statements of which each asks for one privilege; EXPLAIN checks it and runs nothing."""


@asynccontextmanager
async def open_roles(local_dsql: ServerInfo) -> AsyncIterator[Desk]:
    """Give the roles screen of the shop, opened as admin in the real console."""
    services = LiveServices(profile_of(local_dsql))
    app = ConsoleApp(services, Config(), Preferences(InMemoryStore()), cluster="shop@us-east-1")
    async with app.run_test(size=(120, 40)) as pilot:
        console = Desk(pilot, services)  # type: ignore[arg-type]
        await console.until(lambda: app.workspace is not None and app.screen is app.workspace)
        await console.until(lambda: console.workspace.session.phase is SessionPhase.OPEN)
        await console.press("f7")
        await console.until(lambda: bool(access_shown(console).snapshot.roles))
        yield console
        await console.press("ctrl+q")


def access_shown(console: Desk) -> Access:
    screen = next(each for each in console.app.screen_stack if isinstance(each, RolesScreen))
    return screen._access


async def review(console: Desk) -> None:
    """Run the SQL of a form and wait until every statement has completed."""
    await console.press("enter")
    assert isinstance(console.app.screen, ReviewDialog)
    await run_and_close(console)


async def run_and_close(console: Desk) -> None:
    before = access_shown(console)
    await console.pilot.click("#confirm")
    await console.until(lambda: " done." in console.screen())
    await console.press("enter")
    await console.until(lambda: access_shown(console) is not before)


async def test_a_role_set_up_from_nothing_can_do_exactly_what_the_matrix_says(
    local_dsql: ServerInfo,
) -> None:
    async with open_roles(local_dsql) as roles:
        await set_up(roles)
        compare(access_shown(roles), local_dsql)
        await roles.press("d")
        assert isinstance(roles.app.screen, ReviewDialog)
        assert "DROP ROLE picker;" in roles.screen()
        await run_and_close(roles)
        assert access_shown(roles).snapshot.role("picker") is None


async def set_up(roles: Desk) -> None:
    """Make a role, map a principal to it and grant it three privileges, all on the screen."""
    await roles.press("n", *"picker")
    roles.app.screen.query_one("#arn", Input).value = ARN
    await review(roles)
    for name, rights in (("public.orders", ["SELECT"]), ("public.inventory", ["SELECT", "UPDATE"])):
        access = access_shown(roles)
        assert access.snapshot.role("picker") is not None
        screen = roles.app.screen
        assert isinstance(screen, RolesScreen)
        tree = screen._tree
        for node in tree._leaves(tree.root):
            if isinstance(node.data, RoleNode) and node.data.name == "picker":
                tree.move_cursor(node)
        await roles.press("g")
        roles.app.screen.query_one("#on", Input).value = name
        await roles.settle()
        for right in rights:
            roles.app.screen.query_one("#rights", SelectionList).select(right)
        await roles.settle()
        await review(roles)


def compare(access: Access, local_dsql: ServerInfo) -> None:
    """Connect with the principal's token and try everything that the matrix lists."""
    endpoint = endpoint_of(local_dsql, "shop", role="picker")
    client = boto_session(local_dsql, "app_ro").client("dsql", region_name=endpoint.region)
    token = client.generate_db_connect_auth_token(endpoint.host, endpoint.region)
    shown: set[tuple[str, Right]] = set()
    with connect(local_dsql, endpoint, password=token) as picker:
        for found in access.snapshot.relations:
            if found.kind is not SecurableKind.TABLE:
                continue
            (column,) = picker.execute(FIRST_COLUMN, [found.label]).fetchone() or ("",)
            for right in ROW_RIGHTS:
                probe = PROBES[right].format(found.label, column)
                is_shown = access.reach("picker", found, right) is Reach.FULL
                assert may(picker, f"EXPLAIN {probe}") == is_shown, probe
                if is_shown:
                    shown.add((found.label, right))
    assert shown == {
        ("public.orders", Right.SELECT),
        ("public.inventory", Right.SELECT),
        ("public.inventory", Right.UPDATE),
    }
