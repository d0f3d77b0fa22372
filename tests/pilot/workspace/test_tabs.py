"""Tabs and their sessions: each runs, waits, fails and ends by itself; the screen shows one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

from dsql_tui.config import Config
from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.clusters.where import WhereDialog
from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import ClusterNotFound, ConnectError, ConnectStep, StatementError, TokenRefused
from dsql_tui.model.cluster import Cluster, RegionListed
from dsql_tui.model.result import Completed, Described, StatementEvent
from tests.support.desk import NARROW, Desk, desk
from tests.support.fakes import (
    SHOP,
    TODOS,
    FakeServices,
    FakeSession,
    answer,
    make_cluster,
    until_cancelled,
)
from tests.support.rows import chunk, columns

SLOW = "select pg_sleep(9)"
ADMIN_ON_SHOP = TabTarget(SHOP.arn, "admin", "test", "shop")


class Held:
    """A statement that answers on request."""

    def __init__(self, *rows: list[str | None], error: StatementError | None = None) -> None:
        self.may_answer = Event()
        self._rows, self._error = rows, error

    def __call__(self, _session: FakeSession) -> Iterator[StatementEvent]:
        self.may_answer.wait(20)
        if self._error is not None:
            raise self._error
        yield from answer(self._rows, name="text")


def of_persons(console: Desk) -> list[FakeSession]:
    """Return the sessions that ran the user's statements."""
    return [session for session in console.services.sessions if session.ran]


async def start(console: Desk, sql: str) -> None:
    """Run a statement that does not end by itself."""
    console.editor.current.load_text(sql)
    console.editor.current.focus()
    await console.pilot.press("f5")
    await console.until(lambda: any(sql in session.ran for session in console.services.sessions))


async def connect_as(console: Desk, role: str) -> None:
    await console.press("alt+t")
    assert isinstance(console.app.screen, RoleDialog)
    await console.press("tab", *role, "enter")


def told(console: Desk) -> list[str]:
    return [notice.message for notice in console.app._notifications]


async def test_a_tab_whose_cluster_is_gone_uses_the_one_of_its_name_and_says_so() -> None:
    services, preferences = FakeServices(), Preferences()
    gone = SHOP.arn.replace(SHOP.identifier, "gone23456789012345678901ab")
    profile = services.profile.name
    preferences.keep_buffers(
        tuple(
            Buffer(name, "select 1", target=TabTarget(gone, "app_rw", profile, name))
            for name in ("shop", "sold")
        )
    )
    looked_for: list[str] = []

    def find_cluster(text: str) -> Cluster:
        looked_for.append(text)
        if text == "shop@us-east-1":
            return SHOP
        raise ClusterNotFound(f"There is no cluster {text}.")

    services.find_cluster = find_cluster  # type: ignore[method-assign]
    services.answers["select 1"] = answer([["1"]], n="bigint")
    async with desk(services, preferences=preferences) as console:
        await console.press("f3", "f5")
        assert looked_for == [gone, "shop@us-east-1"]
        (session,) = of_persons(console)
        assert session.endpoint.host == SHOP.endpoint_host
        notices = [note.message for note in console.app._notifications]
        assert any(f"It now uses {SHOP.identifier}" in each for each in notices)
        await console.press("ctrl+pagedown", "f5")
        assert looked_for[2:] == [gone, "sold@us-east-1"]
        assert console.workspace.session.error is not None
        assert gone in console.workspace.session.error.message


async def test_a_new_tab_is_on_the_same_cluster_and_connects_at_its_first_run() -> None:
    async with desk() as console:
        await console.press("enter", "tab", *"app_rw", "enter")
        before = len(console.services.sessions)
        await console.press("ctrl+t")
        assert len(console.services.sessions) == before, "nothing is opened to stand idle"
        assert (
            "shop us-east-1 ⇄ us-east-2 · app_rw · connects when you run something"
            in console.screen()
        )
        await console.run("select 1")
        assert len(console.services.sessions) == before + 1, "the catalog's session is shared"
        assert console.services.sessions[-1].endpoint.role == "app_rw"
        assert console.workspace.session.phase is SessionPhase.OPEN


async def test_a_file_opens_on_the_cluster_and_role_of_the_tab_in_front(tmp_path: Path) -> None:
    path = tmp_path / "orders.sql"
    path.write_text("select 'of the file'", encoding="utf-8")
    async with desk() as console:
        await console.connect()
        await console.press("ctrl+o", *str(path), "enter")
        await console.press("f5")
        assert console.services.sessions[-1].ran == ["select 'of the file'"]


