"""When a session ends, the console keeps text, results and position, and reports the outcome."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta

import pytest

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.preferences import InMemoryStore, Preferences
from dsql_tui.local.process.server import LocalServer
from tests.support.desk import WIDE, LiveDesk
from tests.support.local_dsql import endpoint_of, profile_of
from tests.support.misbehaving import Clocked, until_cut

EARLIER = "select 'an earlier answer' as kept"
DRAFT = "-- a draft\nselect title\nfrom todos\nlimit 1"
PLACE = (2, 4)
READER = "arn:aws:iam::000000000000:role/app-ro"
CATALOG_SESSIONS = 1
Conditions = Callable[..., None]


@pytest.fixture
def services(unruly: LocalServer) -> Clocked:
    return Clocked(profile_of(unruly.info))


@asynccontextmanager
async def at_work(services: Clocked, role: str = "admin") -> AsyncIterator[LiveDesk]:
    """Open the console with an answer on the screen and a draft in the editor."""
    preferences = Preferences(InMemoryStore())
    cluster = services.find_cluster("todos-dev")
    preferences.keep_role(cluster.arn, role)
    app = ConsoleApp(services, Config(), preferences, cluster="todos-dev")
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        desk = LiveDesk(pilot)
        await desk.until(lambda: app.screen is app.workspace)
        await desk.until(lambda: desk.workspace.session.phase is SessionPhase.OPEN)
        await desk.settle()
        await desk.run(EARLIER)
        desk.editor.current.load_text(DRAFT)
        desk.editor.current.move_cursor(PLACE)
        try:
            yield desk
        finally:
            for pair in app.release():
                pair.close()


def own_pair(desk: LiveDesk) -> SessionPair:
    pair = desk.workspace.front.state.pair
    assert pair is not None
    return pair


def assert_kept(desk: LiveDesk, *, results: bool = True) -> None:
    """Text and cursor are where they were, and the answer of before is still there to look at."""
    assert desk.editor.current.text == DRAFT
    assert desk.editor.current.cursor_location == PLACE
    if results:
        panes = [pane for pane in desk.results._panes if pane.grid.row_count]
        assert panes, "the earlier answer is gone"


async def test_a_token_that_expires_while_typing_stops_nothing(services: Clocked) -> None:
    async with at_work(services) as desk:
        services.shift = timedelta(minutes=20)
        await desk.until(lambda: "token" not in desk.screen().partition("\n")[0])
        assert_kept(desk)
        before = desk.workspace.session.opened_at
        await desk.press("f5")
        assert "1 row" in desk.screen()
        assert desk.workspace.session.opened_at == before
        assert_kept(desk)


async def test_the_hour_s_end_while_idle_is_a_dot(
    services: Clocked, unruly: LocalServer, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        conditions(session_limit="1s")
        own_pair(desk).drop_user()
        await desk.press("f5")
        conditions(session_limit="1h")
        until_cut(unruly, left=CATALOG_SESSIONS)
        assert_kept(desk)
        await desk.press("f5")
        assert "1 row" in desk.screen()
        assert "• session" in desk.screen()
        assert_kept(desk)


async def test_after_a_laptop_slept_statements_run_in_a_new_session(services: Clocked) -> None:
    async with at_work(services) as desk:
        services.shift = timedelta(hours=9)
        await desk.press("f5")
        assert "1 row" in desk.screen()
        assert desk.app.screen is desk.workspace
        assert_kept(desk)


@contextmanager
def cut_soon(conditions: Conditions) -> Iterator[None]:
    """Take the Region down while the block works, and bring it back afterwards."""
    cut = threading.Timer(0.3, conditions, kwargs={"region_down": "us-east-1"})
    cut.start()
    yield
    cut.join()
    conditions(region_down="none")


async def test_a_read_that_is_cut_keeps_its_rows_and_is_offered_again(
    services: Clocked, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        with cut_soon(conditions):
            await desk.run("select generate_series(1, 50000000), repeat('x', 200)")
        assert "alt+r Run again" in desk.screen()
        assert desk.results._panes[0].grid.row_count > 0
        desk.results.show_messages()
        await desk.settle()
        assert "nothing was changed" in desk.screen()


async def test_a_write_whose_connection_is_lost_is_reported_as_unknown_with_a_query_to_check(
    services: Clocked, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        with cut_soon(conditions):
            await desk.run("delete from todos where title = 'none' and pg_sleep(30) is null")
        assert "may or may not have completed" in desk.screen()
        assert "alt+r" not in desk.screen()
        await desk.press("alt+o")
        assert "SELECT count(*) FROM todos where title = 'none'" in desk.screen()


async def test_a_transaction_whose_connection_is_lost_is_reported_as_rolled_back(
    services: Clocked, unruly: LocalServer, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        await desk.run("begin")
        await desk.run("update todos set title = 'changed' where title <> 'changed'")
        desk.editor.current.load_text(DRAFT)
        desk.editor.current.move_cursor(PLACE)
        conditions(region_down="us-east-1")
        until_cut(unruly)
        conditions(region_down="none")
        await desk.press("f5")
        assert "was rolled back" in desk.screen()
        assert "alt+r Run again" in desk.screen()
        assert_kept(desk, results=False)
        await desk.run("select count(*) as changed from todos where title = 'changed'")
        assert desk.results._panes[0].grid.row_count == 1
        assert not desk.workspace.session.in_transaction


async def test_a_region_that_is_down_leaves_everything_and_the_next_try_works(
    services: Clocked, unruly: LocalServer, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        conditions(region_down="us-east-1")
        until_cut(unruly)
        await desk.press("f5")
        assert "could not connect" in desk.screen()
        assert_kept(desk)
        conditions(region_down="none")
        await desk.press("f5")
        assert "1 row" in desk.screen()
        assert_kept(desk)


async def test_connects_refused_at_20_percent_cost_a_key_at_most(
    services: Clocked, conditions: Conditions
) -> None:
    async with at_work(services) as desk:
        conditions(refuse_connects="20%")
        opened = 0
        for _ in range(5):
            own_pair(desk).drop_user()
            await desk.press("f5")
            assert_kept(desk)
            opened += desk.workspace.session.phase is SessionPhase.OPEN
        assert opened


async def test_a_revoked_mapping_is_reported_with_the_grant_to_restore_it(
    services: Clocked, unruly: LocalServer
) -> None:
    reader = Clocked(profile_of(unruly.info, role="app_ro"))
    admin = SessionPair(services, endpoint_of(unruly.info, "todos-dev"))
    with closing(admin):
        async with at_work(reader, "app_ro") as desk:
            admin.user().fetch(f"AWS IAM REVOKE app_ro FROM '{READER}'")
            own_pair(desk).drop_user()
            await desk.press("f5")
            screen = desk.screen()
            admin.user().fetch(f"AWS IAM GRANT app_ro TO '{READER}'")
            assert "AWS IAM GRANT app_ro" in screen
            assert_kept(desk)
            await desk.press("f5")
            assert desk.workspace.session.phase is SessionPhase.OPEN
            assert_kept(desk)
