"""When one Region's endpoint does not answer, the other one of the pair is the same database."""

from __future__ import annotations

from functools import partial

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.desk import Desk
from dsql_tui.console.state import Phase
from dsql_tui.console.workspace.tabs import Tabs
from dsql_tui.errors import ConnectError, ConnectStep

_NOT_THE_REGION = {ConnectStep.CREDENTIALS, ConnectStep.TOKEN, ConnectStep.SETTINGS}
"""Steps at which the other endpoint would refuse just as well."""


class Failover(Tabs):
    """Offers the peer; text, tabs and results stay as they are."""

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """Offer the peer when the endpoint itself was the trouble, once its tab is in front."""
        desk, error = self._desk_of(message), message.error
        unreachable = isinstance(error, ConnectError) and error.step not in _NOT_THE_REGION
        if desk is None or not desk.is_at(message.endpoint) or not unreachable or not _peer(desk):
            return
        if self._is_in_front(desk):
            self._offer_peer(desk)
        else:
            desk.offers_peer = True

    def _tab_in_front(self, desk: Desk) -> None:
        super()._tab_in_front(desk)
        offers_peer, desk.offers_peer = desk.offers_peer, False
        if offers_peer and desk.session.phase is Phase.FAILED:
            self._offer_peer(desk)

    def action_switch_peer(self) -> None:
        """Go to the other endpoint of the pair on purpose, with this tab alone."""
        desk = self._desk
        if _peer(desk):
            self._unless_busy(desk, "Go to the other Region?", partial(self._find_peer, desk))
        else:
            self._warn("The session is not on a multi-Region cluster.")

    def _offer_peer(self, desk: Desk) -> None:
        here, region = desk.session.endpoint, _peer(desk).split(":")[3]
        self._ask(
            f"{here.region if here else ''} does not answer: go on in {region}?",
            f"{region} is the other endpoint of the same database: what was committed is "
            "there. Text, tabs and results stay; nothing is run again by itself.",
            partial(self._find_peer, desk),
            yes=f"Go on in {region}",
        )

    def _find_peer(self, desk: Desk) -> None:
        if desk.pair is not None:
            role = desk.pair.endpoint.role
            job = partial(jobs.find_peer, desk.pair.services, _peer(desk), role)
            self._work_for(desk, job, group="session")

    def on_peer_found(self, message: m.PeerFound) -> None:
        """Connect there as the same role; the pair's other tabs that do not answer follow."""
        desk = self._desk_of(message)
        if desk is None or desk.cluster is None:
            return
        left, failed = desk.cluster.arn, desk.session.phase is Phase.FAILED
        self._connect(desk, message.services, message.cluster, message.role)
        for other in self._desks.values() if failed else ():
            if other.cluster is not None and other.cluster.arn == left and _is_idle(other):
                self._move(other, message)

    def _move(self, desk: Desk, message: m.PeerFound) -> None:
        """Let a tab's next run open its session at the other endpoint."""
        if desk.pair is not None:
            role, desk.offers_peer = desk.pair.endpoint.role, False
            self._leave_session(desk)
            self._settle(desk, message.services, message.cluster, role, Phase.WAITING)
            self._show_catalog(desk)

    def on_peer_missing(self, message: m.PeerMissing) -> None:
        """The other Region does not tell of its side either."""
        if desk := self._desk_of(message):
            self._say("looking for the other endpoint", message.error, desk)


def _peer(desk: Desk) -> str:
    """Return the ARN of the other endpoint of a tab's cluster, or nothing."""
    return desk.cluster.peer_arns[0] if desk.cluster and desk.cluster.peer_arns else ""


def _is_idle(desk: Desk) -> bool:
    """Whether a tab would lose nothing by going to the other endpoint."""
    return not desk.losses and desk.explaining_since is None
