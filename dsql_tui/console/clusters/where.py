"""Where to open a session when the tab in front has something to lose."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Static

from dsql_tui.console.widgets.dialog import Dialog

HERE, BESIDE = "here", "beside"


class WhereDialog(Dialog[str]):
    """Answers `HERE`, `BESIDE` or `None`; a tab of its own loses nothing and has the focus.

    Args:
        losses: What opening it here would lose.
    """

    HEADING = "Replace this tab's session?"
    VERB = "Replace session"
    HINTS: ClassVar[tuple[str, ...]] = ("← → choose",)
    DANGEROUS = True
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(self, losses: str) -> None:
        super().__init__()
        self._losses = losses

    def body(self) -> ComposeResult:
        """What would be lost, and the buttons."""
        yield Static(self._losses, classes="dialog-text", markup=False)
        yield from self.answers(Button("Open in new tab", id=BESIDE, compact=True))

    def on_mount(self) -> None:
        """Pressing enter at once loses nothing."""
        self.query_one(f"#{BESIDE}", Button).focus()

    @on(Button.Pressed, f"#{BESIDE}")
    def _open_beside(self) -> None:
        self.dismiss(BESIDE)

    def action_confirm(self) -> None:
        """Answer `HERE`."""
        self.dismiss(HERE)
