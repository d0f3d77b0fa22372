"""Opens the console on fake services and waits for it to settle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.app.log import Log
from dsql_tui.console.clusters.clusters_pane import ClustersPane
from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.results.results_pane import ResultsPane
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import StartLocal
from dsql_tui.console.workspace.screen import Workspace
from dsql_tui.schema.sources import EmptyCluster
from tests.support.fakes import FakeServices

WIDE, NARROW = (120, 36), (80, 24)


class LiveDesk:
    """The running console, and helpers that query its state."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self.pilot = pilot

    @property
    def app(self) -> ConsoleApp:
        assert isinstance(self.pilot.app, ConsoleApp)
        return self.pilot.app

    @property
    def workspace(self) -> Workspace:
        assert self.app.workspace is not None
        return self.app.workspace

    @property
    def editor(self) -> EditorPane:
        return self.workspace.query_one(EditorPane)

    @property
    def results(self) -> ResultsPane:
        """The results of the tab in front."""
        return next(pane for pane in self.workspace.query(ResultsPane) if pane.display)

    async def settle(self) -> None:
        """Wait until every key is delivered, no worker runs and every message is handled."""
        await self.until(lambda: self.app.input_queue.is_empty)
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        await self.pilot.pause()

    async def until(self, state: Callable[[], bool]) -> None:
        """Wait for a state that a worker still at work brings about."""
        for _ in range(2_500):
            await self.pilot.pause(0.002)
            if state():
                return
        raise AssertionError("the state was not reached in 5 s")

    async def press(self, *keys: str) -> None:
        """Press keys and settle."""
        await self.pilot.press(*keys)
        await self.settle()

    async def connect(self) -> None:
        """Open the cluster under the cursor with the role offered first."""
        await self.press("enter")
        await self.press("enter")

    async def run(self, sql: str) -> None:
        """Replace the editor's text by `sql` and run the statement at its end."""
        self.editor.current.load_text(sql)
        self.editor.current.move_cursor(self.editor.current.document.end)
        self.editor.current.focus()
        await self.press("f5")

    def screen(self) -> str:
        """The whole screen as text, lines right-stripped."""
        app = self.app
        width, height = app.size
        lines = app.screen._compositor.render_strips()
        del width, height
        return "\n".join("".join(segment.text for segment in line).rstrip() for line in lines)


class Desk(LiveDesk):
    """The console on fake services."""

    def __init__(self, pilot: Pilot[int], services: FakeServices) -> None:
        super().__init__(pilot)
        self.services = services

    async def begin(self) -> None:
        """Wait for the workspace and, unless it is held back, for the listing."""
        await self.until(lambda: self.app.screen is self.app.workspace)
        if self.services.gate.is_set():
            await self.settle()
        else:
            await self.until(lambda: bool(self.workspace.query_one(ClustersPane).board.regions))


@asynccontextmanager
async def desk(
    services: FakeServices | None = None,
    *,
    size: tuple[int, int] = WIDE,
    cluster: str | None = None,
    config: Config | None = None,
    preferences: Preferences | None = None,
    start_local: StartLocal | None = None,
    empty_cluster: EmptyCluster | None = None,
    log: Log | None = None,
) -> AsyncIterator[Desk]:
    """Open the console and wait until the clusters are listed."""
    services = services or FakeServices()
    app = ConsoleApp(
        services,
        config or Config(),
        preferences or Preferences(),
        cluster=cluster,
        start_local=start_local,
        empty_cluster=empty_cluster,
        log=log,
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        opened = Desk(pilot, services)
        await opened.begin()
        yield opened
        services.release()
