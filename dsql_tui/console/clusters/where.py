"""Where to open a session when the tab in front has something to lose."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Static

from dsql_tui.console.shared.keys import bindings_of
from dsql_tui.console.widgets.dialog import Dialog

HERE, BESIDE = "here", "beside"


class WhereDialog(Dialog[str]):
    """Answers `HERE`, `BESIDE` or `None`; a tab of its own loses nothing and has the focus.

    Args:
        losses: What opening it here would lose.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.previous", "dialog.next")]
    HEADING = "Open it here or in a new tab?"
    KEYS = "← → choose · enter answers · esc opens nothing"
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, losses: str) -> None:
        super().__init__()
        self._losses = losses

    def body(self) -> ComposeResult:
        """What would be lost, and two answers."""
        yield Static(self._losses, classes="dialog-text", markup=False)
        with Horizontal(classes="answers"):
            yield Button("In a new tab", id=BESIDE, compact=True)
            yield Button("Here", id=HERE, variant="error", compact=True)

    def on_mount(self) -> None:
        """Pressing enter at once loses nothing."""
        self.query_one(f"#{BESIDE}", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id)
