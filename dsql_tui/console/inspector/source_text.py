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

NO_GRANTS = "-- No privileges are granted to roles other than the owner.\n"


class SourceText(VerticalScroll, can_focus=True):
    """A definition that scrolls, on request with the GRANTs that belong to it.

    Attributes:
        text: What is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.SOURCE)]

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.text = ""
        self._definition = self._grants = ""
        self._with_grants = False
        self._static = Static("", markup=False)

    def compose(self) -> ComposeResult:
        """Yield the text."""
        yield self._static

    def show(self, definition: str, grants: str = "") -> None:
        """Show another definition from its beginning.

        Args:
            definition: Its statements.
            grants: The GRANTs on it; empty without any.
        """
        self._definition, self._grants = definition, grants
        self._draw()
        self.scroll_home(animate=False)

    def _draw(self) -> None:
        grants = (self._grants or NO_GRANTS) if self._with_grants else ""
        self.text = self._definition + grants
        self._static.update(Content(visible(self.text)))

    def action_grants(self) -> None:
        """Show the GRANTs too, or no longer; another definition is shown likewise."""
        self._with_grants = not self._with_grants
        self._draw()
        if self._with_grants:
            self.call_after_refresh(self.scroll_end, animate=False)

    def action_copy(self) -> None:
        """Copy the text."""
        clipboard_of(self).put(self.text, "definition")
