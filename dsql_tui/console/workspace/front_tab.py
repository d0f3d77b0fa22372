"""Shows the active tab in the workspace."""

from __future__ import annotations

from typing import Protocol

from dsql_tui.console.run.offers import Offer
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.session_state import RunState, SessionState
from dsql_tui.console.workspace.catalogs import Catalogs
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.console.workspace.panes.layout import PaneLayout, PaneView
from dsql_tui.console.workspace.panes.panes import Panes


class WorkspaceView(PaneView, Protocol):
    """The screen, as far as it shows the state of the active tab."""

    session: SessionState
    run_state: RunState
    offer: Offer | None


class FrontTab:
    """Shows the active tab, or the welcome page where no cluster can be opened.

    Args:
        view: Shows the tab's state.
        layout: Where the panes are.
        panes: The panes.
        tabs: The tabs that are open.
        catalogs: Shows the tab's schema.
        failover: Offers the peer of a cluster that does not answer.
    """

    def __init__(
        self,
        view: WorkspaceView,
        layout: PaneLayout,
        panes: Panes,
        *,
        tabs: OpenTabs,
        catalogs: Catalogs,
        failover: Failover,
    ) -> None:
        self._view = view
        self._layout = layout
        self._panes = panes
        self._tabs = tabs
        self._catalogs = catalogs
        self._failover = failover

    def show(self) -> None:
        """Show everything about the active tab: state, results, schema."""
        had_focus, tab = self._view.focused_pane == "results", self._tabs.front
        results = self._panes.results.show(tab.key)
        self.show_state(tab)
        self._catalogs.show(tab.state)
        if had_focus:
            results.focus_content()
        self._failover.came_to_front(tab)

    def show_state(self, tab: Tab) -> None:
        """Show the state of a tab in its title and, if it is active, in the status line."""
        state, view = tab.state, self._view
        if self._tabs.is_in_front(tab):
            state.saw_outcome()
            view.run_state, view.offer = state.run_state, state.offer
            # A tab of an earlier start may be on a cluster that these credentials do not reach.
            view.session = SessionState() if view.has_class("-welcome") else state.session
        self._panes.editor.sign(tab.key, *state.sign.value)

    def session_opened(self, tab: Tab, waited_for: bool) -> None:
        """Show the editor; focus it if the active tab's session was just opened by the user."""
        self.show_welcome(False)
        if waited_for and self._tabs.is_in_front(tab):
            self._layout.focus("editor")

    def show_welcome(self, visible: bool) -> None:
        """Show the welcome page in place of editor and results, or hide it."""
        self._view.set_class(visible, "-welcome")
        if visible:
            self._view.only = ""
        self.show_state(self._tabs.front)
