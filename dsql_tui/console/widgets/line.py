"""One line of text: a path, a name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from dsql_tui.console.widgets.dialog import Dialog


class LineDialog(Dialog[str]):
    """Answers what was typed.

    Args:
        heading: What is asked.
        value: What stands there at first.
        placeholder: What could.
        can_be_empty: Nothing is an answer too.
    """

    KEYS = "enter answers · esc leaves it"

    def __init__(
        self, heading: str, value: str = "", placeholder: str = "", *, can_be_empty: bool = False
    ) -> None:
        super().__init__()
        self._can_be_empty = can_be_empty
        self._heading, self._value, self._placeholder = heading, value, placeholder

    def heading(self) -> str:
        """What is asked."""
        return self._heading

    def body(self) -> ComposeResult:
        """The line."""
        yield Input(self._value, placeholder=self._placeholder, compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        if event.value.strip() or self._can_be_empty:
            self.dismiss(event.value.strip())
