"""What would run after a statement was lost, before it does."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.run.offers import Offer
from dsql_tui.console.widgets.dialog import Dialog


class AgainDialog(Dialog[bool]):
    """Shows the statements that would run, in order.

    Args:
        offer: What is offered.
    """

    KEYS = "tab chooses · enter answers · esc leaves it"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer

    def heading(self) -> str:
        """What is asked."""
        return self._offer.question

    def body(self) -> ComposeResult:
        """The script and two answers."""
        with VerticalScroll(classes="dialog-list"):
            yield Static(Content(self._offer.script), classes="dialog-text")
        with Horizontal(classes="answers"):
            yield Button("Leave it", id="no", compact=True)
            yield Button(Content(self._offer.yes), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        """To look is safe at once; to run something again happens by no accident."""
        self.query_one("#yes" if self._offer.looks else "#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
