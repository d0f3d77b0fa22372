"""A confirmation before something is lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Button, Static

from dsql_tui.console.widgets.dialog import CANCEL_ID, Dialog


class ConfirmDialog(Dialog[bool]):
    """Shows what would happen; `Cancel` has the focus.

    Args:
        question: A short question.
        text: What would be lost or done.
        verb: The action that is confirmed, as the label of its button.
    """

    HINTS: ClassVar[tuple[str, ...]] = ("{dialog.previous} {dialog.next} choose",)
    DANGEROUS = True
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, question: str, text: str, *, verb: str) -> None:
        super().__init__()
        self._question, self._text, self._verb = question, text, verb

    def heading(self) -> str:
        """Return the question."""
        return self._question

    def verb(self) -> str:
        """Return the verb of the confirming button."""
        return self._verb

    def body(self) -> ComposeResult:
        """Yield the text and the buttons."""
        yield Static(self._text, classes="dialog-text", markup=False)
        yield from self.answers()

    def on_mount(self) -> None:
        """Focus `Cancel`."""
        self.query_one(f"#{CANCEL_ID}", Button).focus()

    def action_confirm(self) -> None:
        """Dismiss with `True`."""
        self.dismiss(True)