async def test_each_tab_has_its_own_transaction_and_commit_ends_the_one_in_front() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        await console.press("ctrl+t")
        await console.run("begin")
        await console.press("alt+c")
        one, other = of_persons(console)
        assert one.ran == ["begin"]
        assert other.ran == ["begin", "COMMIT"]
        assert "autocommit" in console.screen()
        await console.press("ctrl+pageup")
        assert "tx 00:00" in console.screen()


async def test_manual_commit_and_read_only_are_switched_for_one_tab() -> None:
    async with desk() as console:
        await console.connect()
        await console.workspace.run_action("toggle_manual")
        await console.workspace.run_action("toggle_read_only")
        await console.press("ctrl+t")
        assert "read-only" not in console.screen()
        await console.run("select 1")
        await console.press("ctrl+pageup")
        await console.run("select 1")
        first, second = console.services.sessions[0], console.services.sessions[-1]
        assert second.ran == ["select 1"]
        assert first.ran == ["BEGIN READ ONLY", "select 1"]


async def test_a_statement_continues_in_a_background_tab_and_its_rows_appear_there() -> None:
    services = FakeServices()
    slow = services.answers["select 'slow'"] = Held(["from behind"])
    services.answers["select 'quick'"] = answer([["in front"]], name="text")
    async with desk(services) as console:
        await console.connect()
        await start(console, "select 'slow'")
        await console.pilot.press("ctrl+t")
        await console.until(lambda: "query 1 ◐ running" in console.screen())
        console.editor.current.load_text("select 'quick'")
        await console.pilot.press("f5")
        await console.until(lambda: "in front" in console.screen())
        slow.may_answer.set()
        await console.until(lambda: "query 1 ✓ done" in console.screen())
        assert "from behind" not in console.screen()
        assert console.editor.current.text == "select 'quick'"
        assert isinstance(console.workspace.focused, SqlEditor)
        assert any("finished after" in words for words in told(console))
        await console.press("ctrl+pageup")
        assert "from behind" in console.screen()
        assert "done" not in console.screen().splitlines()[1]


async def test_a_failure_in_a_background_tab_is_marked_and_shown_there() -> None:
    services = FakeServices()
    slow = services.answers["select nope"] = Held(error=StatementError("no", sqlstate="42703"))
    async with desk(services) as console:
        await console.connect()
        await start(console, "select nope")
        await console.pilot.press("ctrl+t")
        slow.may_answer.set()
        await console.until(lambda: "query 1 ✗ failed" in console.screen())
        assert "42703" not in console.screen()
        await console.press("ctrl+pageup")
        assert "Error 42703" in console.screen()


async def test_a_plan_comes_to_the_tab_that_asked_for_it() -> None:
    services = FakeServices()
    plan = services.answers["EXPLAIN select 1"] = Held(["Result  (cost=0.00..0.01 rows=1 width=4)"])
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select 1")
        await console.pilot.press("f6")
        await console.until(lambda: bool(of_persons(console)))
        await console.pilot.press("ctrl+t")
        plan.may_answer.set()
        await console.until(lambda: "query 1 ✓ done" in console.screen())
        assert "Plan" not in [tab.label for tab in console.results.tabs]
        await console.press("ctrl+pageup")
        assert console.results.shown == "plan"


async def test_the_token_and_the_roles_are_those_of_the_tab_in_front() -> None:
    async with desk() as console:
        await console.connect()
        await connect_as(console, "app_ro")
        await console.press("f12")
        assert "dsql:DbConnect" in console.screen()
        assert "dsql:DbConnectAdmin" not in console.screen()
        await console.press("escape", "ctrl+pageup", "f12")
        assert "dsql:DbConnectAdmin" in console.screen()


async def test_rows_of_a_background_tab_wait_at_the_limit_until_the_tab_is_closed() -> None:
    services = FakeServices()
    services.answers["select n"] = [
        Described(columns(n="bigint")),
        chunk(["1"]),
        chunk(["2"]),
        Completed("SELECT 2", 2, 1.0, 2.0),
    ]
    async with desk(services, config=Config(row_limit=1)) as console:
        await console.connect()
        await start(console, "select n")
        await console.pilot.press("ctrl+t")
        await console.until(lambda: "query 1 ◑ more rows" in console.screen())
        await console.pilot.press("ctrl+pageup", "alt+w")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.press("right", "enter")
        assert [tab.label for tab in console.editor.tabs] == ["query 2"]
        assert not services.sessions[0].is_open


