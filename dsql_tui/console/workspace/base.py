"""What every part of the workspace shares: its state, its way to a worker, its voice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.config import Config
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.clusters import ClustersPane
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.grid_base import choices_of
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.services import Services
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import RunState, SessionState
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster

PANES = ("clusters", "schema", "editor", "results")


class WorkspaceBase(Screen[None]):
    """State and helpers; handlers are in the classes above it."""

    session: reactive[SessionState] = reactive(SessionState, bindings=True)
    run_state: reactive[RunState] = reactive(RunState, bindings=True)
    only: reactive[str] = reactive("", init=False)
    """The pane that has the screen for itself, or empty."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(id="workspace")
        self.services = services
        self._config = config
        self._memory = memory
        self._choices = choices_of(config)
        self._pair: SessionPair | None = None
        self._cluster: Cluster | None = None

    def _work(self, job: Callable[..., object], *inputs: object, group: str = "default") -> None:
        """Run a job in a thread; it answers with messages to this screen."""
        self.run_worker(partial(job, *inputs, self.post_message), thread=True, group=group)

    def _say(self, words: str, error: DsqlTuiError) -> None:
        """Put something that went wrong outside of a run into the messages."""
        self.query_one(ResultsPane).say(words, error)

    def _warn(self, words: str) -> None:
        """Say in passing why nothing happens."""
        self.notify(words, severity="warning", markup=False)

    def _is_current(self, endpoint: object) -> bool:
        return self._pair is not None and self._pair.endpoint == endpoint

    def _pane(self, pane: str) -> ClustersPane | SchemaPane | EditorPane | ResultsPane:
        match pane:
            case "clusters":
                return self.query_one(ClustersPane)
            case "schema":
                return self.query_one(SchemaPane)
            case "results":
                return self.query_one(ResultsPane)
            case _:
                return self.query_one(EditorPane)

    def _focused_pane(self) -> str:
        return next((pane for pane in PANES if self._focus_is_in(f"#{pane}")), "editor")

    def _focus_is_in(self, selector: str) -> bool:
        container: Widget = self.query_one(selector)
        return self.focused is not None and container in self.focused.ancestors_with_self
