"""Find and replace in the active buffer: a line above its lower edge."""

from __future__ import annotations

from bisect import bisect_left
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings, with_keys
from dsql_tui.errors import InputError
from dsql_tui.model.span import count
from dsql_tui.sql.text.search import Search


class FindBar(Horizontal):
    """Two inputs: the text to find and its replacement."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FIND)]

    class Left(Message):
        """Posted when the bar was closed."""

    def __init__(self) -> None:
        super().__init__(id="find")
        self._what = Input(placeholder="find", compact=True, id="find-what")
        self._by = Input(placeholder="replace with", compact=True, id="find-by")
        self._count = Static("", id="find-count", markup=False)
        self._editor: SqlEditor | None = None
        self._regex = False
        self.display = False

    def compose(self) -> ComposeResult:
        """Yield the two inputs and the number of matches."""
        yield self._what
        yield self._by
        yield self._count

    def open(self, editor: SqlEditor) -> None:
        """Search this buffer, starting with the selected text."""
        self._editor = editor
        self.display = True
        if editor.selected_text and editor.selection.start[0] == editor.selection.end[0]:
            self._what.value = editor.selected_text
        self._what.focus()
        self._show_count()

    def action_leave(self) -> None:
        """Close the bar and focus the text."""
        self.display = False
        self.post_message(self.Left())

    def action_toggle_regex(self) -> None:
        r"""Toggle regular expressions, in whose replacement `\1` is a group."""
        self._regex = not self._regex
        self._what.placeholder = "find regular expression" if self._regex else "find"
        self._show_count()

    @on(Input.Submitted)
    def find_next(self) -> None:
        """Select the next match, wrapping to the first."""
        self.action_find(1)

    def action_find(self, step: int) -> None:
        """Select the next or previous match, wrapping around."""
        editor, spans = self._editor, self._spans()
        if editor is None or not spans:
            self._show_count()
            return
        start, end = map(editor.offset_of, sorted(editor.selection))
        at = bisect_left(spans, (end, 0) if step > 0 else (start, 0))
        number = (at if step > 0 else at - 1) % len(spans)
        editor.select_range(*spans[number])
        self._show_count(f"{number + 1:,} of {len(spans):,}")

    def action_replace(self) -> None:
        """Replace the selection if it is a match, and find the next match."""
        editor = self._editor
        if editor is None:
            return
        start, end = sorted(editor.selection)
        if (editor.offset_of(start), editor.offset_of(end)) in self._spans():
            try:
                new = self._search.replaced(editor.selected_text, self._by.value)
            except InputError as error:
                self._show_count(error.message)
                return
            editor.replace(new, start, end, maintain_selection_offset=False)
        self.action_find(1)

    def action_replace_all(self) -> None:
        """Replace every match, as one undo step."""
        editor = self._editor
        if editor is None:
            return
        try:
            changed, replaced = self._search.replace_all(editor.text, self._by.value)
        except InputError as error:
            self._show_count(error.message)
            return
        if replaced:
            editor.replace_exactly(changed, (0, 0), editor.document.end)
        self._show_count(f"{replaced:,} replaced")

    @property
    def _search(self) -> Search:
        return Search(self._what.value, self._regex)

    def _spans(self) -> list[tuple[int, int]]:
        """Return the positions of the matches; none for an invalid expression."""
        if self._editor is None:
            return []
        try:
            return self._search.spans(self._editor.text)
        except InputError:
            return []

    @on(Input.Changed, "#find-what")
    def _count_found(self) -> None:
        self._show_count()

    def _show_count(self, words: str = "") -> None:
        """Show a message, or the number of matches."""
        if not words and self._what.value and self._editor is not None:
            try:
                matches = len(self._search.spans(self._editor.text))
                words = count(matches, "match", "matches") if matches else "no matches"
            except InputError:
                words = "invalid expression"
        how = "regex" if self._regex else with_keys("{find.regex} regex")
        self._count.update(f"{words} · {how}" if words else how)
