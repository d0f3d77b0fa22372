"""What to do with a multi-Region setup that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Select, Static

from dsql_tui.aws.checks import peers_and_witnesses
from dsql_tui.console.fleet.dialogs.form import ClusterFormDialog, labelled
from dsql_tui.console.widgets.toggles import CheckBox
from dsql_tui.model.cluster import Cluster


@dataclass(frozen=True, slots=True)
class ResumeOrder:
    """Whether to finish the setup or to undo it.

    Attributes:
        undo: Delete what there is of it.
        peer_region: Region of the peer, if there is no peer yet.
    """

    undo: bool
    peer_region: str = ""


class ResumeDialog(ClusterFormDialog[ResumeOrder]):
    """Offers to finish a setup or to delete what was created.

    Args:
        cluster: The side that is PENDING_SETUP.
        has_peer: Whether the peer exists.
    """

    HEADING = "Incomplete multi-Region setup"

    def __init__(self, cluster: Cluster, *, has_peer: bool) -> None:
        super().__init__()
        self._cluster, self._has_peer = cluster, has_peer

    def verb(self) -> str:
        """Return `Finish` or `Delete`."""
        undone = any(box.value for box in self.query("#undo").results(CheckBox))
        return "Delete" if undone else "Finish setup"

    @on(CheckBox.Changed, "#undo")
    def _undo_changed(self) -> None:
        self.draw_verb()

    def fields(self) -> ComposeResult:
        """Yield the state of the setup and the options."""
        missing = "the clusters are not peered" if self._has_peer else "there is no second cluster"
        yield Static(
            f"{self._cluster.name} in {self._cluster.region} is PENDING_SETUP with the witness "
            f"{self._cluster.witness_region}: {missing}. Finish setup creates what is missing, "
            "peers both clusters and waits until they are active.",
            classes="dialog-text",
            markup=False,
        )
        if not self._has_peer:
            regions = [
                each
                for each in peers_and_witnesses(self._cluster.region)
                if each != self._cluster.witness_region
            ]
            choices = ((each, each) for each in regions)
            yield from labelled(
                "Second Region",
                Select(choices, value=regions[0], allow_blank=False, id="peer", compact=True),
            )
        yield CheckBox("Delete what was created instead", False, id="undo")

    def read(self) -> ResumeOrder:
        """Return the selected option."""
        peer = "" if self._has_peer else str(self.query_one("#peer", Select).value)
        return ResumeOrder(self.query_one("#undo", CheckBox).value, peer)
