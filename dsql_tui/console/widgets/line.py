"""A dialog with one input: a path, a name."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input

from dsql_tui.console.widgets.dialog import Dialog


class LineDialog(Dialog[str]):
    """Returns the text.

    Args:
        heading: The question.
        value: The text to begin with.
        placeholder: An example, shown while the line is empty.
        verb: What confirming does.
        can_be_empty: Whether an empty line is an answer too.
    """

    def __init__(
        self,
        heading: str,
        value: str = "",
        placeholder: str = "",
        *,
        verb: str,
        can_be_empty: bool = False,
    ) -> None:
        super().__init__()
        self._can_be_empty = can_be_empty
        self._heading, self._value, self._placeholder = heading, value, placeholder
        self._verb = verb

    def heading(self) -> str:
        """Return the title."""
        return self._heading

    def verb(self) -> str:
        """Return the verb of the confirming button."""
        return self._verb

    def body(self) -> ComposeResult:
        """Yield the input."""
        yield Input(self._value, placeholder=self._placeholder, compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Dismiss with the text."""
        if event.value.strip() or self._can_be_empty:
            self.dismiss(event.value.strip())
