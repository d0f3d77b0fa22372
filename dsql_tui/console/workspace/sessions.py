"""Opening, closing and renewing the sessions of tabs, and what would be lost by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.buffers import Target
from dsql_tui.console.desk import Desk, Sign
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.dialogs.doctor import DoctorDialog
from dsql_tui.console.dialogs.token import TokenDialog
from dsql_tui.console.services import Services
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import Phase, SessionState
from dsql_tui.console.transaction import Discipline, opens_read_only
from dsql_tui.console.words import elapsed
from dsql_tui.console.workspace.catalog import Catalog
from dsql_tui.console.workspace.layout import Layout
from dsql_tui.errors import SessionLost
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.token import RENEW_BEFORE_END, session_ends_soon

NO_CLUSTER = "Open a cluster first: F2, then enter."


class Sessions(Layout, Catalog):
    """A session pair for each tab that has a target."""

    def on_mount(self) -> None:
        """Look at the clocks of all tabs once a second."""
        self.set_interval(1, self.warn_of_ends)

    def warn_of_ends(self) -> None:
        """Say once that a session ends with a transaction open: such a one is not replaced."""
        for desk in self._desks.values():
            opened_at = desk.session.opened_at
            if opened_at is None or opened_at == desk.warned_of or not desk.session.in_transaction:
                continue
            if session_ends_soon(opened_at, self.services.now()):
                desk.warned_of = opened_at
                minutes = RENEW_BEFORE_END.seconds // 60
                where = "" if self._is_in_front(desk) else f"{self._editor.name_of(desk.key)}: "
                self._warn(
                    f"{where}The session ends in {minutes} minutes: "
                    "commit or roll back before it does."
                )

    def _connect(self, desk: Desk, services: Services, cluster: Cluster, role: str) -> None:
        """Leave the session a tab has and open another one at once."""
        self._leave_session(desk)
        self._memory.keep_role(cluster.arn, role)
        self._settle(desk, services, cluster, role, Phase.OPENING)
        self._show_catalog(desk)
        self._work_for(desk, jobs.open_session, desk.pair, group="session")

    def _settle(
        self, desk: Desk, services: Services, cluster: Cluster, role: str, phase: Phase
    ) -> None:
        """Give a tab its cluster and role; nothing is opened yet."""
        endpoint = cluster.endpoint(services.profile, role)
        production = opens_read_only(cluster, self._config.read_only)
        target = Target.of(cluster, role, services.profile.name, production=production)
        desk.pair, desk.cluster = self._new_pair(services, endpoint), cluster
        session = SessionState(
            phase,
            target,
            endpoint,
            cluster.peer_regions,
            discipline=Discipline(read_only=production),
            production=production,
        )
        self._put(desk, session=session)
        self._aim(desk, target)

    def _aim(self, desk: Desk, target: Target | None) -> None:
        """Note where a tab leads; it is kept with its text."""
        self._editor.aim(desk.key, target)
        self.post_message(m.BuffersChanged())

    def _new_pair(self, services: Services, endpoint: Endpoint) -> SessionPair:
        """Return new sessions; the catalog's is shared with the tabs that are there already."""
        there = self._pair_at(endpoint)
        if there is not None and there.services is services:
            return there.beside()
        return SessionPair(services, endpoint)

    def _with_pair(self, desk: Desk, then: Callable[[], None]) -> None:
        """Call `then` once the tab's cluster is known; what was asked for last is what happens."""
        target = desk.session.target
        if desk.pair is not None:
            then()
        elif target is None:
            self._warn(NO_CLUSTER)
        else:
            is_asking, desk.found = desk.found is not None, then
            if not is_asking:
                self._put(desk, session=replace(desk.session, phase=Phase.OPENING))
                self._work_for(desk, jobs.find_target, self.services, target, group="session")

    def on_target_found(self, message: m.TargetFound) -> None:
        """A tab of an earlier start has its cluster again."""
        desk = self._desk_of(message)
        if desk is None or desk.pair is not None or desk.session.target is None:
            return
        role = desk.session.target.role
        self._settle(desk, message.services, message.cluster, role, Phase.WAITING)
        self._show_catalog(desk)
        then, desk.found = desk.found, None
        if then is not None:
            then()

    def on_target_missing(self, message: m.TargetMissing) -> None:
        """Say why a tab of an earlier start cannot be connected."""
        if desk := self._desk_of(message):
            desk.found = None
            failed = replace(desk.session, phase=Phase.FAILED, error=message.error)
            self._put(desk, session=failed)
            self._show_catalog(desk)
            if (target := desk.session.target) is not None:
                where = f"{target.name} in {target.region} with the profile {target.profile}"
                self._say(f"looking for {where}", message.error, desk)

    def _leave_session(self, desk: Desk) -> None:
        pair, desk.pair, desk.found = desk.pair, None, None
        self._abandon_run(desk)
        if pair is not None:
            self.run_worker(partial(jobs.close_pairs, [pair]), thread=True, group="closing")
        desk.offer = None
        self._put(desk, session=SessionState())

    def _abandon_run(self, desk: Desk) -> None:
        """Drop what a run still answers, and say that its outcome is not known."""
        state, run, desk.next_run, desk.explaining_since = desk.run_state, desk.run, None, None
        if run is None or not state.running:
            return
        run.gate.enough()
        self._put(desk, run_state=replace(state, running=False, paused=False))
        statement = run.statements[max(state.statement, 1) - 1]
        lost = SessionLost("The session was left while this ran.", outcome_unknown=True)
        desk.results.fail(statement, lost, (time.monotonic() - state.started_at) * 1_000)
        desk.results.end()

    def on_token_generated(self, message: m.TokenGenerated) -> None:
        """The token's clock starts."""
        if (desk := self._desk_of(message)) and desk.is_at(message.endpoint):
            self._put(desk, session=replace(desk.session, token=message.token))

    def on_session_opened(self, message: m.SessionOpened) -> None:
        """Type away; the schema fills in meanwhile, but not in the way of a statement."""
        desk = self._desk_of(message)
        if desk is None or desk.pair is None or not desk.is_at(message.endpoint):
            return
        before = desk.session.phase
        session = replace(
            desk.session,
            phase=Phase.OPEN,
            token=message.token,
            opened_at=message.opened_at,
            renewed_at=self.services.now() if before in {Phase.OPEN, Phase.CLOSED} else None,
            transaction=message.transaction,
            error=None,
        )
        self._put(desk, session=session)
        self.remove_class("-welcome")
        if desk.run_state.running or desk.explaining_since is not None:
            if not self._schemas.pane(message.endpoint).was_read:
                desk.schema_changed = True
        elif before in {Phase.OPENING, Phase.FAILED}:
            if before is Phase.OPENING and self._is_in_front(desk):
                self.action_focus_pane("editor")
            self._read_schema(desk.pair)

    def _read_what_changed(self, desk: Desk) -> None:
        """Read a schema behind a statement that changed it, or whose session is a new one."""
        if not desk.schema_changed or desk.pair is None:
            return
        is_new = not self._schemas.pane(desk.pair.endpoint).was_read
        if is_new or not desk.session.in_transaction:
            desk.schema_changed = False
            self._read_schema(desk.pair)

    def _tell_end(self, desk: Desk, what: str, spent_s: float) -> None:
        """Say that something has ended in a tab that is not in front; nothing else moves."""
        if self._is_in_front(desk):
            return
        desk.news = Sign.FAILED if desk.failed else Sign.DONE
        self._show_state(desk)
        how = "has failed" if desk.failed else "is done"
        self.notify(
            f"{what} {how} after {elapsed(spent_s * 1_000)}.",
            title=self._editor.name_of(desk.key),
            severity="warning" if desk.failed else "information",
            markup=False,
        )

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """Say which step failed and what to do."""
        desk = self._desk_of(message)
        if desk is None or not desk.is_at(message.endpoint):
            return
        desk.failed = True
        self._put(desk, session=replace(desk.session.ended(message.error), phase=Phase.FAILED))
        self._show_catalog(desk)
        self._say(f"opening {message.endpoint.cluster_name}", message.error, desk)

    def action_close_session(self) -> None:
        """Close the session after asking if something would be lost."""
        desk = self._desk
        self._unless_busy(desk, "Close the session?", partial(self._close_session, desk))

    def _close_session(self, desk: Desk) -> None:
        self._leave_session(desk)
        self._aim(desk, None)
        self._show_catalog(desk)

    def action_renew_session(self) -> None:
        """Open the session again, with a new token."""
        desk = self._desk
        if desk.pair is not None:
            self._unless_busy(desk, "Open the session again?", partial(self._renew, desk))

    def _renew(self, desk: Desk) -> None:
        pair, state = desk.pair, desk.session
        if pair is None:
            return
        self._leave_session(desk)
        desk.pair = self._new_pair(pair.services, pair.endpoint)
        self._put(desk, session=replace(state.ended(), phase=Phase.OPENING))
        self._work_for(desk, jobs.open_session, desk.pair, group="session")

    def action_show_token(self) -> None:
        """The three clocks and the token, decoded."""
        self.app.push_screen(TokenDialog(self._desk.session, self.services.now))

    def action_examine(self) -> None:
        """Find out, layer by layer, why the tab's cluster cannot be reached."""
        desk = self._desk
        self._with_pair(desk, partial(self._examine, desk))

    def _examine(self, desk: Desk) -> None:
        if desk.pair is not None:
            self.app.push_screen(DoctorDialog(desk.pair.services, desk.pair.endpoint))

    def leave(self, then: Callable[[], None]) -> None:
        """Ask once when quitting would lose something, naming each tab, then call `then`."""
        losses = self._all_losses()
        if not losses:
            then()
        else:
            self._ask("Quit?", "\n".join(losses), then, yes="Quit")

    def _all_losses(self) -> list[str]:
        """Return what quitting would lose: a sentence for each tab, named if there are several."""
        several = len(self._editor.tabs) > 1
        return [
            (f"{self._editor.name_of(desk.key)}: " if several else "") + desk.losses
            for desk in self._desks.values()
            if desk.losses
        ]

    def release(self) -> list[SessionPair]:
        """Give up the sessions; whoever takes them closes them."""
        pairs = [desk.pair for desk in self._desks.values() if desk.pair is not None]
        for desk in self._desks.values():
            desk.pair = None
            if desk.run is not None:
                desk.run.gate.enough()
        return pairs

    def _unless_busy(
        self, desk: Desk, question: str, then: Callable[[], None], yes: str = "Go on"
    ) -> None:
        """Call `then` at once if the tab would lose nothing, after a yes otherwise."""
        if not desk.losses:
            then()
        else:
            self._ask(question, desk.losses, then, yes=yes)

    def _ask(self, question: str, text: str, then: Callable[[], None], *, yes: str) -> None:
        self.app.push_screen(
            ConfirmDialog(question, text, yes=yes), lambda answer: then() if answer else None
        )
