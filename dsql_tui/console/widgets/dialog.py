"""The base class of dialogs: a framed box, its buttons, and a footer that names its keys.

A dialog defines its action once, as a verb, which its button and its footer show. `Cancel` and
`esc` never change anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button

from dsql_tui.console.shared.keys import bindings_of, key_name, with_keys

Answer = TypeVar("Answer")
STYLES = Path(__file__).parents[1] / "style" / "dialogs.tcss"
"""Textual would look for a relative path from the folder of each dialog."""
CANCEL, CLOSE = "Cancel", "Close"
CONFIRM_ID, CANCEL_ID = "confirm", "cancel"


class Dialog(ModalScreen[Answer | None]):
    """A modal dialog; `esc` dismisses it with `None`."""

    CSS_PATH = STYLES
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("dialog.close", "app.help", "dialog.previous", "dialog.next")
    ]
    HEADING = ""
    VERB = ""
    """What confirming does: `Create`, `Run`; empty when there is nothing to confirm."""
    CONFIRM_KEY = "enter"
    DANGEROUS = False
    """Whether the button that confirms is drawn as one that destroys something."""
    HINTS: ClassVar[tuple[str, ...]] = ()
    """Further keys, each with what it does: `tab next field`; `{id}` is an action's key."""
    IGNORES_TYPEAHEAD: ClassVar[bool] = False
    """Whether an answer starts a write or loses something, so that only keys typed after the
    dialog was painted count."""

    def compose(self) -> ComposeResult:
        """Yield the frame around the dialog's contents."""
        with Vertical(classes="dialog") as box:
            box.border_title = Content(self.heading())
            box.border_subtitle = Content(self.footer())
            yield from self.body()

    def heading(self) -> str:
        """Return the title, shown literally: it may quote names."""
        return self.HEADING

    def verb(self) -> str:
        """Return the verb of the confirming button."""
        return self.VERB

    def hints(self) -> tuple[str, ...]:
        """Return further keys that work now, each with its verb."""
        return self.HINTS

    def body(self) -> ComposeResult:
        """Yield the contents of the dialog."""
        raise NotImplementedError

    def answers(self, *others: Button) -> ComposeResult:
        """Yield the buttons: cancel, any others, confirm."""
        with Horizontal(classes="answers"):
            yield Button(CANCEL if self.verb() else CLOSE, id=CANCEL_ID, compact=True)
            yield from others
            confirm = Button(
                Content(self.verb()),
                "error" if self.DANGEROUS else "primary",
                id=CONFIRM_ID,
                compact=True,
            )
            # A dialog may have something to confirm only later.
            confirm.display = bool(self.verb())
            yield confirm

    def footer(self) -> str:
        """Return the keys that work now; `enter` activates the focused control."""
        leaves = f"{key_name('dialog.close')} {_in_footer(CANCEL if self.verb() else CLOSE)}"
        parts = (*map(with_keys, self.hints()), self._confirming(), leaves)
        return " · ".join(filter(None, parts))

    def _confirming(self) -> str:
        if isinstance(self.focused, Button):
            return f"enter {_in_footer(str(self.focused.label))}"
        return f"{with_keys(self.CONFIRM_KEY)} {_in_footer(self.verb())}" if self.verb() else ""

    def draw_verb(self) -> None:
        """Update the buttons and the footer."""
        for button in self.query(f"#{CONFIRM_ID}").results(Button):
            button.label = Content(self.verb())
            button.display = bool(self.verb())
        for button in self.query(f"#{CANCEL_ID}").results(Button):
            button.label = CANCEL if self.verb() else CLOSE
        self.query_one(".dialog").border_subtitle = Content(self.footer())

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        self.query_one(".dialog").border_subtitle = Content(self.footer())

    def action_leave(self) -> None:
        """Dismiss with `None`."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Confirm; a dialog with a confirming button overrides this."""

    # Textual calls a decorated method of the class that decorates it, not one that overrides it.

    @on(Button.Pressed, f"#{CANCEL_ID}")
    def _cancel_pressed(self) -> None:
        self.action_leave()

    @on(Button.Pressed, f"#{CONFIRM_ID}")
    def _confirm_pressed(self) -> None:
        self.action_confirm()


def _in_footer(label: str) -> str:
    """Return a button's label as the footer writes it: `Review SQL…` is `review SQL`."""
    return label[:1].lower() + label[1:].removesuffix("…")
