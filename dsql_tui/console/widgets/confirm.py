"""A question that must be answered before something is lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Button, Static

from dsql_tui.console.widgets.dialog import CANCEL_ID, Dialog


class ConfirmDialog(Dialog[bool]):
    """States what would happen; `Cancel` has the focus.

    Args:
        question: What is asked, in a few words.
        text: What would be lost or done.
        verb: What confirming does, as its button says it.
    """

    HINTS: ClassVar[tuple[str, ...]] = ("← → choose",)
    DANGEROUS = True
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, question: str, text: str, *, verb: str) -> None:
        super().__init__()
        self._question, self._text, self._verb = question, text, verb

    def heading(self) -> str:
        """The question."""
        return self._question

    def verb(self) -> str:
        """What confirming does."""
        return self._verb

    def body(self) -> ComposeResult:
        """The text and the buttons."""
        yield Static(self._text, classes="dialog-text", markup=False)
        yield from self.answers()

    def on_mount(self) -> None:
        """Pressing enter at once changes nothing."""
        self.query_one(f"#{CANCEL_ID}", Button).focus()

    def action_confirm(self) -> None:
        """Answer `True`."""
        self.dismiss(True)