async def test_cancelling_cancels_the_tab_in_front_alone() -> None:
    services = FakeServices()
    services.answers[SLOW] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        await start(console, SLOW)
        await console.pilot.press("ctrl+t")
        console.editor.current.load_text(SLOW)
        await console.pilot.press("f5")
        await console.until(lambda: len(of_persons(console)) == 2)
        await console.pilot.press("escape")
        await console.until(lambda: not console.workspace.run_state.running)
        one, other = of_persons(console)
        assert other.cancelled.is_set()
        assert not one.cancelled.is_set()
        await console.pilot.press("ctrl+pageup")
        await console.until(lambda: "esc cancel" in console.screen())


async def test_another_role_opens_next_to_the_tab_whose_session_is_left_alone() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("ctrl+t", "ctrl+pageup")
        await console.run("begin")
        await connect_as(console, "app_ro")
        labels = [tab.label for tab in console.editor.tabs]
        assert labels == ["query 1", "query 3", "query 2"]
        assert "query 1 ◆ tx open ┊ query 3 @app_ro ┊ query 2" in console.screen()
        assert console.services.sessions[-1].endpoint.role == "app_ro"
        assert console.services.sessions[0].is_open
        assert isinstance(console.workspace.focused, SqlEditor)


async def test_a_refused_role_is_reported_in_its_own_tab() -> None:
    async with desk() as console:
        await console.connect()
        console.services.connect_error = TokenRefused("Not for you.", step=ConnectStep.TOKEN)
        await connect_as(console, "app_ro")
        assert "Not for you." in console.screen()
        await console.press("ctrl+pageup")
        assert "Not for you." not in console.screen()
        assert console.workspace.session.phase is SessionPhase.OPEN


async def test_a_cluster_uses_the_tab_in_front_when_that_loses_nothing() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f2", "down", "enter", "enter")
        assert len(console.editor.tabs) == 1
        assert console.workspace.session.endpoint is not None
        assert console.workspace.session.endpoint.cluster_name == "todos-dev"
        assert not console.services.sessions[0].is_open


async def test_a_cluster_opens_in_a_new_tab_or_here_when_a_transaction_is_open() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        await console.press("f2", "down", "enter", "enter")
        assert isinstance(console.app.screen, WhereDialog)
        assert "A transaction is open on shop." in console.screen()
        await console.press("enter")
        assert "query 1 ◆ tx open ┊ query 2 todos-dev" in console.screen()
        assert console.services.sessions[0].is_open


async def test_the_role_dialog_opens_a_tab_with_one_key() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f2", "down", "enter", "ctrl+t")
        assert "query 1 ┊ query 2 todos-dev" in console.screen()


async def test_schema_completion_and_clocks_follow_the_tab_in_front() -> None:
    async with desk() as console:
        await console.connect()
        assert "orders" in console.screen()
        console.services.catalog_error = StatementError("not for you", sqlstate="42501")
        await connect_as(console, "app_ro")
        assert "not for you" in console.screen()
        assert "orders" not in console.screen()
        await console.press(*"select * from ord")
        assert not console.screen().count("orders")
        await console.press("escape", "ctrl+pageup", *"select * from ord")
        assert "orders" in console.screen()


async def test_a_production_cluster_colours_the_frame_while_its_tab_is_in_front() -> None:
    live = make_cluster("live", tags={"env": "prod"})
    services = FakeServices([TODOS, live, RegionListed("us-east-1", 2)])
    async with desk(services) as console:
        await console.connect()
        assert console.workspace.has_class("-production")
        assert "read-only" in console.screen()
        await console.press("f2", "down", "enter", "ctrl+t")
        assert not console.workspace.has_class("-production")
        await console.press("ctrl+pageup")
        assert console.workspace.has_class("-production")


async def test_closing_a_tab_that_would_lose_something_asks_and_closes_its_session() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("ctrl+t")
        await console.run("begin")
        await console.press("alt+w")
        assert "Close query 2?" in console.screen()
        await console.press("enter")
        assert len(console.editor.tabs) == 2, "the safe answer has the focus"
        await console.press("alt+w", "right", "enter")
        assert [tab.label for tab in console.editor.tabs] == ["query 1"]
        of_tab_1, of_catalog, of_tab_2 = console.services.sessions
        assert of_tab_1.is_open
        assert of_catalog.is_open, "the first tab reads the catalog with it too"
        assert not of_tab_2.is_open


async def test_quitting_asks_once_and_names_each_tab_that_would_lose_something() -> None:
    services = FakeServices()
    services.answers[SLOW] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        await console.run("begin")
        await console.press("ctrl+t", "ctrl+t")
        await start(console, SLOW)
        await console.pilot.press("ctrl+q")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        screen = console.screen()
        assert "query 1: A transaction is open on shop." in screen
        assert "query 3: A statement is running on shop." in screen
        assert "query 2:" not in screen
        await console.press("right", "enter")
        assert not any(session.is_open for session in services.sessions)


