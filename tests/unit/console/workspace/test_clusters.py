"""The list of clusters and what is opened from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsql_tui.console.clusters.clusters_pane import ClustersPane
from dsql_tui.console.clusters.role import RoleChoice
from dsql_tui.console.clusters.welcome import WelcomePane
from dsql_tui.console.clusters.where import BESIDE
from dsql_tui.console.messages.clusters import (
    ClusterChosen,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
)
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.workspace.clusters import ClusterList
from dsql_tui.errors import (
    CredentialsMissing,
    InputError,
)
from tests.support.fakes import SHOP, TODOS
from tests.support.open_tabs import Board, ended, turns


class FakeClusters:
    """The clusters pane."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.board = SimpleNamespace(credentials_error=None)

    def begin(self, listing_id: int, regions: Sequence[str]) -> None:
        self.told.append(f"begin {listing_id}")

    def apply(self, listing_id: int, event: object) -> None:
        self.told.append(f"apply {listing_id}")

    def end(self, error: object) -> None:
        self.told.append("end")


class Listing:
    """`ClusterList` with its surroundings."""

    def __init__(self, board: Board, start_local: Callable[[], Any] | None = None) -> None:
        self.pane, self.welcome = FakeClusters(), SimpleNamespace(explain=self._explain)
        self.shown: list[object] = []
        self.text = ""
        self.clusters = ClusterList(
            board.ui,
            cast("ClustersPane", self.pane),
            cast("WelcomePane", self.welcome),
            tabs=board.tabs,
            opening=board.opening,
            services=board.active,
            roles=lambda _cluster: ("admin",),
            start_local=start_local,
            has_text=lambda: bool(self.text),
            show_welcome=self.shown.append,
            show_clusters=lambda: self.shown.append("clusters"),
        )

    def _explain(self, error: object) -> None:
        self.shown.append(error)


async def test_without_credentials_the_welcome_says_why(board: Board) -> None:
    listing, error = Listing(board), CredentialsMissing("none")
    listing.clusters.listing_ended(ListingEnded(1, error))
    assert listing.shown == [True, error]
    await board.connect()
    listing.clusters.listing_ended(ListingEnded(1, error))
    assert listing.shown[2:] == [False, error]


async def test_a_listing_is_posted_and_shown(board: Board) -> None:
    listing = Listing(board)
    listing.clusters.refresh()
    kinds = {type(message) for message in board.ui.posted}
    assert kinds == {ListingStarted, ListingAdvanced, ListingEnded}


async def test_a_cluster_opens_beside_when_this_tab_would_lose_something(board: Board) -> None:
    lone = await board.connect()
    await lone.run("begin")
    board.ui.answers = [RoleChoice("admin"), BESIDE]
    Listing(board).clusters.chosen(ClusterChosen(TODOS))
    await turns()
    assert lone.state.session.in_transaction
    assert board.tabs.front.key == "buffer-2"
    assert board.tabs.front.state.cluster is TODOS


async def test_a_cluster_that_takes_no_sessions_is_not_opened(board: Board) -> None:
    creating = replace(TODOS, endpoint_host="")
    Listing(board).clusters.chosen(ClusterChosen(creating))
    assert board.ui.asked == []
    assert "does not accept sessions" in board.ui.notices[0]


@pytest.mark.parametrize(("text", "key"), [("select 1", "buffer-2"), ("", "buffer-1")])
async def test_the_cluster_named_at_the_start_spares_a_text_for_another_one(
    board: Board, text: str, key: str
) -> None:
    board.titles.targets["buffer-1"] = TabTarget(SHOP.arn, "admin", "test", "shop")
    listing = Listing(board)
    listing.text = text
    await ended(listing.clusters.open_named("todos-dev"))
    assert board.tabs.front.key == key
    assert board.tabs.front.state.cluster is TODOS


GONE = SHOP.arn.replace(SHOP.identifier, "gone23456789012345678901ab")


@pytest.mark.parametrize(
    ("kept", "key", "role"),
    [
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (GONE, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (GONE, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-2", "app_ro"),
        ({"buffer-1": (SHOP.arn, "test"), "buffer-2": (SHOP.arn, "test")}, "buffer-1", "app_ro"),
        ({"buffer-1": (TODOS.arn, "test"), "buffer-2": (GONE, "other")}, "buffer-3", "admin"),
    ],
)
async def test_the_cluster_named_at_the_start_opens_in_the_tab_that_was_on_it(
    board: Board, kept: dict[str, tuple[str, str]], key: str, role: str
) -> None:
    """Or on one of its name and profile: that of a local DSQL gets a new ARN at each start."""
    names = {TODOS.arn: "todos-dev"}
    profile = board.services.profile.name
    board.titles.keys = ("buffer-1", "buffer-2")
    board.titles.targets = {
        buffer: TabTarget(
            arn, "app_ro", profile if whose == "test" else whose, names.get(arn, "shop")
        )
        for buffer, (arn, whose) in kept.items()
    }
    listing = Listing(board)
    listing.text = "select 1"
    await ended(listing.clusters.open_named("shop"))
    front = board.tabs.front
    assert front.key == key
    assert front.state.cluster is SHOP
    assert front.state.pair is not None
    assert front.state.pair.endpoint.role == role


async def test_the_local_dsql_takes_the_place_of_aws_or_says_why_not(board: Board) -> None:
    listing = Listing(board, start_local=lambda: board.services.profile)
    await ended(listing.clusters.start_local())
    assert listing.shown == [False, "clusters"]
    error = InputError("no PostgreSQL")

    def refuse() -> Any:
        raise error

    listing = Listing(board, start_local=refuse)
    await ended(listing.clusters.start_local())
    assert listing.shown == [error]
