"""The workspace under keys: clusters, sessions, the way in and the way out."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Button, Static

from dsql_tui.console.clusters.clusters_pane import ClustersPane, ClusterTree
from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import (
    AccessDenied,
    ConnectStep,
    CredentialsMissing,
    SessionLost,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.cluster import ClusterStatus, RegionFailed, RegionListed
from dsql_tui.model.endpoint import Profile
from tests.support.desk import NARROW, desk
from tests.support.fakes import (
    SHOP,
    TODOS,
    FakeServices,
    make_cluster,
    until_cancelled,
)


async def test_clusters_are_listed_below_their_regions() -> None:
    async with desk() as console:
        lines = console.screen().splitlines()
    shown = [line[1:29].strip() for line in lines[2:8]]
    assert shown[0] == "▾ us-east-1"
    assert "shop" in shown[1]
    assert "use2" in shown[1]
    assert "todos-dev" in shown[2]
    assert "creating…" in shown[4]


async def test_a_failing_region_is_one_row_that_says_why_and_hides_nothing() -> None:
    denied = AccessDenied("Access denied in us-east-2: no", action="dsql:ListClusters")
    services = FakeServices([SHOP, RegionListed("us-east-1", 1), RegionFailed("us-east-2", denied)])
    async with desk(services) as console:
        screen = console.screen()
    assert "✗ us-east-2: Access denied" in screen
    assert "● shop" in screen


async def test_enter_asks_for_the_role_and_opens_a_session_with_it() -> None:
    async with desk() as console:
        await console.press("enter")
        assert isinstance(console.app.screen, RoleDialog)
        await console.press("tab", *"app_rw", "enter")
        assert console.workspace.session.phase is SessionPhase.OPEN
        assert console.services.sessions[0].endpoint.role == "app_rw"
        assert "shop us-east-1 ⇄ us-east-2 · app_rw" in console.screen()
        assert isinstance(console.workspace.focused, SqlEditor)


async def test_the_role_used_last_is_offered_first() -> None:
    preferences = Preferences()
    preferences.keep_role(SHOP.arn, "app_ro")
    async with desk(preferences=preferences) as console:
        await console.connect()
        assert console.services.sessions[0].endpoint.role == "app_ro"


async def test_a_cluster_named_at_the_start_opens_by_itself() -> None:
    async with desk(cluster="todos-dev") as console:
        assert console.services.sessions[0].endpoint.cluster_name == "todos-dev"


async def test_a_cluster_that_is_not_ready_is_not_opened() -> None:
    services = FakeServices(
        [make_cluster("new", status=ClusterStatus.CREATING), RegionListed("us-east-1", 1)]
    )
    async with desk(services) as console:
        await console.press("enter")
        assert console.app.screen is console.workspace
        assert not services.sessions


async def test_a_lost_session_is_opened_again_by_the_next_run() -> None:
    services = FakeServices()
    services.answers["update t set a = 1 where b"] = SessionLost(
        "It is gone.", outcome_unknown=True
    )
    async with desk(services) as console:
        await console.connect()
        session = services.sessions[0]
        session.is_open = False
        await console.run("select 1")
        assert len(services.sessions) == 3, "the first, the catalog's, and the new one"
        await console.run("update t set a = 1 where b")
        assert "Outcome unknown" in console.screen()


async def test_a_connect_error_names_the_step_and_the_remedy() -> None:
    services = FakeServices()
    services.connect_error = TokenRefused(
        "The token was refused.",
        step=ConnectStep.TOKEN,
        sqlstate="08006",
        hint="Verify the IAM policy",
        remedy="Allow dsql:DbConnectAdmin.",
    )
    async with desk(services) as console:
        await console.connect()
        screen = console.screen()
    assert "Could not connect: token" in screen
    assert "Hint: Verify the IAM policy" in screen
    assert "Allow dsql:DbConnectAdmin." in screen


async def test_without_credentials_both_ways_on_are_shown() -> None:
    services = FakeServices([])
    services.listing_error = CredentialsMissing("No AWS credentials were found.")
    started: list[str] = []

    def start_local() -> Profile:
        started.append("local")
        raise CredentialsMissing("not in this test")

    async with desk(services, start_local=start_local) as console:
        screen = console.screen()
        assert "Start local DSQL" in screen
        assert "aws sso login" in screen
        await console.press("enter")
        assert started == ["local"]
        assert "not in this test" in console.screen()


async def test_a_narrow_terminal_without_credentials_shows_the_ways_on_too() -> None:
    services = FakeServices([])
    services.listing_error = CredentialsMissing("No AWS credentials were found.")
    async with desk(services, size=NARROW) as console:
        assert "aws sso login" in console.screen()


async def test_trying_again_after_signing_in_uses_the_new_credentials() -> None:
    services = FakeServices()
    services.listing_error = CredentialsMissing("No AWS credentials were found.")
    async with desk(services) as console:
        await console.press("enter")
        screen = console.screen()
        assert "shop" in screen
        assert "aws sso login" not in screen


async def test_quitting_with_an_open_transaction_asks_and_the_safe_answer_has_the_focus() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("begin")
        assert "tx 00:00" in console.screen()
        await console.press("ctrl+q")
        assert isinstance(console.app.screen, ConfirmDialog)
        await console.press("enter")
        assert not isinstance(console.app.screen, ConfirmDialog)
        assert console.services.sessions[0].is_open


async def test_quitting_with_nothing_open_closes_the_sessions_without_a_question() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("ctrl+q")
        assert console.app.return_code == 0
        assert not any(session.is_open for session in console.services.sessions)


async def test_a_narrow_terminal_shows_one_column_with_tabs() -> None:
    async with desk(size=NARROW) as console:
        assert "1 Clusters ┊ 2 Schema ┊ 3 SQL ┊ 4 Results" in console.screen()
        assert "todos-dev" in console.screen()
        await console.connect()
        assert "todos-dev" not in console.screen()
        await console.press("f2")
        assert "todos-dev" in console.screen()
        await console.press("2")
        assert "orders" in console.screen()


async def test_the_filter_narrows_the_clusters_and_escape_shows_all() -> None:
    async with desk() as console:
        await console.press("slash", *"todo")
        assert "● shop" not in console.screen()
        await console.press("escape")
        assert "● shop" in console.screen()


async def test_a_filter_without_a_match_says_so_and_shows_no_other_cluster() -> None:
    async with desk() as console:
        assert SHOP.identifier in console.screen()
        await console.press("slash", *"zzz")
        screen = console.screen()
        assert "No clusters match “zzz”." in screen
        assert SHOP.identifier not in screen
        await console.press("escape")
        assert SHOP.identifier in console.screen()


async def test_the_welcome_page_says_nothing_of_a_tab_on_another_account() -> None:
    preferences = Preferences()
    target = TabTarget(SHOP.arn, "app_rw", "work", "shop")
    preferences.keep_buffers((Buffer("query 1", "select 'kept'", target=target),))
    services = FakeServices()
    services.listing_error = CredentialsMissing("No AWS credentials were found.")
    async with desk(services, preferences=preferences) as console:
        assert "not connected" in console.screen()
        assert "app_rw" not in console.screen()
        services.listing_error = None
        await console.press("tab")
        console.workspace.query_one("#retry", Button).press()
        await console.settle()
        assert "shop us-east-1 · app_rw" in console.screen()
        assert console.editor.current.text == "select 'kept'"


async def test_missing_credentials_are_one_sentence_and_not_a_line_for_each_region() -> None:
    none = CredentialsMissing("No AWS credentials were found.")
    regions = ("us-east-1", "us-east-2", "eu-west-1")
    services = FakeServices([RegionFailed(region, none) for region in regions])
    services.profile = replace(services.profile, regions=regions)
    async with desk(services) as console:
        pane = console.workspace.query_one(ClustersPane)
        assert not pane.query_one(ClusterTree).root.children
        shown = str(pane.query_one("#cluster-card", Static).content)
        assert shown.count("No AWS credentials were found.") == 1
        assert "✗" not in console.screen()


async def test_unfolding_a_table_shows_columns_keys_and_indexes() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f2", "2", "j", "j", "right")
        screen = console.screen()
        assert "tstz" in screen
        assert "uuid PK" in screen
        assert "uuid FK" in screen
        await console.press(*"jjjjjj", "right")
        assert "orders_by_day" in console.screen()


async def test_a_name_from_the_schema_goes_to_the_editor() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f2", "2", "j", "s")
        assert console.editor.current.text == "select *\nfrom customers\nlimit 100;\n"


async def test_the_token_dialog_decodes_and_hides_the_secret() -> None:
    async with desk() as console:
        await console.connect()
        await console.press("f12")
        screen = console.screen()
    assert "dsql:DbConnectAdmin" in screen
    assert "…MPLE" in screen
    assert "AKIAIOSFODNN7EXAMPLE" not in screen
    assert "not-a-token" not in screen


async def test_text_survives_a_resize_and_a_theme() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("select 1 as one")
        await console.pilot.resize_terminal(*NARROW)
        await console.settle()
        console.app.action_toggle_dark()
        await console.settle()
        assert "select 1 as one" in console.screen()


async def test_tabs_keep_their_texts() -> None:
    async with desk() as console:
        await console.connect()
        console.editor.current.load_text("one")
        await console.press("ctrl+t")
        console.editor.current.load_text("two")
        await console.press("ctrl+pageup")
        assert console.editor.current.text == "one"
        await console.press("alt+w")
        assert console.editor.current.text == "two"


async def test_todos_is_reached_with_the_arrow_keys_alone() -> None:
    async with desk() as console:
        await console.press("down", "enter", "enter")
        assert console.services.sessions[0].endpoint.host == TODOS.endpoint_host


async def test_quitting_does_not_wait_for_a_server_that_does_not_answer() -> None:
    services = FakeServices()
    services.answers["select pg_sleep(9)"] = until_cancelled
    async with desk(services) as console:
        await console.connect()
        console.editor.current.load_text("select pg_sleep(9)")
        await console.pilot.press("f5")
        await console.until(lambda: bool(services.sessions[0].ran))
        await console.pilot.press("ctrl+q")
        await console.until(lambda: isinstance(console.app.screen, ConfirmDialog))
        await console.pilot.press("right", "enter")
        await console.until(lambda: console.app.return_code == 0)


async def test_a_catalog_that_cannot_be_read_is_said_and_statements_still_run() -> None:
    services = FakeServices()
    services.catalog_error = StatementError("permission denied for pg_class", sqlstate="42501")
    async with desk(services) as console:
        await console.connect()
        assert "permission denied" in console.screen()
        await console.run("select 1")
        assert services.sessions[0].ran == ["select 1"]


async def test_names_are_read_again_behind_a_definition() -> None:
    services = FakeServices()
    async with desk(services) as console:
        await console.connect()
        before = console.editor._completer_of(console.editor.shown)
        await console.run("select 1")
        assert console.editor._completer_of(console.editor.shown) is before
        await console.run("create table fresh (id int)")
        assert console.editor._completer_of(console.editor.shown) is not before
