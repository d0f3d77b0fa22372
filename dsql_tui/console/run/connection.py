"""The session of one tab: opened, renewed, closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dsql_tui.config import Config
from dsql_tui.console.clusters.workers import find_target
from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.run.offers import offer_after
from dsql_tui.console.run.parts import PairFor, Schemas, TabResults, TabText
from dsql_tui.console.run.state import TabState
from dsql_tui.console.session.session_state import SessionPhase, SessionState
from dsql_tui.console.session.workers import close_pairs, open_session
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.shared.ui import Post, Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.cluster import Cluster
from dsql_tui.sql.dsql.discipline import Discipline

NO_CLUSTER = "Open a cluster first: press {session.open}, then {clusters.open}."


class Connection:
    """Opens, renews and closes one tab's session.

    Args:
        tab: The state of the tab.
        ui: Shows dialogs and notifications.
        post: Delivers what a worker of this tab reports.
        text: The editor.
        results: The pane that shows the tab's results.
        schemas: Read along with a session.
        services: Returns the services used to look up the cluster of a restored tab.
        pair_for: Creates the sessions.
        config: The settings, from which those of the tab's cluster are taken.
        keep_role: Remembers the role used on a cluster, by ARN.
        left: Called when the session is released; its running statement is abandoned.
        opened: Called with whether the tab was waited for: it is ready now.
    """

    def __init__(
        self,
        tab: TabState,
        ui: Ui,
        post: Post,
        *,
        text: TabText,
        results: TabResults,
        schemas: Schemas,
        services: Callable[[], Services],
        pair_for: PairFor,
        config: Config,
        keep_role: Callable[[str, str], object],
        left: Callable[[], object],
        opened: Callable[[bool], object],
    ) -> None:
        self._tab = tab
        self._ui = ui
        self._post = post
        self._text = text
        self._results = results
        self._schemas = schemas
        self._services = services
        self._pair_for = pair_for
        self._config = config
        self._keep_role = keep_role
        self._left = left
        self._opened = opened
        self._search: asyncio.Event | None = None
        """Set when the cluster of the tab's target was found, or was not."""
        self._wishes = 0
        """Counts requests made during the cluster lookup; only the last one is carried out."""

    # The tab's target.

    def connect(self, services: Services, cluster: Cluster, role: str) -> None:
        """Close the current session and open another one."""
        self.leave()
        self._keep_role(cluster.arn, role)
        self.settle(services, cluster, role, SessionPhase.OPENING)
        self._schemas.show(self._tab)
        self._open()

    def settle(
        self,
        services: Services,
        cluster: Cluster,
        role: str,
        phase: SessionPhase = SessionPhase.WAITING,
    ) -> None:
        """Set the tab's cluster and role; nothing is opened yet."""
        tab = self._tab
        endpoint = cluster.endpoint(services.profile, role)
        config = tab.config = self._config.for_cluster(cluster)
        production = config.opens_read_only
        target = TabTarget.of(cluster, role, services.profile.name, production=production)
        tab.pair, tab.cluster = self._pair_for(services, endpoint), cluster
        session = SessionState(
            phase,
            target,
            endpoint,
            cluster.peer_regions,
            discipline=Discipline(read_only=production),
            production=production,
            color=config.color,
        )
        tab.put(session=session)
        self._text.aim(tab.key, target)

    def wait_for(self, target: TabTarget) -> None:
        """Set a target whose cluster is looked up on first use."""
        self._tab.put(session=waiting_for(target))
        self._text.aim(self._tab.key, target)

    def move(self, services: Services, cluster: Cluster) -> None:
        """Make the next run open the session at another endpoint, as the same role."""
        if (pair := self._tab.pair) is not None:
            self.leave()
            self.settle(services, cluster, pair.endpoint.role)
            self._schemas.show(self._tab)

    async def cluster_known(self) -> bool:
        """Open the tab's session, looking its cluster up first if needed.

        Returns:
            Whether the cluster is known and no other request was made meanwhile.
        """
        tab = self._tab
        target = tab.session.target
        if tab.pair is not None:
            return True
        if target is None:
            self._ui.warn(with_keys(NO_CLUSTER))
            return False
        self._wishes += 1
        wish = self._wishes
        if self._search is not None:
            await self._search.wait()
        else:
            search = self._search = asyncio.Event()
            tab.put(session=replace(tab.session, phase=SessionPhase.OPENING))
            await self._find(target, search)
            search.set()
        return wish == self._wishes and tab.pair is not None

    async def _find(self, target: TabTarget, search: asyncio.Event) -> None:
        """Give the tab the cluster of its target, unless it was given another one meanwhile."""
        find = partial(find_target, self._services(), target)
        try:
            services, cluster = await self._ui.call(find, group="session")
        except DsqlTuiError as error:
            if self._search is search:
                self._search = None
                self._not_found(target, error)
            return
        if self._search is search:
            self._search = None
            self.settle(services, cluster, target.role)
            self._schemas.show(self._tab)
            if cluster.arn != target.arn:
                self._ui.warn(
                    f"The cluster of this tab no longer exists. It now uses {cluster.identifier}, "
                    f"which has the same name ({cluster.name}) and Region."
                )

    def _not_found(self, target: TabTarget, error: DsqlTuiError) -> None:
        self._tab.put(session=replace(self._tab.session, phase=SessionPhase.FAILED, error=error))
        self._schemas.show(self._tab)
        where = f"{target.name} in {target.region} (profile {target.profile})"
        self._results.say(f"look up {where}", error)

    # Opening and closing.

    def _open(self) -> None:
        if (pair := self._tab.pair) is not None:
            work = partial(open_session, pair, self._post)
            self._ui.in_thread(work, group="session")

    def leave(self) -> None:
        """Close the session without a confirmation."""
        tab = self._tab
        pair, tab.pair, self._search = tab.pair, None, None
        self._wishes += 1
        self._left()
        if pair is not None:
            self._ui.in_thread(partial(close_pairs, [pair]), group="closing")
        tab.offer = None
        tab.put(session=SessionState())

    async def may_leave(self, question: str, *, verb: str, losses: str = "") -> bool:
        """Ask whether the session may be closed, if something would be lost.

        Args:
            question: The question.
            verb: The label of the button that closes it.
            losses: What would be lost; without it, what its transaction holds.
        """
        losses = losses or self._tab.losses
        if not losses:
            return True
        answer = await self._ui.ask(ConfirmDialog(question, losses, verb=verb))
        return answer is True

    async def close(self) -> None:
        """Close the session, after a confirmation if something would be lost."""
        if await self.may_leave("Close the session?", verb="Close session"):
            self.leave()
            self._text.aim(self._tab.key, None)
            self._schemas.show(self._tab)

    async def renew(self) -> None:
        """Open the session again with a new token."""
        if self._tab.pair is None:
            return
        if await self.may_leave("Reconnect?", verb="Reconnect"):
            self._open_again()

    def _open_again(self) -> None:
        pair, session = self._tab.pair, self._tab.session
        if pair is not None:
            self.leave()
            self._tab.pair = self._pair_for(pair.services, pair.endpoint)
            self._tab.put(session=replace(session.ended(), phase=SessionPhase.OPENING))
            self._open()

    # What workers report.

    def session_opened(self, message: SessionOpened) -> None:
        """Show an opened session, and read the schema unless a statement is running."""
        tab = self._tab
        if tab.pair is None or not tab.is_at(message.endpoint):
            return
        before = tab.session.phase
        replaces = before in {SessionPhase.OPEN, SessionPhase.CLOSED}
        session = replace(
            tab.session,
            phase=SessionPhase.OPEN,
            token=message.token,
            opened_at=message.opened_at,
            renewed_at=tab.pair.services.now() if replaces else None,
            transaction=message.transaction,
            error=None,
        )
        tab.put(session=session)
        is_new = before in {SessionPhase.OPENING, SessionPhase.FAILED}
        self._opened(before is SessionPhase.OPENING and not tab.is_busy)
        if tab.is_busy:
            tab.schema_changed |= not self._schemas.was_read(message.endpoint)
        elif is_new:
            self._schemas.read(tab.pair)

    def session_failed(self, message: SessionFailed) -> bool:
        """Show which step failed and what to do; offer to retry the session's transaction.

        Returns:
            Whether it was this tab's session.
        """
        tab, error = self._tab, message.error
        if not tab.is_at(message.endpoint):
            return False
        tab.failed = True
        tab.offer = offer_after(error, "", tab.session.work)
        tab.put(session=replace(tab.session.ended(error), phase=SessionPhase.FAILED))
        self._schemas.show(tab)
        self._results.say(f"open session on {message.endpoint.cluster_name}", error)
        return True

    def read_changed_schema(self) -> None:
        """Read the schema after a statement that changed it, or in a new session."""
        tab = self._tab
        if not tab.schema_changed or tab.pair is None:
            return
        if not self._schemas.was_read(tab.pair.endpoint) or not tab.session.in_transaction:
            tab.schema_changed = False
            self._schemas.read(tab.pair)


def waiting_for(target: TabTarget) -> SessionState:
    """Return the state of a session that is opened on first use."""
    return SessionState(SessionPhase.WAITING, target, production=target.production)
