"""The board and what can be done from it, with the keys."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from textual.widgets import Input, Select, TextArea

from dsql_tui.aws.session import AwsSession
from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet.bench_screen import BenchScreen
from dsql_tui.console.fleet.details import DetailsScreen
from dsql_tui.console.fleet.dialogs.delete import DeleteDialog
from dsql_tui.console.fleet.dialogs.progress import ProgressDialog
from dsql_tui.console.fleet.metrics_screen import MetricsScreen
from dsql_tui.console.fleet.screen import FleetScreen
from dsql_tui.errors import ServiceBusy
from dsql_tui.local.control.state import StoredStatus
from dsql_tui.model.access.policy import block_public_access_policy
from tests.pilot.fleet.conftest import OpenFleet
from tests.support.control_plane import Aws
from tests.support.desk import WIDE, Desk, desk
from tests.support.fleet_world import FleetServices, identifier, seed, use

NAMES = ("archive", "billing", "half-a-pair", "shop", "todos-dev")


def names(console: Desk) -> list[str]:
    """Return the clusters in the order of the board."""
    matches = re.findall(rf"^│ *(?:★ )?({'|'.join(NAMES)}) ", console.screen(), re.MULTILINE)
    return [str(name) for name in matches]


async def to(console: Desk, name: str) -> None:
    """Put the cursor on a cluster."""
    await console.press("g", *["j"] * names(console).index(name))


async def done(console: Desk) -> None:
    """Wait for a change to end and close its notification."""
    await console.until(lambda: "Done." in console.screen() or "r sends" in console.screen())
    assert "Done." in console.screen()
    await console.press("escape")


async def test_every_cluster_is_on_the_board_and_a_pair_only_once(fleet: OpenFleet) -> None:
    async with fleet() as console:
        screen = console.screen()
        assert names(console) == list(NAMES)
    assert "5 clusters · 3 Regions" in screen
    assert re.search(r"shop +● active +use1 ⇄ use2 +40 d", screen)
    assert re.search(r"billing +✗ failed", screen)


async def test_round_trips_are_measured_once_a_region_and_again_on_request(
    session: AwsSession, aws: Aws
) -> None:
    seed(aws)
    services = FleetServices(session)
    async with desk(services, size=WIDE) as console:
        await console.press("f2", "f2")
        await console.until(lambda: "1.2/12 ms" in console.screen())
        screen = console.app.screen
        assert isinstance(screen, FleetScreen)
        # The only cluster of eu-west-1, whose round trip is unknown.
        assert re.search(r"archive .* –  ", console.screen())
        assert re.search(r"todos-dev .* 1\.2 ms", console.screen())
        assert sorted(services.measured) == ["eu-west-1", "us-east-1", "us-east-2"]

        services.round_trips_ms |= {"us-east-1": 250, "eu-west-1": 0.8}
        screen._refresh_in_front()
        await console.settle()
        assert len(services.measured) == 3
        await console.press("r")
        await console.until(lambda: "250/12 ms" in console.screen())
        await console.until(lambda: re.search(r"archive .* 0\.8 ms", console.screen()) is not None)
        assert len(services.measured) == 6


async def test_details_show_the_round_trip_to_each_region(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await to(console, "shop")
        await console.press("enter")
        await console.until(
            lambda: "Round trip     us-east-1 1.2 ms, us-east-2 12 ms" in console.screen()
        )
        await console.press("escape")
        await to(console, "archive")
        await console.press("enter")
        await console.until(lambda: "Round trip  unknown" in console.screen())


async def test_refreshing_backs_off_while_the_api_throttles_and_says_so(fleet: OpenFleet) -> None:
    async with fleet() as console:
        screen = console.app.screen
        assert isinstance(screen, FleetScreen)
        assert "throttled" not in console.screen()
        busy = m.FleetEnded(screen._listing_id, ServiceBusy("Too fast."))
        screen.post_message(busy)
        await console.until(lambda: "throttled, refreshing every 60 s" in console.screen())
        screen.post_message(busy)
        await console.until(lambda: "throttled, refreshing every 120 s" in console.screen())
        await console.press("r")
        await console.until(lambda: "throttled" not in console.screen())


async def test_a_region_that_is_down_is_one_short_line(aws: Aws, fleet: OpenFleet) -> None:
    aws.regions_down.add("eu-west-1")
    async with fleet() as console:
        screen = console.screen()
        assert names(console) == [name for name in NAMES if name != "archive"]
    assert "✗ eu-west-1: AWS in eu-west-1 could not be reached" in screen


async def test_the_filter_finds_names_regions_states_and_tags(fleet: OpenFleet) -> None:
    async with fleet() as console:
        for text, found in (("team=web", ["shop", "todos-dev"]), ("eu-west", ["archive"])):
            await console.press("slash", *text, "enter")
            assert names(console) == found
            await console.press("escape")
        assert names(console) == list(NAMES)


async def test_a_filter_without_a_match_says_so_and_how_to_clear_it(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await console.press("slash", *"zzz")
        assert names(console) == []
        assert "No clusters match “zzz”. Press esc to clear the filter." in console.screen()
        await console.press("escape")
        assert names(console) == list(NAMES)
        assert "No clusters match" not in console.screen()


async def test_rows_are_sorted_grouped_and_kept_at_the_top(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await console.press("s", "s", "s")
        assert "by age" in console.screen()
        assert names(console)[:2] == ["billing", "half-a-pair"]
        await to(console, "todos-dev")
        await console.press("f")
        assert names(console)[0] == "todos-dev"
        await console.press("t")
        assert "env = dev (2)" in console.screen()
        assert "no env (1)" in console.screen()


async def test_o_goes_back_and_asks_for_the_role(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await to(console, "todos-dev")
        await console.press("o")
        assert isinstance(console.app.screen, RoleDialog)


async def test_a_pair_is_created_from_the_form(aws: Aws, fleet: OpenFleet) -> None:
    async with fleet() as console:
        await console.press("n", *"orders")
        screen = console.app.screen
        screen.query_one("#region", Select).value = "eu-west-1"
        await console.settle()
        screen.query_one("#peer", Select).value = "eu-central-1"
        await console.settle()
        screen.query_one("#witness", Select).value = "eu-north-1"
        screen.query_one("#tags", Input).value = "team=ops"
        await console.press("ctrl+s")
        assert isinstance(console.app.screen, ProgressDialog)
        await done(console)
    made = [one for one in aws.state.clusters() if one.name == "orders"]
    assert {one.region for one in made} == {"eu-west-1", "eu-central-1"}
    assert {one.status for one in made} == {StoredStatus.ACTIVE}
    assert {one.tags["team"] for one in made} == {"ops"}


async def test_an_impossible_change_is_reported_in_the_form(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await console.press("n")
        console.app.screen.query_one("#tags", Input).value = "aws:x=1"
        await console.press("ctrl+s")
        assert "the tag key 'aws:x'" in console.screen()


async def test_deleting_needs_the_name_and_the_protection_lifted(
    aws: Aws, fleet: OpenFleet
) -> None:
    async with fleet() as console:
        await to(console, "shop")
        await console.press("D", *"shap", "ctrl+s")
        assert isinstance(console.app.screen, DeleteDialog)
        await console.press("backspace", "backspace", *"op", "ctrl+s")
        assert "protected against deletion" in console.screen()
        await console.press("shift+tab", "space", "ctrl+s")
        await done(console)
        await console.settle()
        await console.until(lambda: "shop" not in names(console))
    assert "shop" not in {one.name for one in aws.state.clusters()}


async def test_an_unfinished_pair_is_completed_from_its_current_state(
    aws: Aws, fleet: OpenFleet
) -> None:
    async with fleet() as console:
        await to(console, "half-a-pair")
        await console.press("enter")
        assert "there is no second cluster" in console.screen()
        console.app.screen.query_one("#peer", Select).value = "us-east-2"
        await console.press("ctrl+s")
        await done(console)
    sides = [one for one in aws.state.clusters() if one.name == "half-a-pair"]
    assert [one.status for one in sides] == [StoredStatus.ACTIVE] * 2


async def test_a_refused_change_says_why_and_can_be_sent_again(aws: Aws, fleet: OpenFleet) -> None:
    async with fleet() as console:
        await to(console, "billing")
        await console.press("u", "space", "ctrl+s")
        await console.until(lambda: "r retry" in console.screen())
        assert "The cluster is in" in console.screen()
        [billing] = [one for one in aws.state.clusters() if one.name == "billing"]
        aws.state.save(replace(billing, status=StoredStatus.ACTIVE))
        await console.press("r")
        await done(console)
    [billing] = [one for one in aws.state.clusters() if one.name == "billing"]
    assert billing.deletion_protection


async def opened_details(console: Desk, name: str) -> None:
    await to(console, name)
    await console.press("enter")
    assert isinstance(console.app.screen, DetailsScreen)
    await console.until(lambda: "Identifier" in console.screen())


async def test_details_show_every_section(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await opened_details(console, "shop")
        assert "on (cannot be deleted)" in console.screen()
        for words in (
            "VPC endpoint service",
            "No resource policy",
            "No change streams",
            "team",
            "streams ",
            "AWS::DSQL::Cluster",
            'resource "aws_dsql_cluster" "shop"',
            "new dsql.CfnCluster",
        ):
            await console.press("j")
            assert words in console.screen()


async def test_o_shows_the_peer(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await opened_details(console, "shop")
        before = "us-east-1" if "Region         us-east-1" in console.screen() else "us-east-2"
        await console.press("o")
        await console.until(lambda: f"Region         {before}" not in console.screen())


async def test_policy_tags_and_streams_are_changed_from_the_details(
    aws: Aws, fleet: OpenFleet
) -> None:
    async with fleet() as console:
        await opened_details(console, "todos-dev")
        await console.press("t")
        console.app.screen.query_one(TextArea).text = "Name=todos\nteam=ops"
        await console.press("ctrl+s")
        await done(console)
        await console.press("s")
        kinesis, role = console.app.screen.query(Input)
        kinesis.value = "arn:aws:kinesis:us-east-1:000000000000:stream/todos"
        role.value = "arn:aws:iam::000000000000:role/writer"
        await console.press("ctrl+s")
        await done(console)
        await console.press("p", "ctrl+b")
        assert console.app.screen.query_one(TextArea).text == block_public_access_policy()
        await console.press("ctrl+s")
        await done(console)
    [todos] = [one for one in aws.state.clusters() if one.name == "todos"]
    assert todos.tags == {"Name": "todos", "team": "ops"}
    assert "BlockPublicAccess" in todos.policy
    assert len(aws.state.streams(todos.identifier)) == 1


async def test_a_policy_that_is_none_is_refused_in_the_form(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await opened_details(console, "todos-dev")
        await console.press("p")
        console.app.screen.query_one(TextArea).text = "{"
        await console.press("ctrl+s")
        assert "not JSON" in console.screen()


async def test_metrics_are_plotted_with_gaps_and_money(aws: Aws, fleet: OpenFleet) -> None:
    use(aws, identifier("todos-dev", "us-east-1"))
    async with fleet() as console:
        assert "█" in console.screen()
        await to(console, "todos-dev")
        await console.press("m")
        assert isinstance(console.app.screen, MetricsScreen)
        await console.until(lambda: "Transactions executed." in console.screen())
        screen = console.screen()
        assert "This month $" in screen
        assert "UTC" in screen
        await console.press("4")
        await console.until(lambda: "last 7d" in console.screen())


async def test_metrics_of_a_side_that_is_no_longer_shown_are_dropped(
    aws: Aws, fleet: OpenFleet
) -> None:
    use(aws, identifier("todos-dev", "us-east-1"))
    async with fleet() as console:
        await to(console, "todos-dev")
        await console.press("m")
        await console.until(lambda: "This month $" in console.screen())
        metrics = console.app.screen
        assert isinstance(metrics, MetricsScreen)
        shown = metrics._report
        assert shown is not None
        metrics.post_message(m.MetricsRead(replace(shown, region="us-west-2", series=())))
        await console.settle()
        assert metrics._report is shown


async def test_a_cluster_without_metrics_says_so(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await to(console, "archive")
        await console.press("m")
        await console.until(lambda: "CloudWatch has no metrics" in console.screen())


async def test_a_bench_that_cannot_connect_says_why(fleet: OpenFleet) -> None:
    async with fleet() as console:
        await to(console, "todos-dev")
        await console.press("b")
        assert isinstance(console.app.screen, BenchScreen)
        await console.pilot.press("b")
        await console.until(lambda: "Nothing listens on" in console.screen())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_columns_follow_the_width_and_nothing_is_cut(
    fleet: OpenFleet, size: tuple[int, int]
) -> None:
    async with fleet(size) as console:
        screen = console.screen()
        assert isinstance(console.app.screen, FleetScreen)
    assert ("witness" in screen) == (size[0] > 100)
    assert ("env=prod" in screen) == (size[0] > 150)
    assert "todos-dev" in screen
