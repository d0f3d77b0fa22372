"""Fuzzy search over past statements and the repository's snippets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.messages.editing import HistoryFound, SnippetsFound
from dsql_tui.console.run.workers import SearchableHistory, read_snippets, recall
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.console.widgets.cells import inert
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.line import LineDialog
from dsql_tui.console.widgets.listing import fit
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.history import HistoryEntry
from dsql_tui.model.span import age, count, duration
from dsql_tui.sql.text.lines import lines_of
from dsql_tui.sql.text.sql_files import Snippet, fitting

STATEMENT_WIDTH_MIN = 20
CLUSTER_WIDTH, ENDED_WIDTH, AGE_WIDTH = 12, 9, 6
WHERE_WIDTH = CLUSTER_WIDTH + ENDED_WIDTH + AGE_WIDTH + 2
"""Cells after a statement, with blanks; a snippet shows its source there."""
KEYS_SHOWN = (
    "{history.star} star · {history.name} name · {history.marked} snippets only"
    " · {history.forget} delete"
)
NOTHING = (
    "No statements yet. Statements that you run are saved here, without secrets. "
    "SQL files in the folder .dsql-tui of your repository are snippets."
)


class HistoryDialog(Dialog[str]):
    """Returns a statement to insert.

    Args:
        kept: The history.
        now: The time, from which ages are counted.
        only_snippets: Begin with entries that have a star, a name or a file in the repository.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.HISTORY)]
    HEADING = "History and snippets"
    VERB = "Insert"

    def __init__(
        self, kept: SearchableHistory, now: Callable[[], datetime], *, only_snippets: bool = False
    ) -> None:
        super().__init__()
        self._kept, self._now = kept, now
        self._entries: list[HistoryEntry] = []
        self._snippets: list[Snippet] = []
        self._rows: list[HistoryEntry | Snippet] = []
        self._marked = only_snippets

    def body(self) -> ComposeResult:
        """Yield the query, the matches and the whole selected statement."""
        yield Input(placeholder="search", compact=True)
        yield Static(Content.styled(with_keys(KEYS_SHOWN), "$muted"))
        yield ChoiceList(markup=False, id="history-list")
        with VerticalScroll(id="history-preview", can_focus=False):
            yield Static("", markup=False)

    def on_mount(self) -> None:
        """Show the newest statements."""
        self.query_one(Input).focus()
        self._search()
        job = partial(read_snippets, Path.cwd(), self.post_message)
        self.run_worker(job, thread=True, group="snippets")

    @on(Input.Changed)
    def _search(self) -> None:
        pattern = self.query_one(Input).value
        job = partial(recall, self._kept, pattern, self._marked, self.post_message)
        self.run_worker(job, thread=True, group="history")

    def on_history_found(self, message: HistoryFound) -> None:
        """Show the matches for the current query."""
        if message.pattern != self.query_one(Input).value:
            return
        self._entries = message.entries
        self._show()

    def on_snippets_found(self, message: SnippetsFound) -> None:
        """Add the repository's snippets."""
        self._snippets = message.snippets
        self._show()
        if message.left_out:
            words = f"Could not read snippets: {'; '.join(message.left_out)}"
            self.notify(inert(words), severity="warning", markup=False)

    def _show(self) -> None:
        """Show snippets first if only they are shown, else after the history."""
        pattern = self.query_one(Input).value
        own = fitting(self._snippets, pattern)
        first = bool(pattern.strip()) or self._marked
        self._rows = [*own, *self._entries] if first else [*self._entries, *own]
        rows = self.query_one(OptionList)
        room = rows.scrollable_content_region.width - WHERE_WIDTH - 3
        width = max(room, STATEMENT_WIDTH_MIN)
        rows.clear_options()
        rows.add_options(Option(self._row(each, width)) for each in self._rows)
        rows.highlighted = 0 if self._rows else None
        self._preview()

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        chosen = self._chosen()
        text = Content(NOTHING if chosen is None else _shown(_text(chosen)))
        if isinstance(chosen, HistoryEntry):
            text = Content.styled(_facts(chosen), "$text-muted") + "\n" + text
        self.query_one("#history-preview Static", Static).update(text)

    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def _answer(self) -> None:
        if chosen := self._chosen():
            self.dismiss(_text(chosen))

    def action_move(self, step: int) -> None:
        """Move through the matches while the query has the focus."""
        rows = self.query_one(OptionList)
        if self._rows:
            rows.highlighted = ((rows.highlighted or 0) + step) % len(self._rows)

    def action_star(self) -> None:
        """Toggle the selected statement as a favorite."""
        if entry := self._chosen_entry():
            self._kept.star(entry, starred=not entry.starred)
            self._search()

    def action_name(self) -> None:
        """Name the selected statement, which makes it a permanent snippet."""
        if entry := self._chosen_entry():
            dialog = LineDialog("Name snippet", entry.name, verb="Save", can_be_empty=True)
            self.app.push_screen(dialog, partial(self._rename, entry))

    def _rename(self, entry: HistoryEntry, name: str | None) -> None:
        if name is not None:
            self._kept.rename(entry, name)
            self._search()

    def action_only_marked(self) -> None:
        """Toggle between snippets (favorites, named statements, files) and all statements."""
        self._marked = not self._marked
        self._search()

    def action_forget(self) -> None:
        """Delete the selected statement from the history."""
        if entry := self._chosen_entry():
            self._kept.forget(entry)
            self._search()

    def _chosen(self) -> HistoryEntry | Snippet | None:
        number = self.query_one(OptionList).highlighted
        return self._rows[number] if number is not None and number < len(self._rows) else None

    def _chosen_entry(self) -> HistoryEntry | None:
        """Return the chosen one if it is of the history; files are changed where they are."""
        chosen = self._chosen()
        if isinstance(chosen, Snippet):
            self.notify("This snippet is a file in the repository. Change it there.", markup=False)
            return None
        return chosen

    def _row(self, each: HistoryEntry | Snippet, width: int) -> Content:
        if isinstance(each, Snippet):
            words = f"{each.name} · {each.about or each.text}"
            return Content.assemble(
                ("▪ ", "$text-accent"),
                (fit(words, width), "$text"),
                (" ", ""),
                (fit("repository", WHERE_WIDTH, right=True), "$muted"),
            )
        took = duration(each.duration_ms) if each.duration_ms is not None else ""
        ended = each.sqlstate or took
        ago = age(each.started_at, self._now())
        words = f"{each.name} · {each.statement}" if each.name else each.statement
        return Content.assemble(
            ("★ " if each.starred else "◆ " if each.name else "  ", "$text-warning"),
            (fit(" ".join(words.split()), width), "$text"),
            (f" {fit(each.cluster, CLUSTER_WIDTH)}", "$muted"),
            (fit(ended, ENDED_WIDTH, right=True), "$text-error" if each.sqlstate else "$muted"),
            (f" {fit(ago, AGE_WIDTH, right=True)}", "$muted"),
        )


def _facts(entry: HistoryEntry) -> str:
    """Return when, where and as whom it ran, and its outcome."""
    parts = [
        f"{entry.started_at:%Y-%m-%d %H:%M:%S} UTC",
        f"{entry.cluster} {entry.region} as {entry.role}",
        duration(entry.duration_ms) if entry.duration_ms is not None else "",
        count(entry.row_count, "row") if entry.row_count is not None else "",
        f"SQLSTATE {entry.sqlstate}" if entry.sqlstate else "",
        f"{entry.dpu:.5f} DPU" if entry.dpu is not None else "",
    ]
    return " · ".join(filter(None, parts))


def _shown(text: str) -> str:
    """Return a text for the preview: a file may contain control sequences."""
    return "\n".join(map(inert, lines_of(text.expandtabs(4))))


def _text(chosen: HistoryEntry | Snippet) -> str:
    """Return what goes into the editor; a file keeps its last line's end."""
    return chosen.text if isinstance(chosen, Snippet) else chosen.statement
