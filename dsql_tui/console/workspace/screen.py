"""The main screen: which tab is in front, where the panes are, and who gets what.

Each action and each message goes to one owner. What a worker reports of a tab goes to that tab,
whatever is in front by then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.config import Config
from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.messages.sessions import TabMessage, WorkspaceMessage
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.run.offers import Offer
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.session_state import RunState, SessionState
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.status import StatusLine
from dsql_tui.console.shared.head_start import HeadStart
from dsql_tui.console.shared.keys import Place, bindings
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.services import Services, StartLocal
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.console.workspace.actions import ACTIONS, Targets, with_actions
from dsql_tui.console.workspace.owners import Owners, Panes, Show
from dsql_tui.console.workspace.pane_layout import PANES, WELCOME, PaneLayout
from dsql_tui.console.workspace.switch import PaneSwitch

WIDTHS, HEIGHTS = [(0, "-narrow"), (100, "-wide")], [(0, "-short"), (20, "-tall")]
"""Shapes by the cells they need."""


@with_actions(ACTIONS)
class Workspace(Screen[None]):
    """Clusters and schema at the left, editor above results at the right."""

    CSS_PATH = "../style/workspace.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.WORKSPACE)]

    session: reactive[SessionState] = reactive(SessionState, bindings=True, repaint=False)
    """What the tab in front has; so with the two below. The panes show it: to paint the whole
    screen after each change would hold up the first rows of a run by 25 ms."""
    run_state: reactive[RunState] = reactive(RunState, bindings=True, repaint=False)
    offer: reactive[Offer | None] = reactive(None, bindings=True, repaint=False)
    only: reactive[str] = reactive("", init=False)
    """The pane that has the screen for itself, or empty."""

    ui: WidgetUi
    panes: Panes
    owners: Owners
    targets: Targets

    def __init__(
        self,
        services: Services,
        config: Config,
        preferences: Preferences,
        *,
        cluster: str | None = None,
        start_local: StartLocal | None = None,
    ) -> None:
        super().__init__(id="workspace")
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self._wanted_cluster = cluster
        self.ui = WidgetUi(self)
        self.layout_of_panes = PaneLayout(self)
        show = Show(
            tab=self._show_state,
            front=self._show_front,
            opened=self._session_opened,
            welcome=self._show_welcome,
            pane=self.layout_of_panes.focus,
        )
        self.panes = Panes(services, config, preferences, offers_local=start_local is not None)
        self.owners = Owners(
            self.ui, self.post_message, show, self.panes, services, config, preferences, start_local
        )
        self.targets = Targets(self.ui, self.panes, self.owners, self.layout_of_panes)

    # What there is to see.

    def compose(self) -> ComposeResult:
        """The panes."""
        panes, now = self.panes, self.services.now
        yield StatusLine(now).data_bind(state=Workspace.session, run=Workspace.run_state)
        yield PaneSwitch().data_bind(only=Workspace.only)
        with Horizontal(id="columns"):
            with Vertical(id="sidebar"):
                yield panes.clusters
                yield panes.schemas
            with Vertical(id="work"):
                yield panes.welcome
                yield panes.editor
                yield panes.results
        yield KeyLine()

    def fit(self, size: Size) -> None:
        """Take the shape for a terminal before the first frame; Textual does it after that."""
        for shapes, cells in ((WIDTHS, size.width), (HEIGHTS, size.height)):
            self.add_class([shape for least, shape in shapes if least <= cells][-1])

    def take_up(self, listing: HeadStart | None) -> None:
        """Show what a listing that has begun already answers, in place of another one."""
        self.owners.clusters.head_start = listing

    def on_mount(self) -> None:
        """Show what AWS has answered, so that the first frame has it; then begin."""
        self.owners.clusters.refresh()
        self.call_next(self._give_focus)
        self.call_after_refresh(self._begin)
        self.set_interval(1, self._warn_of_ends)

    def on_unmount(self) -> None:
        """Nobody answers any more."""
        self.ui.cancel()

    def _give_focus(self) -> None:
        self.layout_of_panes.focus("editor" if self.front.state.session.target else "clusters")

    def _begin(self) -> None:
        """Report what went wrong while starting; open the cluster that was asked for."""
        self.owners.problems.report()
        if self._wanted_cluster:
            self.ui.start(self.owners.clusters.open_named(self._wanted_cluster))

    def _warn_of_ends(self) -> None:
        self.owners.tabs.warn_of_ends(self.services.now())

    # The tab in front.

    @property
    def services(self) -> Services:
        """Those of the profile chosen last."""
        return self.owners.services.current

    @property
    def front(self) -> Tab:
        """The tab in front: what a key acts on."""
        return self.owners.tabs.front

    @on(EditorPane.TabShown, "#editor")
    def _show_front(self) -> None:
        """Everything a person sees is about the tab in front."""
        had_focus, tab = self._focus_is_in("#results"), self.front
        results = self.panes.results.show(tab.key)
        self._show_state(tab)
        self.owners.catalogs.show(tab.state)
        if had_focus:
            results.focus_content()
        self.owners.failover.came_to_front(tab)

    def _show_state(self, tab: Tab) -> None:
        """Show what is known of a tab: in the status line, or in the tab's title."""
        state = tab.state
        if self.owners.tabs.is_in_front(tab):
            state.saw_outcome()
            self.session, self.run_state, self.offer = state.session, state.run_state, state.offer
        self.panes.editor.sign(tab.key, *state.sign.value)

    def _session_opened(self, tab: Tab, waited_for: bool) -> None:
        self._show_welcome(False)
        if waited_for and self.owners.tabs.is_in_front(tab):
            self.layout_of_panes.focus("editor")

    def _show_welcome(self, wanted: bool) -> None:
        self.set_class(wanted, "-welcome")
        if wanted:
            self.only = ""

    def watch_session(self) -> None:
        """Production clusters colour the frame."""
        self.set_class(self.session.production, "-production")

    # Who gets what.

    @on(TabMessage)
    async def _to_tab(self, message: TabMessage) -> None:
        """Hand a message to the tab it is about, unless that is closed."""
        if (tab := self.owners.tabs.get(message.tab)) is not None:
            await tab.receive(message)

    @on(WorkspaceMessage)
    async def _to_owner(self, message: WorkspaceMessage) -> None:
        await self.owners.routes.deliver(message)

    def on_result_pane_more_wanted(self, _message: ResultPane.MoreWanted) -> None:
        """Fetch rows beyond the limit."""
        self.front.runner.more()

    def on_welcome_pane_local_requested(self) -> None:
        """Start the local DSQL in the background."""
        self.ui.start(self.owners.clusters.start_local())

    def on_welcome_pane_retry_requested(self) -> None:
        """Ask AWS again."""
        self.owners.clusters.retry()

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

    # The panes, as their layout sees them. Classes on the screen do the rest.

    @property
    def focused_pane(self) -> str:
        """The pane that has the focus, the welcome among them; or empty."""
        return next((pane for pane in (*PANES, WELCOME) if self._focus_is_in(f"#{pane}")), "")

    def give_focus(self, pane: str) -> None:
        """Put the focus into a pane."""
        self.panes.pane(pane, self.front).focus_content()

    def action_next_tab(self, step: int) -> None:
        """Step through the tabs of the pane that has the focus."""
        pane = "results" if self.focused_pane == "results" else "editor"
        frame = self.panes.results_of(self.front) if pane == "results" else self.panes.editor
        frame.step_tab(step)
        self.give_focus(pane)

    def watch_only(self, only: str) -> None:
        """Mark which pane has the screen."""
        for pane in PANES:
            self.set_class(pane == only, f"-only-{pane}")

    def _focus_is_in(self, selector: str) -> bool:
        container: Widget = self.query_one(selector)
        return self.focused is not None and container in self.focused.ancestors_with_self

    # The way out.

    def leave(self, then: Callable[[], None]) -> None:
        """Ask once when quitting would lose something, naming each tab, then call `then`."""
        self.ui.start(self._leave(then))

    async def _leave(self, then: Callable[[], None]) -> None:
        losses = [
            *self.owners.long_runs.losses,
            *self.owners.tabs.losses,
            *self.owners.files.losses(),
        ]
        if losses:
            answer = await self.ui.ask(ConfirmDialog("Quit?", "\n".join(losses), yes="Quit"))
            if not answer:
                return
        then()

    def keep_now(self) -> None:
        """Write the open tabs down before the program ends."""
        self.owners.files.keep_now()

    def release(self) -> list[SessionPair]:
        """Give up the sessions; whoever takes them closes them."""
        self.owners.long_runs.halt()
        return [*self.owners.tabs.release(), *self.owners.side_by_side.release()]
