"""Opening, closing and renewing sessions, and what would be lost by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.access.screen import RolesScreen
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.dialogs.doctor import DoctorDialog
from dsql_tui.console.dialogs.token import TokenDialog
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import Phase, SessionState
from dsql_tui.console.transaction import Discipline, opens_read_only
from dsql_tui.console.workspace.catalog import Catalog
from dsql_tui.console.workspace.layout import Layout
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import RENEW_BEFORE_END


class Sessions(Layout, Catalog):
    """One session pair at a time."""

    def connect(self, cluster: Cluster, role: str) -> None:
        """Leave the session there is, after asking if something would be lost, and open another."""
        self._unless_busy("Open another session?", lambda: self._connect(cluster, role))

    def _connect(self, cluster: Cluster, role: str) -> None:
        self._leave_session()
        self._memory.keep_role(cluster.arn, role)
        endpoint = cluster.endpoint(self.services.profile, role)
        self._pair, self._cluster = SessionPair(self.services, endpoint), cluster
        production = opens_read_only(cluster, self._config.read_only)
        self.session = SessionState(
            Phase.OPENING,
            endpoint,
            cluster.peer_regions,
            discipline=Discipline(read_only=production),
            production=production,
        )
        self.set_class(production, "-production")
        self.query_one(SchemaPane).clear("Connecting…")
        self._work(jobs.open_session, self._pair, group="session")

    def _leave_session(self) -> None:
        pair, self._pair = self._pair, None
        if pair is not None:
            self.run_worker(partial(jobs.close_pairs, [pair]), thread=True, group="closing")
        self.session = SessionState()

    def on_token_generated(self, message: m.TokenGenerated) -> None:
        """The token's clock starts."""
        if self._is_current(message.endpoint):
            self.session = replace(self.session, token=message.token)

    def on_session_opened(self, message: m.SessionOpened) -> None:
        """Type away; the schema fills in meanwhile."""
        if not self._is_current(message.endpoint):
            return
        before = self.session.phase
        first = before is Phase.OPENING and not self.run_state.running
        self.session = replace(
            self.session,
            phase=Phase.OPEN,
            token=message.token,
            opened_at=message.opened_at,
            renewed_at=self.services.now() if before in {Phase.OPEN, Phase.CLOSED} else None,
            transaction=message.transaction,
            error=None,
        )
        self.remove_class("-welcome")
        if first:
            self.action_focus_pane("editor")
        if first or before is Phase.FAILED:
            self.action_refresh_schema()

    def on_session_ending(self) -> None:
        """Commit or roll back in time: a session with a transaction open is not replaced."""
        minutes = RENEW_BEFORE_END.seconds // 60
        self._warn(f"The session ends in {minutes} minutes: commit or roll back before it does.")

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """Say which step failed and what to do."""
        if self._is_current(message.endpoint):
            if self.session.phase is Phase.OPENING:
                self.query_one(SchemaPane).clear("Not connected. The messages say why.")
            self.session = replace(self.session.ended(message.error), phase=Phase.FAILED)
            self._say(f"opening {message.endpoint.cluster_name}", message.error)

    def action_close_session(self) -> None:
        """Close the session after asking if something would be lost."""
        self._unless_busy("Close the session?", self._close_session)

    def _close_session(self) -> None:
        self._leave_session()
        self.query_one(SchemaPane).clear("Open a cluster to see its tables.")

    def action_renew_session(self) -> None:
        """Open the session again, with a new token."""
        if (pair := self._pair) is not None:
            self._unless_busy("Open the session again?", partial(self._renew, pair))

    def _renew(self, pair: SessionPair) -> None:
        state = self.session
        self._leave_session()
        self._pair = SessionPair(self.services, pair.endpoint)
        self.session = replace(state.ended(), phase=Phase.OPENING)
        self._work(jobs.open_session, self._pair, group="session")

    def action_show_token(self) -> None:
        """The three clocks and the token, decoded."""
        self.app.push_screen(TokenDialog(self.session, self.services.now))

    def action_examine(self) -> None:
        """Find out, layer by layer, why the cluster opened last cannot be reached."""
        if self.session.endpoint is None:
            self.notify("Open a cluster first: F2, then enter.", severity="warning", markup=False)
        else:
            self.app.push_screen(DoctorDialog(self.services, self.session.endpoint))

    def action_show_roles(self) -> None:
        """Roles and grants, as a screen of its own."""
        if self._pair is None or self._cluster is None:
            self._warn("Open a cluster first: F2, then enter.")
        else:
            cluster, read_only = self._cluster, self.session.discipline.read_only
            self.app.push_screen(
                RolesScreen(self._pair, cluster, read_only=read_only),
                lambda role: self.connect(cluster, role) if role else None,
            )

    def leave(self, then: Callable[[], None]) -> None:
        """Ask when quitting would lose something, then call `then`."""
        self._unless_busy("Quit?", then, yes="Quit")

    def release(self) -> list[SessionPair]:
        """Give up the sessions; whoever takes them closes them."""
        pair, self._pair = self._pair, None
        return [pair] if pair is not None else []

    def _unless_busy(self, question: str, then: Callable[[], None], yes: str = "Go on") -> None:
        """Call `then` at once if nothing would be lost, after a yes otherwise."""
        if not (losses := self._losses()):
            then()
            return
        self.app.push_screen(
            ConfirmDialog(question, losses, yes=yes), lambda answer: then() if answer else None
        )

    def _losses(self) -> str:
        name = self.session.endpoint.cluster_name if self.session.endpoint else ""
        if self.run_state.running:
            return (
                f"A statement is running on {name}. It will be cancelled; "
                "what it did may or may not stay."
            )
        if self.session.transaction is TransactionStatus.IN_TRANSACTION:
            return (
                f"A transaction is open on {name}. "
                "Its changes are not committed and will be rolled back."
            )
        return ""
