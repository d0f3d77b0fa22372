"""Listing clusters, choosing one, and the ways on when there is none."""

from __future__ import annotations

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.role import RoleChoice, RoleDialog
from dsql_tui.console.dialogs.where import BESIDE, WhereDialog
from dsql_tui.console.head_start import HeadStart
from dsql_tui.console.panes.clusters import ClustersPane
from dsql_tui.console.panes.welcome import WelcomePane
from dsql_tui.console.services import Services, StartLocal
from dsql_tui.console.workspace.failover import Failover
from dsql_tui.errors import CredentialsExpired, CredentialsMissing
from dsql_tui.model.cluster import Cluster


class Clusters(Failover):
    """Routes between the clusters pane, the welcome and AWS."""

    _listing_id = 0
    _start_local: StartLocal | None = None
    head_start: HeadStart | None = None
    """The listing that has begun already."""

    def action_refresh_clusters(self) -> None:
        """List the clusters again."""
        self._listing_id += 1
        begun, self.head_start = self.head_start, None
        if begun is not None:
            self.query_one(ClustersPane).take_up(self._listing_id, *begun.answered())
        self._work(jobs.list_clusters, begun or self.services, self._listing_id, group="listing")

    def on_listing_started(self, message: m.ListingStarted) -> None:
        """The Regions are known."""
        self.query_one(ClustersPane).begin(message.listing_id, message.regions)

    def on_listing_advanced(self, message: m.ListingAdvanced) -> None:
        """A row fills in."""
        self.query_one(ClustersPane).apply(message.listing_id, message.event)

    def on_listing_ended(self, message: m.ListingEnded) -> None:
        """Without credentials the way in is shown; any other error stays in the pane."""
        pane = self.query_one(ClustersPane)
        pane.end(message.error)
        error = message.error or pane.board.credentials_error
        missing = isinstance(error, CredentialsMissing | CredentialsExpired)
        connected = any(desk.pair is not None for desk in self._desks.values())
        self.set_class(missing and not connected, "-welcome")
        if missing and error is not None:
            if self.has_class("-welcome"):
                self.only = ""
            self.query_one(WelcomePane).explain(error)

    def on_refresh_requested(self, message: m.RefreshRequested) -> None:
        """`r` in a list."""
        self.action_refresh_schema() if message.pane == "schema" else self.action_refresh_clusters()

    async def on_cluster_found(self, message: m.ClusterFound) -> None:
        """The cluster named at the start opens, next to a text that was kept for another one."""
        cluster, desk = message.cluster, self._desk
        target = desk.session.target
        if target is not None and target.arn == cluster.arn:
            self._connect(desk, self.services, cluster, target.role)
        else:
            role = self._memory.roles(cluster.arn)[0]
            new_tab = target is not None and bool(self._editor.current.text)
            await self._open_at(self.services, cluster, role, new_tab=new_tab)

    def on_cluster_missing(self, message: m.ClusterMissing) -> None:
        """The cluster named at the start is not there; the list is."""
        self._say("opening the cluster named at the start", message.error)

    def on_cluster_chosen(self, message: m.ClusterChosen) -> None:
        """Ask for the role, then open."""
        cluster = message.cluster
        if not cluster.status.connectable or not cluster.endpoint_host:
            self.notify(
                f"{cluster.name} is {cluster.status.lower()}; it takes no sessions now.",
                markup=False,
            )
            return
        services = message.services or self.services

        async def answered(choice: RoleChoice | None) -> None:
            if choice is not None:
                await self._open_chosen(services, cluster, choice)

        self.app.push_screen(RoleDialog(cluster, self._memory.roles(cluster.arn)), answered)

    async def _open_chosen(self, services: Services, cluster: Cluster, choice: RoleChoice) -> None:
        """Open it in this tab if that loses nothing; ask where otherwise."""
        losses = self._desk.losses

        async def answered(where: str | None) -> None:
            if where is not None:
                await self._open_at(services, cluster, choice.role, new_tab=where == BESIDE)

        if losses and not choice.new_tab:
            self.app.push_screen(WhereDialog(losses), answered)
        else:
            await self._open_at(services, cluster, choice.role, new_tab=choice.new_tab)

    def on_local_started(self, message: m.LocalStarted) -> None:
        """The local DSQL takes the place of AWS."""
        self.services = message.services
        self.remove_class("-welcome")
        self.action_focus_pane("clusters")
        self.action_refresh_clusters()

    def on_local_failed(self, message: m.LocalFailed) -> None:
        """Say why there is no local DSQL."""
        self.query_one(WelcomePane).explain(message.error)

    def on_welcome_pane_local_requested(self) -> None:
        """Start the local DSQL in the background."""
        if self._start_local is not None:
            self._work(jobs.start_local, self.services, self._start_local)

    def on_welcome_pane_retry_requested(self) -> None:
        """Ask AWS again, with the credentials there are now."""
        self.services.forget_credentials()
        self.action_refresh_clusters()
