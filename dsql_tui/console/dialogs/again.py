"""What ran in a transaction that was lost, before it runs again."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.dialogs.base import Dialog


class AgainDialog(Dialog[bool]):
    """Shows the statements that would run, in order, then BEGIN and COMMIT around them.

    Args:
        statements: Oldest first.
    """

    HEADING = "Run the lost transaction again?"
    KEYS = "tab chooses · enter answers · esc leaves it"

    def __init__(self, statements: tuple[str, ...]) -> None:
        super().__init__()
        self._statements = statements

    def body(self) -> ComposeResult:
        """The script and two answers."""
        script = ";\n".join(("BEGIN", *self._statements, "COMMIT")) + ";"
        with VerticalScroll(classes="dialog-list"):
            yield Static(Content(script), classes="dialog-text")
        with Horizontal(classes="answers"):
            yield Button("Leave it", id="no", compact=True)
            yield Button("Run again", id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        """It is safe to run again, nothing was kept; still nothing happens by accident."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")
