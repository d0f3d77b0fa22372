"""Switching to another AWS profile or other Regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import ChoiceList


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """A profile and the Regions to list; none means the Regions of the profile."""

    name: str
    regions: tuple[str, ...]


class ProfileDialog(Dialog[ProfileChoice]):
    """Returns a profile and Regions.

    Args:
        names: Profiles of the AWS configuration.
        current: The one in use.
    """

    HEADING = "AWS profile"
    VERB = "Switch"
    HINTS: ClassVar[tuple[str, ...]] = ("tab Regions",)

    def __init__(self, names: tuple[str, ...], current: str) -> None:
        super().__init__()
        self._names = names
        self._current = current

    def body(self) -> ComposeResult:
        """Yield the profiles and an input for Regions."""
        yield ChoiceList(*(Option(f" {name}", id=name) for name in self._names), markup=False)
        yield Static("Regions, separated by spaces (default: the profile's Region):", markup=False)
        yield Input(placeholder="us-east-1 us-east-2", compact=True)

    def on_mount(self) -> None:
        """Select the current profile."""
        options = self.query_one(OptionList)
        if self._names:
            known = self._current in self._names
            options.highlighted = self._names.index(self._current) if known else 0
        options.focus()

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _choose(self) -> None:
        highlighted = self.query_one(OptionList).highlighted
        if highlighted is not None:
            regions = tuple(self.query_one(Input).value.replace(",", " ").split())
            self.dismiss(ProfileChoice(self._names[highlighted], regions))
