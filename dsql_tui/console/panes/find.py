"""Find and replace in the buffer in front: a line above its lower edge."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from dsql_tui.console.panes.sql_editor import SqlEditor


class FindBar(Horizontal):
    """Two inputs: what to find, what to put in its place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close", id="find.close"),
        Binding("alt+r", "replace", "Replace", id="find.replace"),
        Binding("alt+a", "replace_all", "All", id="find.replace_all"),
    ]

    class Left(Message):
        """The person is done."""

    def __init__(self) -> None:
        super().__init__(id="find")
        self._what = Input(placeholder="find", compact=True, id="find-what")
        self._by = Input(placeholder="replace by", compact=True, id="find-by")
        self._count = Static("", id="find-count", markup=False)
        self._editor: SqlEditor | None = None
        self.display = False

    def compose(self) -> ComposeResult:
        """What, by what, how many."""
        yield self._what
        yield self._by
        yield self._count

    def open(self, editor: SqlEditor) -> None:
        """Search this buffer, beginning with what is selected."""
        self._editor = editor
        self.display = True
        if editor.selected_text and "\n" not in editor.selected_text:
            self._what.value = editor.selected_text
        self._what.focus()

    def action_leave(self) -> None:
        """Go back to the text."""
        self.display = False
        self.post_message(self.Left())

    @on(Input.Submitted)
    def find_next(self) -> None:
        """Select the next one, from the top again behind the last."""
        editor, what = self._editor, self._what.value
        if editor is None or not what:
            return
        text = editor.text.lower()
        cursor = editor.offset_of(editor.cursor_location)
        at = text.find(what.lower(), cursor)
        if at < 0:
            at = text.find(what.lower())
        if at >= 0:
            editor.select_range(at, at + len(what))
        found = text.count(what.lower())
        self._count.update(f"{found:,} found" if found else "not found")

    def action_replace(self) -> None:
        """Replace what is selected, if it is what was searched, and find the next."""
        editor, what = self._editor, self._what.value
        if editor is not None and what and editor.selected_text.lower() == what.lower():
            start, end = sorted(editor.selection)
            editor.replace(self._by.value, start, end)
        self.find_next()

    def action_replace_all(self) -> None:
        """Replace every one, as one step to undo."""
        editor, what = self._editor, self._what.value
        if editor is None or not what:
            return
        pieces = _split(editor.text, what)
        if len(pieces) > 1:
            end = editor.document.end
            editor.replace(self._by.value.join(pieces), (0, 0), end)
        self._count.update(f"{len(pieces) - 1:,} replaced")


def _split(text: str, what: str) -> list[str]:
    """Return the text between the occurrences of `what`, whatever their case."""
    pieces, position = [], 0
    lowered, wanted = text.lower(), what.lower()
    while (at := lowered.find(wanted, position)) >= 0:
        pieces.append(text[position:at])
        position = at + len(wanted)
    return [*pieces, text[position:]]
