"""The statements that a retry would run, shown before it does."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from dsql_tui.console.run.offers import Offer
from dsql_tui.console.widgets.dialog import CANCEL_ID, CONFIRM_ID, Dialog


class AgainDialog(Dialog[bool]):
    """Shows the statements that would run, in order.

    Args:
        offer: The statements to retry.
    """

    HINTS: ClassVar[tuple[str, ...]] = ("{dialog.previous} {dialog.next} choose",)
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer

    def heading(self) -> str:
        """Return the question."""
        return self._offer.question

    def body(self) -> ComposeResult:
        """Yield the script and the buttons."""
        with VerticalScroll(classes="dialog-list"):
            yield Static(Content(self._offer.script), classes="dialog-text")
        yield from self.answers()

    def verb(self) -> str:
        """Return `Retry` or `Check`."""
        return self._offer.verb

    def on_mount(self) -> None:
        """Focus the button that is safe: a check, but not a retry."""
        first = CONFIRM_ID if self._offer.only_checks else CANCEL_ID
        self.query_one(f"#{first}", Button).focus()

    def action_confirm(self) -> None:
        """Dismiss with `True`."""
        self.dismiss(True)
