"""The screen itself: which panes there are and how it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key
from textual.geometry import Size

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console.keys import Place, bindings
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.clusters import ClustersPane
from dsql_tui.console.panes.footer import KeyLine
from dsql_tui.console.panes.status import StatusLine
from dsql_tui.console.panes.switch import PaneSwitch
from dsql_tui.console.panes.welcome import WelcomePane
from dsql_tui.console.services import Services, StartLocal
from dsql_tui.console.workspace.advice import Advice
from dsql_tui.console.workspace.base import WorkspaceBase
from dsql_tui.console.workspace.beside import Beside
from dsql_tui.console.workspace.files import Files
from dsql_tui.console.workspace.fleet import FleetWay
from dsql_tui.console.workspace.jobs_watch import JobsWatch
from dsql_tui.console.workspace.longruns import LongRuns
from dsql_tui.console.workspace.plans import Plans
from dsql_tui.console.workspace.signin import SignIn
from dsql_tui.console.workspace.transactions import Transactions

WIDTHS, HEIGHTS = [(0, "-narrow"), (100, "-wide")], [(0, "-short"), (20, "-tall")]
"""Shapes by the cells they need."""


class Workspace(SignIn, Beside, LongRuns, Transactions, JobsWatch, Plans, Advice, Files, FleetWay):
    """Clusters and schema at the left, editor above results at the right."""

    CSS_PATH = "../style/workspace.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.WORKSPACE)]

    def __init__(
        self,
        services: Services,
        config: Config,
        memory: Memory,
        *,
        cluster: str | None = None,
        start_local: StartLocal | None = None,
    ) -> None:
        super().__init__(services, config, memory)
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self._wanted_cluster = cluster
        self._start_local = start_local
        self.typed_before: Sequence[Key] = ()
        """Keys pressed before there was a workspace."""

    def compose(self) -> ComposeResult:
        """The panes."""
        yield StatusLine(self.services.now).data_bind(
            state=WorkspaceBase.session, run=WorkspaceBase.run_state
        )
        yield PaneSwitch().data_bind(only=WorkspaceBase.only)
        with Horizontal(id="columns"):
            with Vertical(id="sidebar"):
                yield ClustersPane(self.services.now)
                yield self._schemas
            with Vertical(id="work"):
                yield WelcomePane(offers_local=self._start_local is not None)
                yield self._editor
                yield self._results
        yield KeyLine()

    def fit(self, size: Size) -> None:
        """Take the shape for a terminal before the first frame; Textual does it after that."""
        for shapes, cells in ((WIDTHS, size.width), (HEIGHTS, size.height)):
            self.add_class([shape for least, shape in shapes if least <= cells][-1])

    def on_mount(self) -> None:
        """Show what AWS has answered, so that the first frame has it; then begin."""
        self.action_refresh_clusters()
        self.call_next(self._give_focus)
        self.call_after_refresh(self._begin)

    def _give_focus(self) -> None:
        self.action_focus_pane("editor" if self._desk.session.target else "clusters")

    def _begin(self) -> None:
        """Hand on the keys that were meant for whoever has the focus now."""
        for key in self.typed_before:
            again = key.copy()
            again.set_sender(self.app)  # as from the terminal: it goes through every binding
            self.app.post_message(again)
        self._tell_problems()
        if self._wanted_cluster:
            self._work(jobs.find_cluster, self.services, self._wanted_cluster)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What makes no sense now is not offered."""
        match action:
            case "cancel":
                return self.run_state.running
            case "commit" | "roll_back":
                return self.session.in_transaction
            case "run_again":
                return self.offer is not None and not self.offer.looks
            case "show_outcome":
                return self.offer is not None and self.offer.looks
        return super().check_action(action, parameters)
