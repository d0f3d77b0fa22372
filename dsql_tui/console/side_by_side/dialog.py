"""Selecting the second session to compare with."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from dsql_tui.console.side_by_side.sides import ComparedSide, side_typed
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.toggles import ChoiceList
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint


class BesideDialog(Dialog[ComparedSide]):
    """Returns the second side.

    Args:
        cluster: The session's cluster.
        endpoint: Where and as whom the session is.
        sides: The sessions to choose from.
        profiles: AWS profiles that can sign for the second session, for completion.
    """

    HEADING = "Run on a second session and compare"
    VERB = "Run on both"
    HINTS: ClassVar[tuple[str, ...]] = ("type another session",)
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self,
        cluster: Cluster,
        endpoint: Endpoint,
        sides: tuple[ComparedSide, ...],
        profiles: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self._cluster, self._endpoint, self._sides = cluster, endpoint, sides
        self._profiles = profiles

    def body(self) -> ComposeResult:
        """Yield the first side, the suggested sides and an input for another one."""
        yield Static(
            Content.assemble(
                (self._endpoint.cluster_name, "bold $text"),
                (f"  {self._endpoint.region} as {self._endpoint.role}, compared with", "$muted"),
            ),
            classes="dialog-text",
        )
        options = (Option(_option(side), id=str(n)) for n, side in enumerate(self._sides))
        place = Input(
            placeholder="role, role@Region or role@cluster", id="beside-place", compact=True
        )
        choices = ChoiceList(*options, line=place, markup=False)
        choices.display = bool(self._sides)
        yield choices
        yield place
        yield Input(
            placeholder="AWS profile (default: this session's)",
            suggester=SuggestFromList(self._profiles),
            id="beside-profile",
            compact=True,
        )

    def on_mount(self) -> None:
        """Focus the first suggestion, or the input if there is none."""
        if self._sides:
            self.query_one(OptionList).highlighted = 0
            self.query_one(OptionList).focus()
        else:
            self.query_one("#beside-place", Input).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._answer(self._sides[event.option_index])

    @on(Input.Submitted)
    def _typed(self) -> None:
        """Answer what was typed; a profile alone is that of the selected session."""
        place = self.query_one("#beside-place", Input).value.strip()
        selected = self.query_one(OptionList).highlighted
        if place:
            self._answer(side_typed(place, self._cluster, self._endpoint))
        elif self._profile and selected is not None:
            self._answer(self._sides[selected])
        elif self._profile:
            self._answer(side_typed("", self._cluster, self._endpoint))

    @property
    def _profile(self) -> str:
        return self.query_one("#beside-profile", Input).value.strip()

    def _answer(self, side: ComparedSide) -> None:
        self.dismiss(replace(side, profile=self._profile))


def _option(side: ComparedSide) -> Content:
    return Content.assemble((f" {side.region:<16}", "$text"), (f" as {side.role} ", "$muted"))
