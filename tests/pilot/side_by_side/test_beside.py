"""One statement on two sessions: rows that differ, refusals, and what is never run twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dsql_tui.console.side_by_side.dialog import BesideDialog
from dsql_tui.console.side_by_side.screen import BesideScreen
from dsql_tui.console.side_by_side.workers import READ_ONLY
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.errors import StatementError
from dsql_tui.model.result import StatementEvent
from tests.support.desk import Desk, desk
from tests.support.fakes import SHOP, SHOP_EAST_2, FakeServices, FakeSession, answer

SQL = "select id, name from products"
HERE = answer([["1", "Kettle"], ["2", "Grinder"], ["3", "Filter"]], id="bigint", name="text")
THERE = answer([["1", "Kettle"], ["2", "Mill"], ["4", "Cup"]], id="bigint", name="text")
DENIED = StatementError("permission denied for table products", sqlstate="42501")


def by_role(session: FakeSession) -> Iterator[StatementEvent]:
    if session.endpoint.role != "admin":
        raise DENIED
    yield from HERE


def by_region(session: FakeSession) -> Iterator[StatementEvent]:
    yield from HERE if session.endpoint.region == "us-east-1" else THERE


def shop() -> FakeServices:
    services = FakeServices()
    services.answers[SQL] = by_region
    return services


async def ask(console: Desk, sql: str = SQL) -> None:
    """Open the shop of us-east-1 and ask for a second session."""
    await console.press("enter", "enter")
    console.editor.current.load_text(sql)
    await console.workspace.run_action("run_beside")
    await console.settle()


async def test_the_other_region_is_offered_first_and_the_rows_that_differ_are_listed() -> None:
    async with desk(shop()) as console:
        await ask(console)
        assert "us-east-2        as admin" in console.screen()
        await console.press("enter")
        screen = console.screen()
        assert isinstance(console.app.screen, BesideScreen)
        assert "1 added · 1 removed · 1 changed · 1 unchanged · matched by id" in screen
        assert "Grinder → Mill" in screen
        assert "us-east-1 as admin" in screen
        assert "us-east-2 as admin" in screen


async def test_both_sides_are_read_only_and_closed_and_the_persons_session_is_left_alone() -> None:
    services = shop()
    async with desk(services) as console:
        await ask(console)
        await console.press("enter")
        own = services.sessions[0]
        assert own.ran == []
        assert own.is_open
        sides = [session for session in services.sessions if session.ran]
        assert [side.ran for side in sides] == [[READ_ONLY, SQL]] * 2
        assert not any(side.is_open for side in sides)
        await console.press("escape")
        assert console.app.screen is console.workspace


async def test_a_typed_role_is_refused_beside_an_admin_who_is_not() -> None:
    services = shop()
    services.answers[SQL] = by_role
    async with desk(services) as console:
        await ask(console)
        assert isinstance(console.app.focused, ChoiceList)
        await console.press(*"app_ro", "enter")
        screen = console.screen()
        assert "us-east-1 as app_ro" in screen
        assert "Error 42501" in screen
        assert "permission denied for table products" in screen
        assert "Only us-east-1 as admin succeeded." in screen
        await console.press("escape")
        await console.workspace.run_action("run_beside")
        await console.settle()
        assert "us-east-1        as app_ro" in console.screen()


async def test_a_profile_signs_for_the_second_session(monkeypatch: pytest.MonkeyPatch) -> None:
    services, other = shop(), shop()
    asked: list[tuple[str, tuple[str, ...]]] = []

    def with_profile(name: str, regions: tuple[str, ...]) -> FakeServices:
        asked.append((name, regions))
        return other

    monkeypatch.setattr(services, "with_profile", with_profile)
    async with desk(services) as console:
        await ask(console)
        await console.press(*"app_ro", "tab", *"work-", "right", "enter")
        screen = console.screen()
        assert "us-east-1 as app_ro (profile work-prod)" in screen
    assert asked == [("work-prod", ())]
    (session,) = other.sessions
    assert session.ran == [READ_ONLY, SQL]
    assert session.endpoint.role == "app_ro"
    assert session.endpoint.host == services.sessions[0].endpoint.host


async def test_a_profile_alone_is_that_of_the_selected_session() -> None:
    async with desk(shop()) as console:
        await ask(console)
        await console.press("tab", "tab", *"work", "enter")
        assert "us-east-2 as admin (profile work)" in console.screen()


async def test_the_same_refusal_on_both_sides_is_called_the_same() -> None:
    services = shop()
    services.answers[SQL] = DENIED
    async with desk(services) as console:
        await ask(console)
        await console.press("enter")
        assert "Both sides failed with the same error." in console.screen()


async def test_what_changes_something_is_never_run_twice() -> None:
    services = shop()
    async with desk(services) as console:
        await ask(console, "with gone as (delete from products returning *) select * from gone")
        assert not isinstance(console.app.screen, BesideDialog)
        assert "is not run on two sessions" in console.screen()
        assert all(session.ran == [] for session in services.sessions)


async def test_asking_again_opens_new_sessions() -> None:
    services = shop()
    async with desk(services) as console:
        await ask(console)
        await console.press("enter")
        before = len(services.sessions)
        services.answers[SQL] = HERE
        await console.press("r")
        assert len(services.sessions) == before + 2
        assert "Both sides returned the same 3 rows · matched by id" in console.screen()


async def test_a_typed_region_is_that_endpoint_of_the_pair() -> None:
    services = shop()
    async with desk(services) as console:
        await ask(console)
        await console.press(*"app_ro@us-east-2", "enter")
        assert "us-east-2 as app_ro" in console.screen()
        hosts = {session.endpoint.host for session in services.sessions if session.ran}
        assert hosts == {SHOP.endpoint_host, SHOP_EAST_2.endpoint_host}
