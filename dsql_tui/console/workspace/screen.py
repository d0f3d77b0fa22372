"""The main screen: composes the panes and routes each message and key to its one owner.

What a worker reports about a tab goes to that tab, whichever tab is active by then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen

from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.messages.sessions import TabMessage, WorkspaceMessage
from dsql_tui.console.run.offers import Offer
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.session_state import RunState, SessionState
from dsql_tui.console.session.status import StatusLine
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.ui import Post, Ui, WidgetUi
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.console.workspace.actions import ACTIONS, Targets, is_available, with_actions
from dsql_tui.console.workspace.front_tab import WorkspaceView
from dsql_tui.console.workspace.owners import Owners
from dsql_tui.console.workspace.panes.layout import HEIGHTS, PANES, WIDTHS, PaneLayout, shape
from dsql_tui.console.workspace.panes.panes import Panes
from dsql_tui.console.workspace.panes.switch import PaneSwitch

MakeOwners = Callable[[Ui, Post, WorkspaceView, PaneLayout], Owners]
"""Creates the objects that are not widgets for a screen."""


@with_actions(ACTIONS)
class Workspace(Screen[None]):
    """Clusters and schema on the left, the editor above the results on the right.

    Args:
        panes: The panes of the screen.
        make_owners: Creates the objects that messages and keys go to.
        now: The current time.
        cluster: A cluster to open at once.
        record: Gets every message to a tab or an owner before it is handled.
    """

    CSS_PATH = "../style/workspace.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.WORKSPACE)]

    session: reactive[SessionState] = reactive(SessionState, bindings=True, repaint=False)
    """The session of the active tab. The panes show it: painting the whole screen after each
    change would delay the first rows of a run by 25 ms."""
    run_state: reactive[RunState] = reactive(RunState, bindings=True, repaint=False)
    """The run of the active tab."""
    offer: reactive[Offer | None] = reactive(None, bindings=True, repaint=False)
    """The offer of the active tab, such as a retry."""
    only: reactive[str] = reactive("", init=False)
    """The maximized pane, or empty."""

    targets: Targets

    def __init__(
        self,
        panes: Panes,
        make_owners: MakeOwners,
        now: Callable[[], datetime],
        *,
        cluster: str | None = None,
        record: Callable[[Message], object] = lambda _: None,
    ) -> None:
        super().__init__(id="workspace")
        self._record = record
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self._requested_cluster = cluster
        self._now = now
        self.ui = WidgetUi(self)
        self.panes = panes
        self.pane_layout = PaneLayout(self)
        self.owners = make_owners(self.ui, self.post_message, self, self.pane_layout)
        self.targets = Targets(self.ui, panes, self.owners, self.pane_layout)

    def compose(self) -> ComposeResult:
        """Yield the panes."""
        panes = self.panes
        yield StatusLine(self._now).data_bind(state=Workspace.session, run=Workspace.run_state)
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
        """Set the classes of the terminal's size before the first frame, earlier than Textual."""
        self.add_class(*shape(size))

    def on_mount(self) -> None:
        """List the clusters; then report problems and open the requested cluster and file."""
        self.owners.clusters.refresh()
        self.call_next(self._give_first_focus)
        self.call_after_refresh(self._begin)
        self.set_interval(1, self._warn_of_ends)

    def on_unmount(self) -> None:
        """Stop every flow."""
        self.ui.cancel()

    def _give_first_focus(self) -> None:
        self.pane_layout.focus("editor" if self.front.state.session.target else "clusters")

    def _begin(self) -> None:
        self.owners.problems.report()
        if self._requested_cluster:
            self.ui.start(self.owners.clusters.open_named(self._requested_cluster))

    def _warn_of_ends(self) -> None:
        self.owners.tabs.warn_of_ends(self._now())

    @property
    def front(self) -> Tab:
        """The active tab."""
        return self.owners.tabs.front

    @on(EditorPane.TabShown, "#editor")
    def _show_front(self) -> None:
        self.owners.front_tab.show()

    @on(TabMessage)
    async def _to_tab(self, message: TabMessage) -> None:
        """Pass a message to the tab it is about, unless that is closed."""
        self._record(message)
        if (tab := self.owners.tabs.get(message.tab)) is not None:
            await tab.receive(message)

    @on(WorkspaceMessage)
    async def _to_owner(self, message: WorkspaceMessage) -> None:
        self._record(message)
        await self.owners.routes.deliver(message)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the actions that are not available now."""
        return is_available(action, self.front) and super().check_action(action, parameters)

    @property
    def focused_pane(self) -> str:
        """The name of the focused pane, which may be the welcome page, or empty."""
        return self.panes.name_around(self.focused)

    def give_focus(self, pane: str) -> None:
        """Focus a pane."""
        self.panes.pane(pane, self.front).focus_content()

    def watch_session(self) -> None:
        """Colour the frame of a production cluster."""
        self.set_class(self.session.production, "-production")

    def watch_only(self, only: str) -> None:
        """Mark the maximized pane."""
        for pane in PANES:
            self.set_class(pane == only, f"-only-{pane}")
