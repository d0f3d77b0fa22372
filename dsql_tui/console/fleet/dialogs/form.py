"""Base class of forms: labelled fields and an error line; ctrl+s or the button confirms."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.errors import InputError

Answer = TypeVar("Answer")


class ClusterFormDialog(Dialog[Answer]):
    """A form; `read` returns the values of its fields or raises an error about them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FORM)]
    CONFIRM_KEY = "{form.send}"
    HINTS: ClassVar[tuple[str, ...]] = ("tab next field",)
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def body(self) -> ComposeResult:
        """Yield the fields, the error line and the buttons."""
        with VerticalScroll(classes="form", can_focus=False):
            yield from self.fields()
        yield Static("", id="form-note", markup=False)
        yield from self.answers()

    def fields(self) -> ComposeResult:
        """Yield the form's fields."""
        raise NotImplementedError

    def read(self) -> Answer:
        """Return the values of the fields.

        Raises:
            InputError: A field is invalid; the message states the reason.
        """
        raise NotImplementedError

    def value_of(self, selector: str) -> str:
        """Return the text of an input, without surrounding spaces."""
        return self.query_one(selector, Input).value.strip()

    def say(self, words: str) -> None:
        """Show an error."""
        self.query_one("#form-note", Static).update(words)

    def action_confirm(self) -> None:
        """Dismiss with the values, if they are valid."""
        try:
            answer = self.read()
        except InputError as error:
            self.say(" ".join(filter(None, (error.message, error.remedy))))
        else:
            self.dismiss(answer)


def labelled(label: str, field: Widget) -> ComposeResult:
    """Yield a label and its field."""
    with Horizontal(classes="form-row"):
        yield Static(label, classes="form-label", markup=False)
        yield field
