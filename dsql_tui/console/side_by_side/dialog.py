"""Selecting the second session to compare with."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
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
        sides: What is offered.
    """

    HEADING = "Run on a second session and compare"
    VERB = "Run on both"
    HINTS: ClassVar[tuple[str, ...]] = ("tab another session",)
    IGNORES_TYPEAHEAD: ClassVar[bool] = True

    def __init__(
        self, cluster: Cluster, endpoint: Endpoint, sides: tuple[ComparedSide, ...]
    ) -> None:
        super().__init__()
        self._cluster, self._endpoint, self._sides = cluster, endpoint, sides

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
        choices = ChoiceList(*options, markup=False)
        choices.display = bool(self._sides)
        yield choices
        yield Input(placeholder="role, role@Region or role@cluster", compact=True)

    def on_mount(self) -> None:
        """Focus the first suggestion, or the input if there is none."""
        if self._sides:
            self.query_one(OptionList).highlighted = 0
            self.query_one(OptionList).focus()
        else:
            self.query_one(Input).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._sides[event.option_index])

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(side_typed(event.value, self._cluster, self._endpoint))


def _option(side: ComparedSide) -> Content:
    return Content.assemble((f" {side.region:<16}", "$text"), (f" as {side.role} ", "$muted"))
