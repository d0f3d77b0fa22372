"""Opens the comparison of two sessions from the editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.ui import Ui
from dsql_tui.console.workspace.open_tabs import OpenTabs
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.lexing.split import Statement

if TYPE_CHECKING:
    from dsql_tui.console.side_by_side.sides import ComparedSide


class SideBySide:
    """Asks for the second session and opens the comparison.

    Args:
        ui: Shows dialogs and notifications.
        tabs: The open tabs; the active one is one side.
        preferences: Provides the roles used on clusters.
        choices: How results are shown.
        statements: Returns the statements at the cursor.
    """

    def __init__(
        self,
        ui: Ui,
        tabs: OpenTabs,
        preferences: Preferences,
        choices: ResultChoices,
        statements: Callable[[], tuple[Statement, ...]],
    ) -> None:
        self._ui = ui
        self._tabs = tabs
        self._preferences = preferences
        self._choices = choices
        self._statements = statements
        self._pairs: list[SessionPair] = []
        """The sessions of the screen that is open."""

    async def run(self) -> None:
        """Run the statement at the cursor in this and another session, and compare the results."""
        from dsql_tui.console.side_by_side.dialog import BesideDialog
        from dsql_tui.console.side_by_side.sides import refusal, sides_offered

        tab, statements = self._tabs.front, self._statements()
        if len(statements) != 1:
            self._ui.warn("Put the cursor on one statement to run it on two sessions.")
            return
        if reason := refusal(statements[0].text):
            self._ui.warn(reason)
            return
        bound = await tab.runner.with_values(statements)
        if bound is None or not await tab.connection.cluster_known():
            return
        pair, cluster = tab.state.pair, tab.state.cluster
        if pair is None or cluster is None:
            return
        offered = sides_offered(cluster, pair.endpoint, self._preferences.roles)
        profiles = await self._profile_names(pair)
        side = await self._ui.ask(BesideDialog(cluster, pair.endpoint, offered, profiles))
        if side is not None:
            self._keep_role(cluster, pair.endpoint, side)
            await self._show(pair, side, bound[0].text)

    async def _profile_names(self, pair: SessionPair) -> tuple[str, ...]:
        """Return the profiles to complete; one that is typed is looked up when it is used."""
        try:
            return await self._ui.call(pair.services.profile_names, group="profile")
        except DsqlTuiError:
            return ()

    def _keep_role(self, cluster: Cluster, endpoint: Endpoint, side: ComparedSide) -> None:
        """Offer the role next time, after the one that sessions are opened with."""
        if not side.cluster:
            self._preferences.keep_role(cluster.arn, side.role)
        elif side.cluster in cluster.peer_arns:
            self._preferences.keep_role(side.cluster, side.role)
        self._preferences.keep_role(cluster.arn, endpoint.role)

    async def _show(self, pair: SessionPair, side: ComparedSide, statement: str) -> None:
        from dsql_tui.console.side_by_side.screen import BesideScreen
        from dsql_tui.console.side_by_side.sides import ComparedSide
        from dsql_tui.console.side_by_side.workers import Openings

        openings = Openings(pair.services, pair.endpoint, pair.settings)
        sides = (ComparedSide(pair.endpoint.region, pair.endpoint.role), side)
        self._pairs = openings.pairs
        await self._ui.ask(BesideScreen(openings, sides, statement, self._choices))
        self._ui.in_thread(openings.close, group="closing")

    def release(self) -> list[SessionPair]:
        """Return the sessions of the open screen; the caller closes them."""
        return list(self._pairs)
