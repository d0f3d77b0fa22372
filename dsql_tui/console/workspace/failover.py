"""Failover to the peer cluster when a Region's endpoint does not respond."""

from __future__ import annotations

from functools import partial

from dsql_tui.console.run.tab import Tab
from dsql_tui.console.session.session_state import SessionPhase
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.errors import ConnectError, ConnectStep, DsqlTuiError
from dsql_tui.model.cluster import Cluster

_NOT_THE_REGION = {
    *(ConnectStep.CREDENTIALS, ConnectStep.TOKEN, ConnectStep.SETTINGS, ConnectStep.ADDRESS),
}
"""Steps at which the other endpoint would refuse the connection too."""


class Failover:
    """Offers the peer; text, tabs and results are kept.

    Args:
        ui: Shows dialogs.
        tabs: The tabs that are open.
    """

    def __init__(self, ui: Ui, tabs: OpenTabs) -> None:
        self._ui = ui
        self._tabs = tabs
        self._to_offer: set[str] = set()
        """Keys of tabs to which the peer is offered once they are active."""

    def unreachable(self, tab: Tab, error: DsqlTuiError) -> None:
        """Offer the peer when the endpoint does not respond, once the tab is active."""
        if not _peer_may_answer(tab, error):
            return
        if self._tabs.is_in_front(tab):
            self._ui.start(self._offer(tab))
        else:
            self._to_offer.add(tab.key)

    def came_to_front(self, tab: Tab) -> None:
        """Show the pending offer of a tab that was activated."""
        if tab.key in self._to_offer:
            self._to_offer.discard(tab.key)
            if tab.state.session.phase is SessionPhase.FAILED:
                self._ui.start(self._offer(tab))

    async def switch(self) -> None:
        """Switch this tab to the peer's endpoint."""
        tab = self._tabs.front
        if not _peer(tab):
            self._ui.warn("The session is not connected to a multi-Region cluster.")
        elif await tab.connection.may_leave("Connect to the peer Region?", verb="Connect"):
            await self._go_to_peer(tab)

    async def offer(self, tab: Tab, error: DsqlTuiError) -> bool:
        """Offer the peer if the error means that the endpoint does not respond.

        Returns:
            Whether the tab was moved to the peer.
        """
        return _peer_may_answer(tab, error) and await self._offer(tab)

    async def _offer(self, tab: Tab) -> bool:
        here, region = tab.state.session.endpoint, _peer(tab).split(":")[3]
        dialog = ConfirmDialog(
            f"{here.region if here else 'The Region'} is unreachable. Connect to {region}?",
            f"{region} is the peer endpoint of the same database and has everything that was "
            "committed. Tabs and results are kept. No statement is retried.",
            verb=f"Connect to {region}",
        )
        if not await self._ui.ask(dialog):
            return False
        if not await tab.connection.may_leave(f"Connect to {region}?", verb="Connect"):
            return False
        return await self._go_to_peer(tab)

    async def _go_to_peer(self, tab: Tab) -> bool:
        """Connect there as the same role; the pair's other tabs that do not answer follow."""
        pair, left = tab.state.pair, tab.state.cluster
        if pair is None or left is None:
            return False
        services, role = pair.services, pair.endpoint.role
        try:
            find = partial(services.find_cluster, _peer(tab))
            cluster = await self._ui.call(find, group="session")
        except DsqlTuiError as error:
            tab.say("look up the peer endpoint", error)
            return False
        if tab.state.pair is not pair:
            return False  # Something else was opened meanwhile.
        failed = tab.state.session.phase is SessionPhase.FAILED
        tab.connection.connect(services, cluster, role)
        if failed:
            self._take_along(left, services, cluster)
        return True

    def _take_along(self, left: Cluster, services: Services, cluster: Cluster) -> None:
        for tab in self._tabs:
            is_there = tab.state.cluster is not None and tab.state.cluster.arn == left.arn
            if is_there and not tab.state.losses and tab.state.explaining_since is None:
                self._to_offer.discard(tab.key)
                tab.connection.move(services, cluster)


def _peer_may_answer(tab: Tab, error: DsqlTuiError) -> bool:
    is_endpoint = isinstance(error, ConnectError) and error.step not in _NOT_THE_REGION
    return is_endpoint and bool(_peer(tab))


def _peer(tab: Tab) -> str:
    """Return the ARN of the other endpoint of a tab's cluster, or nothing."""
    cluster = tab.state.cluster
    return cluster.peer_arns[0] if cluster and cluster.peer_arns else ""