async def test_tabs_come_back_with_their_targets_and_connect_at_the_first_run() -> None:
    preferences = Preferences()
    async with desk(preferences=preferences) as console:
        await console.connect()
        console.editor.current.load_text("delete from t where a = 1")
        await connect_as(console, "app_ro")
        console.editor.current.load_text("select 'mine'")
        await console.until(
            lambda: len(preferences.buffers) == 2 and bool(preferences.buffers[1].text)
        )
    assert preferences.buffers[0].target == ADMIN_ON_SHOP
    services = FakeServices()
    async with desk(services, preferences=preferences) as console:
        assert not services.sessions, "nothing is opened, nothing is run"
        assert "shop us-east-1 · admin · connects when you run something" in console.screen()
        assert "query 1 ┊ query 2 @app_ro" in console.screen()
        assert "select 'mine'" not in console.screen()
        await console.press("ctrl+pagedown", "f5")
        (session,) = of_persons(console)
        assert session.ran == ["select 'mine'"]
        assert session.endpoint.role == "app_ro"
        assert "orders" in console.screen(), "the schema is read behind the first run"


async def test_a_saved_cluster_that_no_longer_exists_is_reported_and_the_text_stays() -> None:
    class Emptied(FakeServices):
        def find_cluster(self, text: str) -> Cluster:
            raise ClusterNotFound(f"There is no cluster {text}.")

    preferences = Preferences()
    preferences.keep_buffers([Buffer("old", "select 1", target=ADMIN_ON_SHOP)])
    async with desk(Emptied(), preferences=preferences) as console:
        await console.press("f5")
        screen = console.screen()
        assert "There is no cluster" in screen
        assert "look up shop in us-east-1 (profile test)" in screen
        assert console.workspace.session.phase is SessionPhase.FAILED
        assert console.editor.current.text == "select 1"


async def test_a_session_that_ends_in_a_background_tab_is_announced_with_its_name() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        await console.press("ctrl+t")
        console.services.time += timedelta(minutes=53)
        console.workspace._warn_of_ends()
        await console.settle()
        assert told(console) == [
            "query 1: The session ends in 5 minutes. Commit or roll back before then."
        ]


async def test_failover_includes_the_other_tabs_of_that_cluster() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("ctrl+t")
        console.services.connect_error = ConnectError("Down.", step=ConnectStep.TCP)
        await console.run("select 1")
        console.services.connect_error = None
        assert "us-east-1 is unreachable" in console.screen()
        await console.press("right", "enter")
        assert console.workspace.session.phase is SessionPhase.OPEN
        assert "shop us-east-2" in console.screen()
        await console.press("ctrl+pageup")
        assert (
            "shop us-east-2 ⇄ us-east-1 · admin · connects when you run something"
            in console.screen()
        )


async def test_failover_of_a_background_tab_is_offered_when_the_tab_is_shown() -> None:
    async with desk() as console:
        await console.connect()
        console.services.sessions[0].is_open = False
        console.services.gate.clear()
        console.editor.current.load_text("select 1")
        await console.pilot.press("f5", "ctrl+t")
        console.services.connect_error = ConnectError("Down.", step=ConnectStep.TCP)
        console.services.gate.set()
        await console.until(lambda: "query 1 ✗ failed" in console.screen())
        assert console.app.screen is console.workspace
        await console.press("ctrl+pageup")
        assert isinstance(console.app.screen, ConfirmDialog)


async def test_a_narrow_terminal_keeps_the_tab_in_front_and_its_mark_in_the_title() -> None:
    services = FakeServices()
    services.answers[SLOW] = until_cancelled
    async with desk(services, size=NARROW) as console:
        await console.connect()
        await start(console, SLOW)
        for _ in range(9):
            await console.pilot.press("ctrl+t")
        await console.until(lambda: len(console.editor.tabs) == 10)
        await console.until(lambda: "query 10" in console.screen())
        assert "…" in console.screen().splitlines()[2]
        assert "not connected" not in console.screen()


async def test_the_keys_of_the_tabs_do_not_scroll_long_lines() -> None:
    async with desk() as console:
        await console.press("ctrl+t")
        for number in (1, 0):
            editor = console.editor.current
            editor.load_text(f"select '{'x' * 500}'\n" * 200)
            editor.focus()
            await console.settle()
            assert editor.max_scroll_x > 0
            before = editor.selection, editor.scroll_offset
            await console.press("ctrl+pageup" if number else "ctrl+pagedown")
            assert console.editor.current is not editor
            assert (editor.selection, editor.scroll_offset) == before
