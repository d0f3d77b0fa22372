"""A question that must be answered before something is lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """Says what would happen; the safe answer has the focus.

    Args:
        question: What is asked, in a few words.
        text: What would be lost or done.
        yes: Label of the answer that does it.
        no: Label of the safe answer.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.previous", "dialog.next")]
    KEYS = "← → choose · enter answers · esc leaves it as it is"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, question: str, text: str, *, yes: str, no: str = "Leave it") -> None:
        super().__init__()
        self._question, self._text, self._yes, self._no = question, text, yes, no

    def heading(self) -> str:
        """The question."""
        return self._question

    def body(self) -> ComposeResult:
        """The text and two answers."""
        yield Static(self._text, classes="dialog-text", markup=False)
        with Horizontal(classes="answers"):
            yield Button(Content(self._no), id="no", compact=True)
            yield Button(Content(self._yes), id="yes", variant="error", compact=True)

    def on_mount(self) -> None:
        """Pressing enter at once changes nothing."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
