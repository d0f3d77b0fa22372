"""Asks where to open a session when the active tab has unsaved work or a transaction."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from dsql_tui.console.widgets.dialog import Dialog

HERE, BESIDE = "here", "beside"


class WhereDialog(Dialog[str]):
    """Returns `HERE`, `BESIDE` or `None`; the new tab, the safe choice, has the focus.

    Args:
        losses: What would be lost by opening it here, as sentences.
    """

    HEADING = "Replace this tab's session?"
    VERB = "Replace session"
    HINTS: ClassVar[tuple[str, ...]] = ("{dialog.previous} {dialog.next} choose",)
    DANGEROUS = True
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, losses: str) -> None:
        super().__init__()
        self._losses = losses

    def body(self) -> ComposeResult:
        """Yield what would be lost, and the buttons."""
        yield Static(self._losses, classes="dialog-text", markup=False)
        yield from self.answers(Button("Open in new tab", id=BESIDE, compact=True))

    def on_mount(self) -> None:
        """Focus the button that loses nothing."""
        self.query_one(f"#{BESIDE}", Button).focus()

    @on(Button.Pressed, f"#{BESIDE}")
    def _open_beside(self) -> None:
        self.dismiss(BESIDE)

    def action_confirm(self) -> None:
        """Dismiss with `HERE`."""
        self.dismiss(HERE)
