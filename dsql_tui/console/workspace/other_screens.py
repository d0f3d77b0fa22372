"""Opens dialogs and screens that only show something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dsql_tui.config import Config
from dsql_tui.console.clusters.doctor import DoctorDialog
from dsql_tui.console.messages.clusters import ClusterChosen
from dsql_tui.console.run.history import HistoryDialog
from dsql_tui.console.session.token import TokenDialog
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.ui import Post, Ui
from dsql_tui.console.workspace.open_tabs import ActiveServices, OpenTabs

if TYPE_CHECKING:
    from dsql_tui.model.cluster import Cluster


class OtherScreens:
    """Opens those dialogs and screens.

    Args:
        ui: Shows them.
        post: Gets the cluster that is chosen on the fleet's board.
        tabs: The open tabs; the active one is diagnosed.
        services: The services of the profile selected last.
        config: The profiles of the board, and what holds for clusters on it.
        preferences: Provides the favorites of the board.
        insert: Puts a text into the editor.
        report_problems: Reports problems with saved data.
    """

    def __init__(
        self,
        ui: Ui,
        post: Post,
        tabs: OpenTabs,
        services: ActiveServices,
        config: Config,
        preferences: Preferences,
        *,
        insert: Callable[[str], object],
        report_problems: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._post = post
        self._tabs = tabs
        self._services = services
        self._config = config
        self._preferences = preferences
        self._insert = insert
        self._report_problems = report_problems

    async def show_history(self, *, only_snippets: bool = False) -> None:
        """Search the history and the snippets, and insert the selected one into the editor."""
        services = self._services.current
        dialog = HistoryDialog(services, services.now, only_snippets=only_snippets)
        text = await self._ui.ask(dialog)
        self._report_problems()
        if text:
            self._insert(text)

    async def show_token(self) -> None:
        """Show the session clocks and the decoded token."""
        now = self._services.current.now
        await self._ui.ask(TokenDialog(self._tabs.front.state.session, now))

    async def examine(self) -> None:
        """Diagnose the connection of the active tab, check by check."""
        tab = self._tabs.front
        if await tab.connection.cluster_known() and (pair := tab.state.pair) is not None:
            await self._ui.ask(DoctorDialog(pair.services, pair.endpoint))

    async def show_fleet(self) -> None:
        """Show the fleet board."""
        from dsql_tui.console.fleet.screen import FleetScreen

        fleet = self._services.current.fleet(self._config.board_profiles)

        def choose(cluster: Cluster) -> None:
            self._post(ClusterChosen(cluster, fleet.profile_of(cluster)))

        await self._ui.ask(FleetScreen(fleet, self._preferences, self._config.for_cluster, choose))

    async def show_own_latency(self) -> None:
        """Show the latency of this session's statements."""
        from dsql_tui.console.fleet.own_latency import OwnLatencyScreen

        await self._ui.ask(OwnLatencyScreen(self._services.current.latencies))
