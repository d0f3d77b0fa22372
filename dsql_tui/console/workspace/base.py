"""What every part of the workspace shares: its state, its way to a worker, its voice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.config import Config
from dsql_tui.console.desk import Desk, Sign
from dsql_tui.console.memory import Memory
from dsql_tui.console.messages import DeskMessage
from dsql_tui.console.offers import Offer
from dsql_tui.console.panes.clusters import ClustersPane
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.grid_base import choices_of
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.panes.stack import Stack
from dsql_tui.console.services import Services
from dsql_tui.console.state import Phase, RunState, SessionState
from dsql_tui.errors import DsqlTuiError

PANES = ("clusters", "schema", "editor", "results")


class WorkspaceBase(Screen[None]):
    """State and helpers; handlers are in the classes above it."""

    session: reactive[SessionState] = reactive(SessionState, bindings=True)
    """What the tab in front has; so with the two below."""
    run_state: reactive[RunState] = reactive(RunState, bindings=True)
    offer: reactive[Offer | None] = reactive(None, bindings=True)
    only: reactive[str] = reactive("", init=False)
    """The pane that has the screen for itself, or empty."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(id="workspace")
        self.services = services
        self._config = config
        self._memory = memory
        self._choices = choices_of(config)
        self._desks: dict[str, Desk] = {}
        self._told: set[str] = set()
        """Problems that were said; they are not said again."""
        self._editor = EditorPane(memory.buffers)
        self._results: Stack[ResultsPane] = Stack(
            self._new_results, self._editor.first, id="results"
        )
        self._schemas: Stack[SchemaPane] = Stack(SchemaPane, None, id="schema")

    def _new_results(self, id: str) -> ResultsPane:  # noqa: A002
        return ResultsPane(self._choices, self._config.dpu_price, self.services.now, id=id)

    @property
    def _desk(self) -> Desk:
        """The desk of the tab in front: what a key acts on."""
        key = self._editor.shown or self._editor.first
        if key not in self._desks:
            session = SessionState()
            if (target := self._editor.target_of(key)) is not None:
                session = SessionState(Phase.WAITING, target, production=target.production)
            results = self._results.pane(key)
            self._desks[key] = Desk(key, results, self.post_message, session=session)
        return self._desks[key]

    def _desk_of(self, message: DeskMessage) -> Desk | None:
        """Return the desk that a message tells about; `None` once its tab is closed."""
        return self._desks.get(message.desk)

    def _put(
        self,
        desk: Desk,
        *,
        session: SessionState | None = None,
        run_state: RunState | None = None,
    ) -> None:
        """Change what is known of a tab, and show it: in the status line, or in the tab's title."""
        desk.session = desk.session if session is None else session
        desk.run_state = desk.run_state if run_state is None else run_state
        self._show_state(desk)

    def _show_state(self, desk: Desk) -> None:
        if self._is_in_front(desk):
            desk.news = Sign.NONE
            self.session, self.run_state, self.offer = desk.session, desk.run_state, desk.offer
        self._editor.sign(desk.key, *desk.sign.value)

    def _is_in_front(self, desk: Desk) -> bool:
        return desk.key == self._editor.shown

    def _work(self, job: Callable[..., object], *inputs: object, group: str = "default") -> None:
        """Run a job in a thread; it answers with messages to this screen."""
        self.run_worker(partial(job, *inputs, self.post_message), thread=True, group=group)

    def _work_for(
        self, desk: Desk, job: Callable[..., object], *inputs: object, group: str = "default"
    ) -> None:
        """Run a job in a thread; what it tells is about this tab."""
        self.run_worker(partial(job, *inputs, desk.post), thread=True, group=group)

    def _say(self, words: str, error: DsqlTuiError, desk: Desk | None = None) -> None:
        """Put something that went wrong outside of a run into a tab's messages."""
        (desk or self._desk).results.say(words, error)

    def _tell_problems(self) -> None:
        """Say once what is wrong with what is kept: the history, the tabs, the state."""
        for words in filter(None, (self.services.history_problem, *self._memory.problems)):
            if words not in self._told:
                self._told.add(words)
                self._warn(words)

    def _warn(self, words: str) -> None:
        """Say in passing why nothing happens."""
        self.notify(words, severity="warning", markup=False)

    def _pane(self, pane: str) -> ClustersPane | SchemaPane | EditorPane | ResultsPane:
        match pane:
            case "clusters":
                return self.query_one(ClustersPane)
            case "schema":
                return self._schemas.front
            case "results":
                return self._desk.results
            case _:
                return self._editor

    def _focused_pane(self) -> str:
        return next((pane for pane in PANES if self._focus_is_in(f"#{pane}")), "editor")

    def _focus_is_in(self, selector: str) -> bool:
        container: Widget = self.query_one(selector)
        return self.focused is not None and container in self.focused.ancestors_with_self
