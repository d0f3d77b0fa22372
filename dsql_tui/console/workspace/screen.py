"""The screen itself: which panes there are and how it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key

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
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
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

    def on_mount(self) -> None:
        """Ask AWS once the first frame is painted."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """Give the focus its place, and then the keys that were meant for it."""
        self.action_focus_pane("editor" if self._desk.session.target else "clusters")
        for key in self.typed_before:
            again = key.copy()
            again.set_sender(self.app)  # as from the terminal: it goes through every binding
            self.app.post_message(again)
        self.action_refresh_clusters()
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
