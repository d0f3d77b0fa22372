"""Chooses one of several things by name, with what is known of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.listing import fit
from dsql_tui.console.widgets.toggles import ChoiceList

SIDE_GAP = 2
WIDTH = 62
"""Cells of a row in a dialog of the usual width."""


@dataclass(frozen=True, slots=True)
class ListedChoice:
    """One of the things.

    Attributes:
        name: Shown at the left.
        side: What is known of it, shown at the right.
    """

    name: str
    side: str = ""


class ChoiceDialog(Dialog[int]):
    """A list of choices; returns the number of the selected one.

    Args:
        heading: What is chosen.
        choices: At least one.
        verb: What choosing does.
    """

    def __init__(self, heading: str, choices: Sequence[ListedChoice], *, verb: str) -> None:
        super().__init__()
        self._heading, self._verb = heading, verb
        self._choices = [*choices]
        self._list = ChoiceList(*(Option(_row(choice)) for choice in choices), markup=False)

    def heading(self) -> str:
        """Return what is chosen."""
        return self._heading

    def verb(self) -> str:
        """Return what choosing does."""
        return self._verb

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield self._list

    def on_mount(self) -> None:
        """Select the first choice."""
        self._list.highlighted = 0
        self._list.focus()

    def change(self, number: int, side: str) -> None:
        """Show what has become known of a choice."""
        self._choices[number] = ListedChoice(self._choices[number].name, side)
        self._list.replace_option_prompt_at_index(number, _row(self._choices[number]))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)


def _row(choice: ListedChoice) -> Content:
    side = f" {choice.side}" if choice.side else ""
    width = max(WIDTH - cell_len(side), SIDE_GAP)
    return Content.assemble((f" {fit(choice.name, width)}", "$text"), (side, "$muted"))
