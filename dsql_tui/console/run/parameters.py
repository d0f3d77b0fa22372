"""Asking for values of the parameters of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from dsql_tui.console.widgets.dialog import Dialog

Values = dict[str, str | None]
NULL = "NULL"
"""Typed as a value it means SQL NULL; the text NULL is written in quotes: 'NULL'."""


class ParametersDialog(Dialog[Values]):
    """Returns a value for each parameter.

    Args:
        names: As they are spelled: `:name`, `$1`.
        remembered: The values entered last.
    """

    HEADING = "Parameters"
    VERB = "Run"
    HINTS: ClassVar[tuple[str, ...]] = ("tab next field",)

    def __init__(self, names: Sequence[str], remembered: Mapping[str, str | None]) -> None:
        super().__init__()
        self._names, self._remembered = names, remembered

    def body(self) -> ComposeResult:
        """Yield an input for each parameter."""
        with VerticalScroll(classes="dialog-list", can_focus=False):
            for number, name in enumerate(self._names):
                previous = self._remembered.get(name, "")
                yield Static(Content.styled(name, "bold $text"))
                yield Input(
                    NULL if previous is None else previous, id=f"value-{number}", compact=True
                )
        yield Static(f"{NULL} is SQL NULL; '{NULL}' is the string.", classes="dialog-note")

    @on(Input.Submitted)
    def _answer(self) -> None:
        typed = [each.value for each in self.query(Input)]
        self.dismiss(dict(zip(self._names, map(_value, typed), strict=True)))


def _value(typed: str) -> str | None:
    if typed == NULL:
        return None
    return NULL if typed == f"'{NULL}'" else typed
