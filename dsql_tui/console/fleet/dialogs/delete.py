"""The confirmation before a cluster is deleted, for which its name is typed."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from dsql_tui.console.fleet.dialogs.form import ClusterFormDialog
from dsql_tui.console.widgets.toggles import CheckBox
from dsql_tui.errors import InputError
from dsql_tui.model.cluster import Cluster


@dataclass(frozen=True, slots=True)
class DeleteOrder:
    """A confirmed deletion.

    Attributes:
        lift_protection: Turn deletion protection off first.
    """

    lift_protection: bool


class DeleteDialog(ClusterFormDialog[DeleteOrder]):
    """Names what is permanently deleted, and asks for confirmation.

    Args:
        sides: Every endpoint that is deleted.
    """

    HEADING = "Delete cluster"
    VERB = "Delete"
    DANGEROUS = True
    CONFIRM_KEY = "enter"

    def __init__(self, sides: tuple[Cluster, ...]) -> None:
        super().__init__()
        self._sides = sides
        self._protected = any(side.deletion_protection for side in sides)

    def fields(self) -> ComposeResult:
        """Yield what is deleted, the deletion protection and the name."""
        name = self._sides[0].name
        lines = [f"This permanently deletes {name} and all of its data:"]
        lines += [f"  {side.region}  {side.identifier}" for side in self._sides]
        if len(self._sides) > 1:
            lines.append("The first cluster stays PENDING_DELETE until its peer is deleted too.")
        yield Static("\n".join(lines), classes="dialog-text", markup=False)
        if self._protected:
            yield CheckBox("Turn off deletion protection", False, id="lift")
        yield Static(f"Type {name} to confirm:", markup=False)
        yield Input(id="typed")

    def on_mount(self) -> None:
        """Focus the name."""
        self.query_one("#typed", Input).focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_confirm()

    def read(self) -> DeleteOrder:
        """Return the confirmed deletion.

        Raises:
            InputError: The name is not the right one, or it is protected.
        """
        if self.value_of("#typed") != self._sides[0].name:
            raise InputError(f"Type {self._sides[0].name} to confirm.")
        lift = self._protected and self.query_one("#lift", CheckBox).value
        if self._protected and not lift:
            raise InputError(
                "The cluster is protected against deletion. Select Turn off deletion protection."
            )
        return DeleteOrder(lift)
