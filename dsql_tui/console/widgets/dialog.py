"""What all dialogs share: a framed box in the middle, `esc` leaves without an answer."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from dsql_tui.console.shared.keys import bindings_of, with_keys

Answer = TypeVar("Answer")
STYLES = Path(__file__).parents[1] / "style" / "dialogs.tcss"
"""Textual would look for a relative path from the folder of each dialog."""


class Dialog(ModalScreen[Answer | None]):
    """A modal box; `esc` answers `None`."""

    CSS_PATH = STYLES
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.close", "app.help")]
    HEADING = ""
    KEYS = "{dialog.close} closes"
    """The footer; `{id}` is the key of that action as bound now."""
    IGNORES_TYPEAHEAD: ClassVar[bool] = False
    """Whether an answer starts a write or loses something, so that only keys typed after the
    dialog was painted count."""

    def compose(self) -> ComposeResult:
        """The frame around what the dialog holds."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self.heading())
            box.border_subtitle = Content(with_keys(self.KEYS))
            yield from self.body()

    def heading(self) -> str:
        """Return the title; text, never markup: it may quote names."""
        return self.HEADING

    def body(self) -> ComposeResult:
        """Yield what the dialog holds."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
