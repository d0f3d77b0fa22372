"""The SQL editor: several buffers as tabs of one frame."""

from __future__ import annotations

from itertools import count

from textual import on
from textual.widgets import TextArea

from dsql_tui.console.messages import RunRequested
from dsql_tui.console.panes.completion import CompletionPopup
from dsql_tui.console.panes.frame import Tab, TabbedFrame
from dsql_tui.console.panes.sql_editor import Mark, SqlEditor
from dsql_tui.errors import DsqlTuiError, StatementError
from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.sql.complete import Completer
from dsql_tui.sql.split import Statement

LEARNT_MAX = 10_000
"""Characters of a statement whose words are counted."""
PLACEHOLDER = "select 1;   F5 runs the statement at the cursor"


class EditorPane(TabbedFrame):
    """Buffers and what the workspace asks of the one in front."""

    def __init__(self) -> None:
        super().__init__(id="editor")
        self._popup = CompletionPopup()
        self._completer = Completer(CatalogSnapshot())
        self.offers_new = True
        self._numbers = count(1)
        self._ran: SqlEditor | None = None

    async def on_mount(self) -> None:
        """Begin with one empty buffer."""
        await self.mount(self._popup)
        await self.new_tab()

    @property
    def current(self) -> SqlEditor:
        """The buffer in front."""
        return self.switcher.query_one(f"#{self.shown}", SqlEditor)

    async def new_tab(self, text: str = "") -> None:
        """Open a buffer, bring it to the front and put the cursor into it."""
        number = next(self._numbers)
        key = f"buffer-{number}"
        editor = SqlEditor(text, id=key)
        editor.suggestions = self._popup
        editor.placeholder = PLACEHOLDER
        await self.switcher.mount(editor)
        self.tabs.append(Tab(key, f"query {number}"))
        self.show_tab(key)
        editor.focus()

    async def close_tab(self) -> None:
        """Close the buffer in front; the last one leaves an empty one behind."""
        keys = [tab.key for tab in self.tabs]
        position = keys.index(self.shown)
        closed = self.current
        del self.tabs[position]
        if not self.tabs:
            await self.new_tab()
        else:
            self.show_tab(self.tabs[max(position - 1, 0)].key)
            self.current.focus()
        await closed.remove()

    def use_completer(self, completer: Completer) -> None:
        """Complete from these names from now on; what was learnt is kept."""
        completer.usage.update(self._completer.usage)
        self._completer = completer

    def learn(self, statement: Statement) -> None:
        """Rank the words of a statement that was run higher."""
        if len(statement.text) < LEARNT_MAX:
            self._completer.learn(statement.text)

    def suggest(self) -> None:
        """Show suggestions because the person asked."""
        self._popup.offer(self.current, self._completer, forced=True)

    @on(TextArea.Changed)
    def _suggest_unasked(self, event: TextArea.Changed) -> None:
        editor = event.text_area
        if isinstance(editor, SqlEditor) and editor.was_typed and editor.has_focus:
            editor.was_typed = False
            self._popup.offer(editor, self._completer, forced=False)
        else:
            self._popup.close()

    @on(TextArea.SelectionChanged)
    def _follow_cursor(self, event: TextArea.SelectionChanged) -> None:
        self._popup.follow(event.selection.end)

    def focus_content(self) -> None:
        """Put the cursor into the buffer in front."""
        self.current.focus()

    def request_run(self, *, everything: bool) -> None:
        """Ask for the statement at the cursor, the selected ones, or all of them to be run."""
        editor = self.current
        statements = editor.all_statements() if everything else editor.statements_at_cursor()
        editor.set_marks({})
        self._ran = editor
        self.post_message(RunRequested(statements))

    def show_error(self, statement: Statement, error: DsqlTuiError) -> None:
        """Mark where a statement failed and put the cursor there, unless the text has changed."""
        editor = self._ran
        if editor is None or not editor.is_attached:
            return
        position = error.position if isinstance(error, StatementError) else None
        row = editor.go_to(statement, position)
        if row is not None:
            editor.set_marks({row: Mark("✗", "error", error.message)})

    def insert(self, text: str) -> None:
        """Type `text` at the cursor, on a line of its own when it is a whole statement."""
        editor = self.current
        if text.endswith("\n") and editor.cursor_location[1]:
            editor.move_cursor(editor.document.end)
            text = "\n" + text if editor.document.get_line(editor.cursor_location[0]) else text
        editor.insert(text)
        editor.focus()
