"""Listing and selecting clusters, and the welcome page when there are none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dsql_tui.console.clusters.clusters_pane import ClustersPane
from dsql_tui.console.clusters.role import RoleDialog
from dsql_tui.console.clusters.welcome import WelcomePane
from dsql_tui.console.clusters.where import BESIDE, WhereDialog
from dsql_tui.console.clusters.workers import list_clusters
from dsql_tui.console.messages.clusters import (
    ClusterChosen,
    ListingAdvanced,
    ListingEnded,
    ListingStarted,
)
from dsql_tui.console.shared.head_start import HeadStart
from dsql_tui.console.shared.services import StartLocal
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs
from dsql_tui.console.workspace.tabs import Tabs
from dsql_tui.errors import CredentialsExpired, CredentialsMissing, DsqlTuiError
from dsql_tui.model.cluster import Cluster


class ClusterList:
    """Lists clusters and opens the selected one.

    Args:
        ui: Shows dialogs and notifications.
        pane: Shows the clusters.
        welcome: Shows the ways on when there are no credentials.
        tabs: The tabs that are open.
        opening: Opens sessions in tabs.
        services: The services of the profile selected last.
        roles: Returns the roles known of a cluster, the one to offer first.
        start_local: Starts the local DSQL; `None` does not offer it.
        has_text: Whether the active tab contains text.
        show_welcome: Puts the welcome in place of the editor, or takes it away.
        show_clusters: Brings the clusters to the front.
    """

    def __init__(
        self,
        ui: Ui,
        pane: ClustersPane,
        welcome: WelcomePane,
        *,
        tabs: OpenTabs,
        opening: Tabs,
        services: ActiveServices,
        roles: Callable[[Cluster], tuple[str, ...]],
        start_local: StartLocal | None,
        has_text: Callable[[], bool],
        show_welcome: Callable[[bool], object],
        show_clusters: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._pane = pane
        self._welcome = welcome
        self._tabs = tabs
        self._opening = opening
        self._services = services
        self._roles = roles
        self._start_local = start_local
        self._has_text = has_text
        self._show_welcome = show_welcome
        self._show_clusters = show_clusters
        self._listing_id = 0
        self.head_start: HeadStart | None = None
        """The listing already in progress."""

    # Listing.

    def refresh(self) -> None:
        """List the clusters again."""
        self._listing_id += 1
        begun, self.head_start = self.head_start, None
        if begun is not None:
            self._pane.take_up(self._listing_id, *begun.answered())
        source = begun or self._services.current
        self._ui.work(list_clusters, source, self._listing_id, group="listing")

    def retry(self) -> None:
        """List the clusters again with the current credentials."""
        self._services.current.forget_credentials()
        self.refresh()

    def listing_started(self, message: ListingStarted) -> None:
        """Show the Regions that are being listed."""
        self._pane.begin(message.listing_id, message.regions)

    def listing_advanced(self, message: ListingAdvanced) -> None:
        """Show a response of a Region or a cluster."""
        self._pane.apply(message.listing_id, message.event)

    def listing_ended(self, message: ListingEnded) -> None:
        """Show the welcome page without credentials; any other error is shown in the pane."""
        self._pane.end(message.error)
        error = message.error or self._pane.board.credentials_error
        missing = isinstance(error, CredentialsMissing | CredentialsExpired)
        connected = any(tab.state.pair is not None for tab in self._tabs)
        self._show_welcome(missing and not connected)
        if missing and error is not None:
            self._welcome.explain(error)

    # Opening.

    async def open_named(self, name: str) -> None:
        """Open the cluster named on the command line, in the tab that is on it or in a free one."""
        services = self._services.current
        try:
            cluster = await self._ui.call(partial(services.find_cluster, name))
        except DsqlTuiError as error:
            self._tabs.front.say("open the cluster from the command line", error)
            return
        target = self._tabs.bring_to_front(services.profile.name, cluster)
        role = target.role if target is not None else self._roles(cluster)[0]
        is_in_use = self._tabs.front.state.session.target is not None and self._has_text()
        new_tab = target is None and is_in_use
        await self._opening.open_at(services, cluster, role, new_tab=new_tab)

    def chosen(self, message: ClusterChosen) -> None:
        """Open a cluster if it accepts sessions."""
        cluster = message.cluster
        if cluster.status.connectable and cluster.endpoint_host:
            self._ui.start(self._open(message))
        else:
            self._ui.notify(
                f"{cluster.name} is {cluster.status.lower()} and does not accept sessions."
            )

    async def _open(self, message: ClusterChosen) -> None:
        """Ask for the role; open it in this tab if that loses nothing, ask where otherwise."""
        cluster, services = message.cluster, self._services.current
        if message.profile:
            services = services.with_profile(message.profile, ())
        choice = await self._ui.ask(RoleDialog(cluster, self._roles(cluster)))
        if choice is None:
            return
        losses, new_tab = self._tabs.front.state.losses, choice.new_tab
        if losses and not new_tab:
            where = await self._ui.ask(WhereDialog(losses))
            if where is None:
                return
            new_tab = where == BESIDE
        await self._opening.open_at(services, cluster, choice.role, new_tab=new_tab)

    async def start_local(self) -> None:
        """Start the local DSQL and use it in place of AWS."""
        if self._start_local is None:
            return
        services = self._services.current
        try:
            profile = await self._ui.call(self._start_local)
        except DsqlTuiError as error:
            self._welcome.explain(error)
            return
        self._services.current = services.reaching(profile)
        self._show_welcome(False)
        self._show_clusters()
        self.refresh()
