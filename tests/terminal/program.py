"""The console on fake services under a pseudo-terminal, and a channel to query its state.

usage: python -m tests.terminal.program READ_FD WRITE_FD

A line `state N` is answered, once N keys were taken and the program is idle, by one line of JSON.
`taken N` is answered once they were delivered, though a statement runs. `fail` lets `select x`
fail, which waits for it. `reset TEXT` closes dialogs and tabs and gives the one left a text.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from threading import Event

from textual.app import ScreenError
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results import results_pane
from dsql_tui.console.shared import input_queue
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.errors import StatementError
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.result import StatementEvent
from dsql_tui.model.token import AuthToken
from tests.support.fakes import FakeServices, FakeSession, answer

ROWS = [[str(number), name] for number, name in enumerate(("ada", "bob", "cyd", "dan", "eve"))]
QUIET_LOOKS = 3
"""So many looks in a row must find nothing at work until the program counts as idle."""
LOOK_S = 0.004
SERVER_WORK = {"run", "session", "catalog", "cancel", "result-work"}
"""Work of the fake server and of the grid: its timing is set aside in these tests."""


class Services(FakeServices):
    """Answers every select with the same rows."""

    def __init__(self) -> None:
        super().__init__()
        rows = answer(ROWS, id="integer", name="text")
        self.failing = Event()
        """Lets the failing statement fail."""
        self.answers = {
            "select * from a": rows,
            "select 2 as two": rows,
            "select x": self._fail_late,
        }
        self.ran: list[str] = []
        """What all sessions have run, in order."""

    def _fail_late(self, _session: FakeSession) -> Iterator[StatementEvent]:
        self.failing.wait(20)
        yield from ()
        raise StatementError('column "x" does not exist', sqlstate="42703", position=8)

    def open_session(
        self, endpoint: Endpoint, token: AuthToken, settings: Settings = ()
    ) -> FakeSession:
        session = super().open_session(endpoint, token, settings)
        session.ran = self.ran
        return session


class Probe:
    """Answers questions about a running console.

    Args:
        app: The console.
        services: What it runs on.
    """

    def __init__(self, app: ConsoleApp, services: Services) -> None:
        self._app, self._services = app, services
        self._ran_before = 0

    def state(self) -> dict[str, object]:
        """Return the state that must not depend on timing."""
        app, workspace = self._app, self._app.workspace
        assert workspace is not None
        pane = workspace.query_one(EditorPane)
        grids = [each for each in workspace.query(ResultGrid) if _is_shown(each)]
        return {
            "texts": [each.text for each in pane.switcher.query(SqlEditor)],
            "front": [each.key == pane.shown for each in pane.tabs],
            "selection": str(pane.current.selection),
            "focus": _name(app.focused),
            "inputs": [each.value for each in app.screen.query(Input) if _is_shown(each)],
            "screens": [type(each).__name__ for each in app.screen_stack],
            "ran": self._services.ran[self._ran_before :],
            "grids": [(each.cursor_row, each.cursor_place, each.row_count) for each in grids],
        }

    async def idle_state(self, keys: int) -> dict[str, object]:
        """Wait until so many keys were taken and nothing changes any more."""
        quiet = 0
        while quiet < QUIET_LOOKS:
            await asyncio.sleep(LOOK_S)
            queue = self._app.input_queue
            idle = queue.received >= keys and queue.is_empty and queue.is_program_idle
            quiet = quiet + 1 if idle and not _works(self._app) else 0
        return {**self.state(), "keys": self._app.input_queue.received}

    async def taken(self, keys: int) -> dict[str, object]:
        """Wait until so many keys were delivered, though a statement runs."""
        queue = self._app.input_queue
        while True:
            await asyncio.sleep(LOOK_S)
            if queue.received >= keys and queue.is_empty:
                return {}

    async def _dismiss_dialogs(self, workspace: Screen[None]) -> None:
        await asyncio.sleep(LOOK_S)
        while (screen := self._app.screen) is not workspace:
            with contextlib.suppress(ScreenError):
                await screen.dismiss(None)
            await asyncio.sleep(LOOK_S)

    async def reset(self, text: str) -> dict[str, object]:
        """Close dialogs and all tabs but one; give that one a text, the cursor at its end."""
        workspace = self._app.workspace
        assert workspace is not None
        await self._dismiss_dialogs(workspace)
        pane = workspace.query_one(EditorPane)
        while len(pane.tabs) > 1:
            await workspace.run_action("screen.close_tab")
            await self._dismiss_dialogs(workspace)
        workspace.query_one("FindBar").display = False
        pane.current.load_text(text)
        pane.current.move_cursor(pane.current.document.end)
        pane.current.focus()
        self._ran_before = len(self._services.ran)
        return await self.idle_state(0)


def _works(app: ConsoleApp) -> bool:
    groups = input_queue.LOCAL_WORK | SERVER_WORK
    return any(not each.is_finished and each.group in groups for each in app.workers)


def _is_shown(widget: Widget) -> bool:
    return all(each.display for each in widget.ancestors_with_self if isinstance(each, Widget))


def _name(widget: object) -> str:
    # An editor's id is counted on from tab to tab.
    number = "" if isinstance(widget, SqlEditor) else getattr(widget, "id", None)
    return f"{type(widget).__name__}#{number}"


def serve(app: ConsoleApp, probe: Probe, services: Services, read_fd: int, write_fd: int) -> None:
    """Answer lines until there are no more; runs in a thread of its own."""
    loop = app._loop
    assert loop is not None

    def ask(question: Callable[[], Awaitable[dict[str, object]]]) -> dict[str, object]:
        async def inside() -> dict[str, object]:
            with app._context():
                return await question()

        return asyncio.run_coroutine_threadsafe(inside(), loop).result()

    with os.fdopen(read_fd) as questions, os.fdopen(write_fd, "w") as answers:
        for line in questions:
            verb, _, rest = json.loads(line).partition(" ")
            match verb:
                case "state":
                    found = ask(lambda keys=int(rest): probe.idle_state(keys))  # type: ignore[misc]
                case "taken":
                    found = ask(lambda keys=int(rest): probe.taken(keys))  # type: ignore[misc]
                case "fail":
                    services.failing.set()
                    found = ask(lambda: probe.idle_state(0))
                case _:
                    found = ask(lambda text=rest: probe.reset(text))  # type: ignore[misc]
            answers.write(json.dumps(found) + "\n")
            answers.flush()


class ProbedApp(ConsoleApp):
    """A console whose probe answers once the workspace is there."""

    begin: Callable[[], None]

    def _open_workspace(self) -> None:
        super()._open_workspace()
        assert self.workspace is not None
        self.workspace.call_after_refresh(self.begin)


def main(read_fd: int, write_fd: int) -> None:
    """Run the console until the terminal is closed."""
    input_queue.LOCAL_WORK = input_queue.LOCAL_WORK | SERVER_WORK
    results_pane.PATIENCE_S = 60.0  # what a slow answer shows is the server's timing too
    services = Services()
    app = ProbedApp(services, Config(), Preferences(), cluster="shop")
    probe = Probe(app, services)
    thread = threading.Thread(
        target=serve, args=(app, probe, services, read_fd, write_fd), daemon=True
    )
    app.begin = thread.start
    app.run()
    services.release()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
