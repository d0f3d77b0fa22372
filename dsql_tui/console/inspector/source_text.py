"""SQL text that is read, copied and put into the editor."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.shared.clipboard import clipboard_of
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.cells import visible


class SourceText(VerticalScroll, can_focus=True):
    """A text that scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.SOURCE)]

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.text = ""
        self._static = Static("", markup=False)

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self._static

    def show(self, text: str) -> None:
        """Show another text from its beginning."""
        self.text = text
        self._static.update(Content(visible(text)))
        self.scroll_home(animate=False)

    def action_copy(self) -> None:
        """Copy the text."""
        clipboard_of(self).put(self.text, "definition")
