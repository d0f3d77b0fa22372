"""The statements that were run: fuzzy search, stars, back into the editor."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console import jobs
from dsql_tui.console.dialogs.base import Dialog
from dsql_tui.console.messages import HistoryFound
from dsql_tui.console.panes.listing import fit
from dsql_tui.console.services import Services
from dsql_tui.console.words import age, elapsed
from dsql_tui.history import Run

STATEMENT_WIDTH = 56


class HistoryDialog(Dialog[str]):
    """Answers a statement's text.

    Args:
        services: Where the history is asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Older", show=False),
        Binding("up", "move(-1)", "Newer", show=False),
        Binding("alt+s", "star", "Star", show=False, id="history.star"),
        Binding("alt+m", "only_marked", "Starred only", show=False, id="history.marked"),
        Binding("alt+d", "forget", "Forget", show=False, id="history.forget"),
    ]
    HEADING = "History"
    KEYS = "enter inserts · alt+s stars · alt+m starred only · alt+d forgets"

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._runs: list[Run] = []
        self._marked = False

    def body(self) -> ComposeResult:
        """What is searched, what was found, the whole of the one chosen."""
        yield Input(placeholder="search", compact=True)
        yield OptionList(markup=False, id="history-list")
        with VerticalScroll(id="history-preview", can_focus=False):
            yield Static("", markup=False)

    def on_mount(self) -> None:
        """The newest first."""
        self.query_one(Input).focus()
        self._search()

    @on(Input.Changed)
    def _search(self) -> None:
        pattern = self.query_one(Input).value
        job = partial(jobs.recall, self._services, pattern, self._marked, self.post_message)
        self.run_worker(job, thread=True, group="history")

    def on_history_found(self, message: HistoryFound) -> None:
        """Show what was found for what is typed now."""
        if message.pattern != self.query_one(Input).value:
            return
        self._runs = message.runs
        rows = self.query_one(OptionList)
        rows.clear_options()
        rows.add_options(Option(self._row(run)) for run in self._runs)
        rows.highlighted = 0 if self._runs else None
        self._preview()

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        run = self._chosen()
        text = run.statement if run else "Nothing here yet. What you run is kept, without secrets."
        self.query_one("#history-preview Static", Static).update(Content(text))

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _answer(self) -> None:
        if run := self._chosen():
            self.dismiss(run.statement)

    def action_move(self, step: int) -> None:
        """Go through what was found while the cursor stays in the search."""
        rows = self.query_one(OptionList)
        if self._runs:
            rows.highlighted = ((rows.highlighted or 0) + step) % len(self._runs)

    def action_star(self) -> None:
        """Star the chosen one, or take the star away."""
        if run := self._chosen():
            self._services.star(run, starred=not run.starred)
            self._search()

    def action_only_marked(self) -> None:
        """Show only what has a star or a name, or everything."""
        self._marked = not self._marked
        self._search()

    def action_forget(self) -> None:
        """Remove the chosen one from the history."""
        if run := self._chosen():
            self._services.forget(run)
            self._search()

    def _chosen(self) -> Run | None:
        number = self.query_one(OptionList).highlighted
        return self._runs[number] if number is not None and number < len(self._runs) else None

    def _row(self, run: Run) -> Content:
        ended = run.sqlstate or (elapsed(run.duration_ms) if run.duration_ms is not None else "")
        return Content.assemble(
            ("★ " if run.starred else "  ", "$text-warning"),
            (fit(" ".join(run.statement.split()), STATEMENT_WIDTH), "$text"),
            (f" {fit(run.cluster, 12)}", "$muted"),
            (f"{fit(ended, 9, right=True)}", "$text-error" if run.sqlstate else "$muted"),
            (f" {fit(age(run.started_at, self._services.now()), 6, right=True)}", "$muted"),
        )
