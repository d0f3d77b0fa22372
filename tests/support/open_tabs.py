"""Several tabs on fake services, without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs
from dsql_tui.console.workspace.tabs import Tabs
from tests.support.fake_ui import FakeUi
from tests.support.fakes import FakeServices
from tests.support.lone_tab import FakeText, LoneTab


async def ended(flow: Coroutine[Any, Any, None]) -> None:
    """Let a flow come to its end; one that waits for ever is a fault of the test."""
    async with asyncio.timeout(5):
        await flow


async def turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class FakeTitles(FakeText):
    """The editor's tabs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = "buffer-1"
        self.keys: tuple[str, ...] = ("buffer-1",)
        self.targets: dict[str, TabTarget] = {}
        self.closed: list[str] = []

    def target_of(self, key: str) -> TabTarget | None:
        return self.targets.get(key)

    def show_tab(self, key: str) -> None:
        self.shown = key

    async def new_tab(self, *, beside: bool = False) -> None:
        self.shown = f"buffer-{len(self.keys) + 1}"
        self.keys = (*self.keys, self.shown)

    async def open_file(self, path: Path, text: str) -> None:
        if path.name != "open.sql":
            await self.new_tab()

    async def close_tab(self, key: str) -> None:
        self.closed.append(key)
        self.keys = tuple(each for each in self.keys if each != key)
        self.shown = self.keys[0]

    async def reopen_tab(self) -> bool:
        return bool(self.closed)


class Board:
    """Several tabs on fake services."""

    def __init__(self) -> None:
        self.services = FakeServices()
        self.titles = FakeTitles()
        self.lone: dict[str, LoneTab] = {}
        self.tabs = OpenTabs(self.titles, self._make)
        self.active = ActiveServices(self.services)
        self.ui = FakeUi()
        self.shown = 0
        self.opening = Tabs(
            self.ui,
            self.tabs,
            self.titles,
            self.active,
            roles=lambda _arn: ("admin", "app_ro"),
            closed=self._show,
            offer_peer=Failover(self.ui, self.tabs).offer,
        )

    def _show(self) -> None:
        self.shown += 1

    def _make(self, key: str) -> Any:
        lone = self.lone[key] = LoneTab(self.services, key)
        return lone.tab

    async def connect(self) -> LoneTab:
        front = self.tabs.front
        await self.lone[front.key].connect()
        return self.lone[front.key]
