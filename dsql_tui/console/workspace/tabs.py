"""Opens tabs and closes them with their sessions."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.run.tab import Tab
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs, TabTitles
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster

OfferPeer = Callable[[Tab, DsqlTuiError], Coroutine[Any, Any, bool]]


class TabEditors(TabTitles, Protocol):
    """The editor, as far as tabs are opened and closed."""

    async def new_tab(self, *, beside: bool = False) -> None:
        """Open and activate an empty tab."""
        ...

    async def open_file(self, path: Path, text: str) -> None:
        """Show a file in its tab if it is open, otherwise in a new one."""
        ...

    async def close_tab(self, key: str) -> None:
        """Close a tab."""
        ...

    async def reopen_tab(self) -> bool:
        """Reopen the most recently closed tab; return whether there was one."""
        ...


class Tabs:
    """Opens and closes tabs.

    Args:
        ui: Shows dialogs and notifications.
        tabs: The tabs that are open.
        editor: The editor pane with their texts.
        services: What other roles and new clusters are opened with.
        roles: Returns the roles known of a cluster.
        closed: Called when a tab was closed and another one is active.
        offer_peer: Offers the peer of a tab's cluster after an error; returns whether it was taken.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        editor: TabEditors,
        services: ActiveServices,
        *,
        roles: Callable[[Cluster], tuple[str, ...]],
        closed: Callable[[], object],
        offer_peer: OfferPeer,
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._editor = editor
        self._services = services
        self._roles = roles
        self._closed = closed
        self._offer_peer = offer_peer

    async def new(self) -> None:
        """Open an empty tab on the same cluster and role; its session opens at the first run."""
        before = self._tabs.front
        await self._editor.new_tab()
        self._tabs.front.follow(before)

    async def open_file(self, path: Path, text: str) -> None:
        """Show a file; a new tab is on the cluster and role of the active tab."""
        before, count = self._tabs.front, len(self._editor.keys)
        await self._editor.open_file(path, text)
        if len(self._editor.keys) > count:
            self._tabs.front.follow(before)

    async def reopen(self) -> None:
        """Reopen the most recently closed tab."""
        if not await self._editor.reopen_tab():
            self._ui.warn("There is no closed tab to reopen.")

    async def open_at(
        self, services: Services, cluster: Cluster, role: str, *, new_tab: bool
    ) -> None:
        """Open a session in the active tab, or in a new tab next to it."""
        if new_tab:
            await self._editor.new_tab(beside=True)
        self._tabs.front.connection.connect(services, cluster, role)

    async def connect_as(self) -> None:
        """Ask for another role on the same cluster and open it in a new tab.

        It is opened with the profile chosen last: another role often needs another identity.
        """
        tab = self._tabs.front
        if not await tab.connection.cluster_known():
            return
        pair, cluster, services = tab.state.pair, tab.state.cluster, self._services.current
        if pair is None or cluster is None:
            return
        here = pair.endpoint.role
        known = [role for role in self._roles(cluster) if role != here]
        beside = f"next to {here}, with the profile {services.profile.name}"
        choice = await self._ui.ask(RoleDialog(cluster, (*known, here), beside=beside))
        if choice is not None:
            await self.open_at(services, cluster, choice.role, new_tab=True)

    async def show_roles(self) -> None:
        """Show roles and grants; a role selected there opens in a new tab."""
        from dsql_tui.console.access.screen import RolesScreen

        tab = self._tabs.front
        if not await tab.connection.cluster_known():
            return
        pair, cluster, services = tab.state.pair, tab.state.cluster, self._services.current
        if pair is None or cluster is None:
            return
        read_only = tab.state.session.discipline.read_only

        async def offer_peer(error: DsqlTuiError) -> None:
            if await self._offer_peer(tab, error):
                screen.dismiss(None)

        screen = RolesScreen(
            pair,
            cluster,
            read_only=read_only,
            unreadable=lambda error: self._ui.start(offer_peer(error)),
        )
        role = await self._ui.ask(screen)
        if role:
            await self.open_at(services, cluster, role, new_tab=True)

    async def close(self, tab: Tab) -> None:
        """Close a tab and its session without a confirmation."""
        tab.connection.leave()
        await self._editor.close_tab(tab.key)
        self._tabs.remove(tab)
        self._closed()

    async def close_after_asking(self, tab: Tab) -> None:
        """Close a tab and its session, after a confirmation if something would be lost."""
        question = f"Close {self._editor.name_of(tab.key)}?"
        if await tab.connection.may_leave(question, verb="Close tab", losses=tab.losses_at_close):
            await self.close(tab)
