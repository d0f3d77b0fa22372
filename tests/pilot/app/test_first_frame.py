"""Before there is a workspace: clusters answer, a person types, AWS wants a code."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from textual.events import Key

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.app.first_frame import Outline
from dsql_tui.console.clusters.code import CodeDialog
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer, TabTarget
from dsql_tui.model.cluster import ListingEvent
from tests.support.desk import NARROW, WIDE, LiveDesk
from tests.support.fakes import SHOP, FakeServices, make_cluster


class Watched(ConsoleApp):
    """A console that keeps what its outline showed last; its person types meanwhile."""

    outline = ""

    def _open_workspace(self) -> None:
        self.outline = str(self.screen.query_one(Outline).render())
        for key in (Key("s", "s"), Key("space", " "), Key("1", "1")):
            self.post_message(key.set_sender(self))
        super()._open_workspace()


class CountingServices(FakeServices):
    """Counts how often AWS is asked for the clusters."""

    listings = 0

    def list_clusters(self) -> Iterator[ListingEvent]:
        self.listings += 1
        yield from super().list_clusters()


@asynccontextmanager
async def watched(
    services: FakeServices, preferences: Preferences | None = None, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Watched, LiveDesk]]:
    app = Watched(services, Config(), preferences or Preferences())
    async with app.run_test(size=size) as pilot:
        console = LiveDesk(pilot)
        await console.until(lambda: app.workspace is not None)
        yield app, console


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_clusters_that_answer_are_shown_before_there_is_a_workspace(
    size: tuple[int, int],
) -> None:
    services = CountingServices()
    async with watched(services, size=size) as (app, console):
        lines = [line[1:29].strip() for line in app.outline.splitlines()]
        first = lines.index("▾ us-east-1")
        assert lines[first + 1 : first + 3] == ["● shop", "● todos-dev"]
        assert lines[first + 3] == "▾ us-east-2"
        await console.until(lambda: app.screen is app.workspace)
        await console.settle()
        assert "▾ us-east-2" in console.screen()
    assert services.listings == 1


async def test_the_names_of_clusters_are_text_on_the_outline_too() -> None:
    services = FakeServices([make_cluster("[b]x\x1b[31m\ny")])
    async with watched(services) as (app, console):
        assert "● [b]x␛[31m↵y" in app.outline
        await console.settle()


async def test_a_region_that_does_not_answer_does_not_hold_the_workspace_up() -> None:
    services = FakeServices([])
    services.gate.clear()
    async with watched(services) as (app, console):
        await console.until(lambda: app.screen is app.workspace)
        services.gate.set()
        await console.settle()


async def test_what_is_typed_before_the_workspace_is_there_arrives_in_the_editor() -> None:
    preferences = Preferences()
    target = TabTarget.of(SHOP, "admin", "test", production=False)
    preferences.keep_buffers((Buffer("query 1", "!", target=target),))
    async with watched(FakeServices(), preferences) as (app, console):
        await console.until(lambda: app.screen is app.workspace)
        await console.until(lambda: console.editor.current.text == "s 1!")


class AskingServices(FakeServices):
    """A profile whose role needs a code at once."""

    ask: Callable[[str], str]
    code = ""

    def prepare_listing(self) -> None:
        self.code = self.ask("MFA code:")


async def test_a_code_that_is_needed_at_once_is_asked_for_above_the_workspace() -> None:
    services = AskingServices()
    app = ConsoleApp(services, Config(), Preferences())
    services.ask = app.ask_code
    async with app.run_test(size=WIDE) as pilot:
        console = LiveDesk(pilot)
        await console.until(lambda: isinstance(app.screen, CodeDialog))
        await pilot.press(*"123456", "enter")
        await console.until(lambda: app.screen is app.workspace)
        await console.settle()
        assert "todos-dev" in console.screen()
    assert services.code == "123456"
