"""Asks for an MFA code when a role to assume needs one."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dsql_tui.console.widgets.dialog import Dialog


class CodeDialog(Dialog[str]):
    """Returns the code.

    Args:
        prompt: The prompt from botocore; it names the device.
    """

    HEADING = "MFA code required"
    VERB = "Sign in"

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self._prompt = prompt

    def body(self) -> ComposeResult:
        """Yield the prompt and an input that hides what is typed."""
        yield Static(self._prompt, classes="dialog-text", markup=False)
        yield Input(password=True, compact=True, restrict=r"\d*", max_length=8)

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)
