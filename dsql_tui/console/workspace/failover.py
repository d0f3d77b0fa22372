"""When one Region's endpoint does not answer, the other one of the pair is the same database."""

from __future__ import annotations

from functools import partial

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.errors import ConnectError, ConnectStep

_NOT_THE_REGION = {ConnectStep.CREDENTIALS, ConnectStep.TOKEN, ConnectStep.SETTINGS}
"""Steps at which the other endpoint would refuse just as well."""


class Failover(Sessions):
    """Offers the peer; text, tabs and results stay as they are."""

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """Offer the peer when the endpoint itself was the trouble."""
        error = message.error
        unreachable = isinstance(error, ConnectError) and error.step not in _NOT_THE_REGION
        if self._is_current(message.endpoint) and unreachable and self._peer_arn():
            self._offer_peer(f"{message.endpoint.region} does not answer")

    def action_switch_peer(self) -> None:
        """Go to the other endpoint of the pair on purpose."""
        if self._peer_arn():
            self._unless_busy("Go to the other Region?", self._find_peer)
        else:
            self._warn("The session is not on a multi-Region cluster.")

    def _offer_peer(self, what_happened: str) -> None:
        region = self._peer_arn().split(":")[3]
        self.app.push_screen(
            ConfirmDialog(
                f"{what_happened}: go on in {region}?",
                f"{region} is the other endpoint of the same database: what was committed is "
                "there. Text, tabs and results stay; nothing is run again by itself.",
                yes=f"Go on in {region}",
            ),
            lambda answer: self._find_peer() if answer else None,
        )

    def _find_peer(self) -> None:
        role = self.session.endpoint.role if self.session.endpoint else ""
        job = partial(jobs.find_peer, self.services, self._peer_arn(), role)
        self._work(job, group="session")

    def on_peer_found(self, message: m.PeerFound) -> None:
        """Connect there as the same role."""
        self.connect(message.cluster, message.role)

    def on_peer_missing(self, message: m.PeerMissing) -> None:
        """The other Region does not tell of its side either."""
        self._say("looking for the other endpoint", message.error)

    def _peer_arn(self) -> str:
        return self._cluster.peer_arns[0] if self._cluster and self._cluster.peer_arns else ""
