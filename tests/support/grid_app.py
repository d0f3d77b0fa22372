"""A program that shows one result pane in our themes, with rows added as the workspace does."""

from __future__ import annotations

from functools import partial

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from dsql_tui.console.app.themes import DARK, themes, variable_defaults
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.shared import clipboard
from dsql_tui.model.result import Column, Completed, RowChunk
from tests.support.rows import columns, numbered


class PaneApp(App[None]):
    """One result pane, as large as the screen."""

    def __init__(self, choices: ResultChoices | None = None) -> None:
        super().__init__()
        self.choices = choices
        self.copies = clipboard.Clipboard(
            "auto",
            self.copy_to_clipboard,
            lambda _text: None,
            self.run_worker,
            partial(self.notify, markup=False),
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(self.get_theme(self.theme) or themes()[0])

    def compose(self) -> ComposeResult:
        yield ResultPane(choices=self.choices)

    def on_mount(self) -> None:
        for theme in themes():
            self.register_theme(theme)
        self.theme = DARK

    @property
    def pane(self) -> ResultPane:
        return self.screen_stack[0].query_one(ResultPane)


def app_of(pilot: Pilot[None]) -> PaneApp:
    assert isinstance(pilot.app, PaneApp)
    return pilot.app


def grid_lines(app: PaneApp) -> list[str]:
    """The grid's lines as text, right-stripped."""
    grid = app.pane.grid
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


def status(app: PaneApp) -> str:
    return str(app.pane.query_one(".result-status", Static).render())


async def show(
    pilot: Pilot[None], shape: tuple[Column, ...], *chunks: RowChunk, elapsed_ms: float = 38.0
) -> PaneApp:
    """Show a whole result and put the cursor on its first cell."""
    app = app_of(pilot)
    app.pane.begin(shape)
    for each in chunks:
        app.pane.append(each)
    rows = sum(each.row_count for each in chunks)
    app.pane.finish(Completed(f"SELECT {rows}", rows, 12.0 if rows else None, elapsed_ms))
    app.pane.grid.focus()
    await settle(pilot)
    return app


async def show_numbered(pilot: Pilot[None], count: int = 200) -> PaneApp:
    return await show(pilot, columns(id="bigint", name="text"), numbered(1, count))


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no work is in progress and everything it changed is painted."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def use_terminal_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no program of this machine be found, so that copies go through the terminal."""
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: None)
