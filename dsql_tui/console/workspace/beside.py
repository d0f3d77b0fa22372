"""The way from the editor to two sessions side by side, and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dsql_tui.console.desk import Desk
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.workspace.statements import Statements
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint

if TYPE_CHECKING:
    from dsql_tui.console.beside.sides import Side


class Beside(Statements):
    """Asks for the second session and opens the screen of both."""

    _beside: list[SessionPair] | None = None
    """The sessions of the screen that is open."""

    def action_run_beside(self) -> None:
        """Run the statement at the cursor on this and on another session, and compare."""
        from dsql_tui.console.beside.sides import refusal

        desk, found = self._desk, self._editor.current.statements_at_cursor()
        if len(found) != 1:
            self._warn("One statement is run on two sessions: put the cursor on it.")
        elif reason := refusal(found[0].text):
            self._warn(reason)
        else:
            self._with_values(
                desk,
                found,
                lambda bound: self._with_pair(desk, partial(self._ask_beside, desk, bound[0].text)),
            )

    def _ask_beside(self, desk: Desk, statement: str) -> None:
        from dsql_tui.console.beside.dialog import BesideDialog
        from dsql_tui.console.beside.sides import sides_offered

        pair, cluster = desk.pair, desk.cluster
        if pair is None or cluster is None:
            return

        def answered(side: Side | None) -> None:
            if side is not None:
                self._keep_beside_role(cluster, pair.endpoint, side)
                self._open_beside(pair, side, statement)

        offered = sides_offered(cluster, pair.endpoint, self._memory.roles)
        self.app.push_screen(BesideDialog(cluster, pair.endpoint, offered), answered)

    def _keep_beside_role(self, cluster: Cluster, endpoint: Endpoint, side: Side) -> None:
        """Offer the role next time, behind the one that sessions are opened with."""
        if not side.cluster:
            self._memory.keep_role(cluster.arn, side.role)
        elif side.cluster in cluster.peer_arns:
            self._memory.keep_role(side.cluster, side.role)
        self._memory.keep_role(cluster.arn, endpoint.role)

    def _open_beside(self, pair: SessionPair, side: Side, statement: str) -> None:
        from dsql_tui.console.beside.jobs import Openings
        from dsql_tui.console.beside.screen import BesideScreen
        from dsql_tui.console.beside.sides import Side

        openings = Openings(pair.services, pair.endpoint, pair.settings)
        sides = (Side(pair.endpoint.region, pair.endpoint.role), side)
        self._beside = openings.pairs

        def left(_answer: None) -> None:
            self.run_worker(openings.close, thread=True, group="closing")

        self.app.push_screen(BesideScreen(openings, sides, statement, self._choices), left)

    def release(self) -> list[SessionPair]:
        """Give up the sessions, those of the screen in front included."""
        return [*super().release(), *(self._beside or ())]
