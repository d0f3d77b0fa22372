"""The SQL editor: several buffers as tabs of one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual import events, on
from textual.timer import Timer
from textual.widgets import TextArea

from dsql_tui.console.editor.advice import Advice
from dsql_tui.console.editor.completion import CompletionPopup
from dsql_tui.console.editor.editor_tabs import EXAMPLE, BufferTabs
from dsql_tui.console.editor.find import FindBar
from dsql_tui.console.editor.sql_editor import Mark, SqlEditor
from dsql_tui.console.messages.editing import CheckRequested
from dsql_tui.console.messages.files import BuffersChanged
from dsql_tui.console.shared.input_queue import HasInputQueue
from dsql_tui.console.shared.tab_contents import Buffer
from dsql_tui.errors import DsqlTuiError, StatementError
from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.sql.completion.complete import Completer
from dsql_tui.sql.dsql.lint import Fix, LintFinding
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.statements.params import Bound, bind

LEARNT_MAX = 10_000
"""Characters of a statement whose words are counted."""
PAUSE_S = 0.4
"""Pause in typing, in seconds, before the linter runs."""


class EditorPane(BufferTabs):
    """The buffers, and the interface of the active one for the workspace."""

    def __init__(self, kept: Sequence[Buffer] = (), *, soft_wrap: bool = False) -> None:
        super().__init__(kept, soft_wrap=soft_wrap)
        self._popup = CompletionPopup()
        self._find_bar = FindBar()
        self._keywords = Completer(CatalogSnapshot())
        self._completers: dict[str, Completer] = {}
        self._advice: dict[str, Advice] = {}
        self._bound: dict[str, dict[Statement, tuple[Statement, Bound]]] = {}
        self._checking: Timer | None = None
        self._input_at_run: dict[str, int] = {}
        """How many keys, pastes and clicks were delivered when a tab's statements were sent."""

    async def on_mount(self) -> None:
        """Open the saved tabs."""
        await self.mount(self._popup)
        await self.mount(self._find_bar)
        await self.restore()

    def prepare(self, editor: SqlEditor) -> None:
        """Attach the completion popup to an editor."""
        super().prepare(editor)
        editor.suggestions = self._popup

    def show_tab(self, key: str) -> None:
        """Activate a tab and check its text unless that was done."""
        super().show_tab(key)
        if key not in self._advice:
            self._check_soon()

    def use_completer(self, key: str, completer: Completer | None) -> None:
        """Use these names for completion in a tab; `None` means keywords only."""
        self._completers[key] = completer or self._keywords

    def learn(self, key: str, statement: Statement) -> None:
        """Rank the identifiers of a statement that a tab has run higher."""
        if len(statement.text) < LEARNT_MAX:
            self._completer_of(key).learn(statement.text)

    def _completer_of(self, key: str) -> Completer:
        return self._completers.get(key, self._keywords)

    @property
    def text(self) -> str:
        """The text of the active buffer."""
        return self.current.text

    def find(self) -> None:
        """Find and replace in the active buffer."""
        self._find_bar.open(self.current)

    @on(FindBar.Left)
    def _back_to_text(self) -> None:
        self.focus_content()

    def suggest(self) -> None:
        """Show suggestions on request."""
        self._popup.offer(self.current, self._completer_of(self.shown), forced=True)

    @on(TextArea.Changed)
    def _suggest_unasked(self, event: TextArea.Changed) -> None:
        editor = event.text_area
        self._check_soon()
        self.draw_marks()
        self.post_message(BuffersChanged())
        if isinstance(editor, SqlEditor) and editor.was_typed and editor.has_focus:
            self._popup.offer(editor, self._completer_of(self.shown), forced=False)
        else:
            self._popup.close()

    @on(events.DescendantBlur)
    def _close_suggestions(self) -> None:
        self._popup.close()

    @on(TextArea.SelectionChanged)
    def _follow_cursor(self, event: TextArea.SelectionChanged) -> None:
        self._popup.follow(event.selection.end)
        self._draw_advice()

    def _check_soon(self) -> None:
        """Run the linter after no text was typed for `PAUSE_S`."""
        if self._checking is not None:
            self._checking.stop()
        self._checking = self.set_timer(PAUSE_S, self._ask_for_check)

    def _ask_for_check(self) -> None:
        if self.shown:
            self.post_message(CheckRequested(self.shown, self.current.text))

    def show_findings(self, buffer: str, text: str, findings: Sequence[LintFinding]) -> None:
        """Mark the linter's findings, unless the text has changed since."""
        for editor in self.switcher.query(SqlEditor):
            if editor.id == buffer and editor.text == text:
                worth = [each for each in findings if not _is_unfinished(each, editor)]
                self._advice[buffer] = Advice(editor, text, worth)
                editor.advise(self._advice[buffer].marks)
        self._draw_advice()

    def finding_at_cursor(self) -> LintFinding | None:
        """Return the linter's finding on the cursor's line."""
        advice = self._advice.get(self.shown)
        if advice is None or advice.text != self.current.text:
            return None
        return advice.at(self.current.cursor_location[0])

    def apply_fix(self, text: str, fix: Fix) -> None:
        """Apply a fix, unless the text has changed since."""
        editor = self.current
        if editor.text == text:
            editor.replace(fix.text, editor.location_of(fix.start), editor.location_of(fix.end))

    def _draw_advice(self) -> None:
        advice = self._advice.get(self.shown) if self.shown else None
        fresh = advice is not None and advice.text == self.current.text
        row = self.current.cursor_location[0] if fresh else 0
        self.border_subtitle = (advice.words(row) or "") if advice is not None and fresh else ""

    def focus_content(self) -> None:
        """Focus the active buffer."""
        self.current.focus()

    def statements_to_run(self, *, everything: bool) -> tuple[Statement, ...]:
        """Return the selected statements, the one at the cursor, or all; clear the error mark.

        An empty tab gets the example that it shows, so that the first key of a new person runs
        something.
        """
        editor = self.current
        self._popup.close()
        if not editor.text:
            editor.insert(EXAMPLE)
        editor.mark_error(None)
        return editor.all_statements() if everything else editor.statements_at_cursor()

    def bind(
        self, key: str, statements: tuple[Statement, ...], values: Mapping[str, str | None]
    ) -> tuple[Statement, ...]:
        """Return a tab's statements with values in place of their parameters.

        Errors still find the text.

        Raises:
            InputError: A value cannot be written in SQL.
        """
        ready: list[Statement] = []
        bound_statements = self._bound[key] = {}
        for statement in statements:
            bound = bind(statement.text, values)
            sent = replace(statement, text=bound.text)
            if bound.replaced:
                bound_statements[sent] = (statement, bound)
            ready.append(sent)
        return tuple(ready)

    def run_begins(self, key: str) -> None:
        """Record that a tab's statements are being sent."""
        self._popup.close()
        if isinstance(app := self.app, HasInputQueue):
            self._input_at_run[key] = app.input_queue.delivered

    def _is_untouched(self, key: str) -> bool:
        """Whether the text is unchanged since a tab's statements were sent."""
        app = self.app
        return isinstance(app, HasInputQueue) and (
            self._input_at_run.get(key) == app.input_queue.received
        )

    def show_error(self, key: str, statement: Statement, error: DsqlTuiError) -> None:
        """Mark where a tab's statement failed, unless the text has changed since.

        The cursor moves there too, unless the person has already typed.
        """
        editor = self.switcher.query_one(f"#{key}", SqlEditor)
        position = error.position if isinstance(error, StatementError) else None
        if statement in (bound_statements := self._bound.get(key, {})):
            statement, bound = bound_statements[statement]
            position = bound.source_offset(position - 1) + 1 if position else None
        row = editor.row_of(statement, position)
        if row is not None:
            editor.mark_error(row, Mark("✗", "error", error.message))
            if self._is_untouched(key):
                editor.go_to(statement, position)

    def insert(self, text: str) -> None:
        """Insert `text` at the cursor, on a new line when it is a whole statement."""
        editor = self.current
        if text.endswith("\n") and editor.cursor_location[1]:
            editor.move_cursor(editor.document.end)
            text = "\n" + text if editor.document.get_line(editor.cursor_location[0]) else text
        editor.insert(text)
        editor.focus()


def _is_unfinished(finding: LintFinding, editor: SqlEditor) -> bool:
    """Return whether a finding is about a statement or type that is still being typed."""
    at = finding.statement
    cursor = editor.offset_of(editor.cursor_location)
    if finding.rule == "unknown_type":
        return finding.start <= cursor <= finding.end
    return finding.rule == "parse_error" and at.start <= cursor <= at.end + 1
