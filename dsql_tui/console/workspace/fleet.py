"""The way from the workspace to the fleet's board, and back with a cluster to open."""

from __future__ import annotations

from dsql_tui.console.messages import ClusterChosen
from dsql_tui.console.workspace.clusters import Clusters
from dsql_tui.model.cluster import Cluster


class FleetWay(Clusters):
    """Opens the board."""

    def action_show_fleet(self) -> None:
        """Every cluster of every Region, on a screen of its own."""
        from dsql_tui.console.fleet.screen import FleetScreen
        from dsql_tui.console.fleet.services import Prices

        prices = Prices(self._config.dpu_price, self._config.storage_price)
        services = self.services
        fleet = services.fleet(self._config.board_profiles)

        def choose(cluster: Cluster) -> None:
            name = fleet.profile_of(cluster)
            other = services.with_profile(name, ()) if name else services
            self.post_message(ClusterChosen(cluster, other))

        self.app.push_screen(FleetScreen(fleet, self._memory, prices, choose))

    def action_show_own_latency(self) -> None:
        """Percentiles of what this console has run, on a screen of its own."""
        from dsql_tui.console.fleet.own_latency import OwnLatencyScreen

        self.app.push_screen(OwnLatencyScreen(self.services.latencies))
