"""The main screen: composes the panes and is the one switchboard between them.

Handlers are a few lines each: they route, they do not work. Work runs in `jobs`, in threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.dialogs.role import RoleDialog
from dsql_tui.console.dialogs.token import TokenDialog
from dsql_tui.console.keys import Place, bindings
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.clusters import ClustersPane
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.footer import KeyLine
from dsql_tui.console.panes.frame import TabbedFrame
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.panes.roles import RolesScreen
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.panes.status import StatusLine
from dsql_tui.console.panes.switch import PaneSwitch
from dsql_tui.console.panes.welcome import WelcomePane
from dsql_tui.console.services import Services, StartLocal
from dsql_tui.console.sessions import SessionPair
from dsql_tui.console.state import Phase, RunState, SessionState
from dsql_tui.errors import CredentialsExpired, CredentialsMissing, DsqlTuiError, SessionLost
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.result import TransactionStatus

CANCEL_PATIENCE_S = 5.0
"""How long a cancel may stay unconfirmed; then the session is closed, and the screen says so."""
PANES = ("clusters", "schema", "editor", "results")


class Workspace(Screen[None]):
    """Clusters and schema at the left, editor above results at the right."""

    CSS_PATH = "style/workspace.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.WORKSPACE)]

    session: reactive[SessionState] = reactive(SessionState)
    run_state: reactive[RunState] = reactive(RunState, bindings=True)
    only: reactive[str] = reactive("", init=False)
    """The pane that has the screen for itself, or empty."""

    def __init__(
        self,
        services: Services,
        memory: Memory,
        *,
        cluster: str | None = None,
        start_local: StartLocal | None = None,
    ) -> None:
        super().__init__(id="workspace")
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]
        self.services = services
        self._memory = memory
        self._wanted_cluster = cluster
        self._start_local = start_local
        self._pair: SessionPair | None = None
        self._listing_id = 0

    def compose(self) -> ComposeResult:
        """The panes."""
        yield StatusLine(self.services.now).data_bind(
            state=Workspace.session, run=Workspace.run_state
        )
        yield PaneSwitch().data_bind(only=Workspace.only)
        with Horizontal(id="columns"):
            with Vertical(id="sidebar"):
                yield ClustersPane(self.services.now)
                yield SchemaPane()
            with Vertical(id="work"):
                yield WelcomePane(offers_local=self._start_local is not None)
                yield EditorPane()
                yield ResultsPane()
        yield KeyLine()

    def on_mount(self) -> None:
        """Ask AWS once the first frame is painted."""
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.action_focus_pane("clusters")
        self.action_refresh_clusters()
        if self._wanted_cluster:
            self._work(jobs.find_cluster, self.services, self._wanted_cluster)

    def _work(self, job: Callable[..., object], *inputs: object, group: str = "default") -> None:
        """Run a job in a thread; it answers with messages to this screen."""
        self.run_worker(partial(job, *inputs, self.post_message), thread=True, group=group)

    # Clusters

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
        self.set_class(missing and self._pair is None, "-welcome")
        if missing and error is not None:
            if self.has_class("-welcome"):
                self.only = ""
            self.query_one(WelcomePane).explain(error)

    def on_refresh_requested(self, message: m.RefreshRequested) -> None:
        """`r` in a list."""
        self.action_refresh_schema() if message.pane == "schema" else self.action_refresh_clusters()

    def on_cluster_found(self, message: m.ClusterFound) -> None:
        """The cluster named at the start opens with the role used last."""
        cluster = message.cluster
        self.connect(cluster, self._memory.roles(cluster.arn)[0])

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
        dialog = RoleDialog(cluster, self._memory.roles(cluster.arn))
        self.app.push_screen(dialog, lambda role: self.connect(cluster, role) if role else None)

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
            self._work(jobs.start_local, self._start_local)

    def on_welcome_pane_retry_requested(self) -> None:
        """Ask AWS again, with the credentials there are now."""
        self.services.forget_credentials()
        self.action_refresh_clusters()

    # Sessions

    def connect(self, cluster: Cluster, role: str) -> None:
        """Leave the session there is, after asking if something would be lost, and open another."""
        self._unless_busy("Open another session?", lambda: self._connect(cluster, role))

    def _connect(self, cluster: Cluster, role: str) -> None:
        self._leave_session()
        self._memory.keep_role(cluster.arn, role)
        endpoint = cluster.endpoint(self.services.profile, role)
        self._pair = SessionPair(self.services, endpoint)
        self.session = SessionState(Phase.OPENING, endpoint, cluster.peer_regions)
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
        first = self.session.phase is Phase.OPENING and not self.run_state.running
        self.session = replace(
            self.session,
            phase=Phase.OPEN,
            token=message.token,
            opened_at=message.opened_at,
            transaction=message.transaction,
            error=None,
        )
        self.remove_class("-welcome")
        if first:
            self.action_focus_pane("editor")
            self.action_refresh_schema()

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """Say which step failed and what to do."""
        if self._is_current(message.endpoint):
            self.session = replace(self.session, phase=Phase.FAILED, error=message.error)
            self.query_one(SchemaPane).clear("Not connected. The messages say why.")
            self._say(f"opening {message.endpoint.cluster_name}", message.error)

    def _is_current(self, endpoint: object) -> bool:
        return self._pair is not None and self._pair.endpoint == endpoint

    # Statements

    def on_run_requested(self, message: m.RunRequested) -> None:
        """One run at a time, on the session there is."""
        if reason := self._cannot_run(message):
            self.notify(reason, severity="warning", markup=False)
        else:
            self._start_run(message)

    def _cannot_run(self, message: m.RunRequested) -> str:
        if self.run_state.running:
            return "A statement is running; esc cancels it."
        if not message.statements:
            return "There is no statement at the cursor."
        return "" if self._pair else "Open a cluster first: F2, then enter."

    def _start_run(self, message: m.RunRequested) -> None:
        run = jobs.Run(self.run_state.run_id + 1, message.statements)
        self.run_state = RunState(run.run_id, True, 0, len(run.statements), time.monotonic())
        self.call_next(self.query_one(ResultsPane).begin)
        self._work(jobs.run_statements, self._pair, run, group="run")

    def _is_running(self, run_id: int) -> bool:
        return self.run_state.running and run_id == self.run_state.run_id

    def on_statement_started(self, message: m.StatementStarted) -> None:
        """Count it."""
        if self._is_running(message.run_id):
            self.run_state = replace(self.run_state, statement=message.number, row_count=0)

    async def on_result_described(self, message: m.ResultDescribed) -> None:
        """A result set begins."""
        if self._is_running(message.run_id):
            await self.query_one(ResultsPane).describe(message.described)

    def on_rows_arrived(self, message: m.RowsArrived) -> None:
        """Rows."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).append(message.chunk)

    def on_notice_arrived(self, message: m.NoticeArrived) -> None:
        """The server said something."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).notice(message.notice)

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        """A statement has ended well; new or gone relations show in the schema."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).complete(message.statement, message.completed)
            if message.completed.command_tag.startswith(("CREATE", "ALTER", "DROP")):
                self.set_class(True, "-schema-changed")

    def on_statement_failed(self, message: m.StatementFailed) -> None:
        """Say it in words, and put the cursor on the spot."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).fail(message.statement, message.error, message.elapsed_ms)
            self.query_one(EditorPane).show_error(message.statement, message.error)

    def on_run_ended(self, message: m.RunEnded) -> None:
        """The transaction is what it is now."""
        if not self._is_running(message.run_id):
            return
        self.run_state = replace(self.run_state, running=False)
        self.query_one(ResultsPane).end()
        if message.session_open:
            self.session = self.session.with_transaction(message.transaction, self.services.now())
        elif self.session.phase is not Phase.FAILED:
            self.session = self.session.ended()
        if self.has_class("-schema-changed") and not self.session.in_transaction:
            self.remove_class("-schema-changed")
            self.action_refresh_schema()

    def action_cancel(self) -> None:
        """Ask the server to cancel; what it makes of it shows in the run."""
        session = self._pair.current if self._pair else None
        if session is None or self.run_state.cancel_requested:
            return
        run_id = self.run_state.run_id
        self.run_state = replace(self.run_state, cancel_requested=True)
        self._work(jobs.cancel_run, session, run_id, group="cancel")
        self.set_timer(CANCEL_PATIENCE_S, partial(self._give_up, run_id))

    def _give_up(self, run_id: int) -> None:
        """Close a session whose cancel was not confirmed in time."""
        if self._is_running(run_id) and self._pair is not None:
            words = (
                f"The server did not confirm in {CANCEL_PATIENCE_S:.0f} s; the session is closed."
            )
            self._say("cancelling", SessionLost(words, outcome_unknown=True))
            self.run_worker(self._pair.drop_user, thread=True, group="closing")

    def on_cancel_failed(self, message: m.CancelFailed) -> None:
        """The request did not arrive."""
        if self._is_running(message.run_id):
            self._say("cancelling", message.error)

    # Catalog

    def on_schemas_arrived(self, message: m.SchemasArrived) -> None:
        """Show the schemas."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_schemas(message.schemas)

    def on_relations_wanted(self, message: m.RelationsWanted) -> None:
        """A schema was unfolded."""
        self._work(jobs.read_relations, self._pair, message.schema, group="catalog")

    def on_relations_arrived(self, message: m.RelationsArrived) -> None:
        """Fill a schema."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_relations(message.schema, message.relations)

    def on_details_wanted(self, message: m.DetailsWanted) -> None:
        """A relation was unfolded."""
        self._work(jobs.read_details, self._pair, message.relation, group="catalog")

    def on_details_arrived(self, message: m.DetailsArrived) -> None:
        """Fill a relation."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_details(message.relation, message.details)

    def on_catalog_failed(self, message: m.CatalogFailed) -> None:
        """Say why a branch cannot be read."""
        if self._is_current(message.endpoint):
            self.query_one(SchemaPane).show_failure(message.branch, message.error)

    def on_insert_requested(self, message: m.InsertRequested) -> None:
        """A name from the schema goes to the cursor."""
        self.query_one(EditorPane).insert(message.text)

    # Actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Cancelling is offered while something runs."""
        if action == "cancel":
            return self.run_state.running
        return super().check_action(action, parameters)

    def action_run_statement(self) -> None:
        """Run the selection or the statement at the cursor."""
        self.query_one(EditorPane).request_run(everything=False)

    def action_run_all(self) -> None:
        """Run the whole buffer."""
        self.query_one(EditorPane).request_run(everything=True)

    def action_refresh_clusters(self) -> None:
        """List the clusters again."""
        self._listing_id += 1
        self._work(jobs.list_clusters, self.services, self._listing_id, group="listing")

    def action_refresh_schema(self) -> None:
        """Read the schemas again."""
        if self._pair is not None:
            self._work(jobs.read_schemas, self._pair, group="catalog")

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
        self._leave_session()
        self._pair = SessionPair(self.services, pair.endpoint)
        self.session = SessionState(Phase.OPENING, pair.endpoint)
        self._work(jobs.open_session, self._pair, group="session")

    def action_show_roles(self) -> None:
        """Roles and grants, as a screen of its own."""
        if self._pair is None:
            self.notify("Open a cluster first: F2, then enter.", severity="warning", markup=False)
        else:
            self.app.push_screen(RolesScreen(self._pair))

    def action_show_token(self) -> None:
        """The three clocks and the token, decoded."""
        self.app.push_screen(TokenDialog(self.session, self.services.now))

    def action_show_messages(self) -> None:
        """Bring the messages to the front."""
        self.query_one(ResultsPane).show_messages()

    def action_toggle_sidebar(self) -> None:
        """Fold the sidebar; in one column, show the clusters or go back."""
        if self.has_class("-narrow"):
            self.action_focus_pane("editor" if self.only == "clusters" else "clusters")
        else:
            self.only = ""
            self.toggle_class("-folded")
            if self.has_class("-folded") and not self._focus_is_in("#work"):
                self.query_one(EditorPane).focus_content()

    def action_toggle_maximize(self) -> None:
        """Give the focused pane the screen, or take it back."""
        self.only = "" if self.only else self._focused_pane()

    def action_focus_pane(self, pane: str) -> None:
        """Show a pane and put the focus into it."""
        sidebar = pane in {"clusters", "schema"}
        if self.has_class("-narrow"):
            self.only = pane if sidebar or self.has_class("-short") else ""
        else:
            self.only = pane if self.only else ""
            self.set_class(self.has_class("-folded") and not sidebar, "-folded")
        self._pane(pane).focus_content()

    async def action_new_tab(self) -> None:
        """Open an empty buffer."""
        await self.query_one(EditorPane).new_tab()

    async def action_close_tab(self) -> None:
        """Close the buffer in front."""
        await self.query_one(EditorPane).close_tab()

    def action_next_tab(self, step: int) -> None:
        """Step through the tabs of the pane that has the focus."""
        pane = "results" if self._focused_pane() == "results" else "editor"
        frame = self.query_one(f"#{pane}", TabbedFrame)
        frame.step_tab(step)
        self._pane(pane).focus_content()

    def watch_only(self, only: str) -> None:
        """Classes do the layout."""
        for pane in PANES:
            self.set_class(pane == only, f"-only-{pane}")

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

    def _say(self, words: str, error: DsqlTuiError) -> None:
        self.query_one(ResultsPane).say(words, error)

    def _pane(self, pane: str) -> ClustersPane | SchemaPane | EditorPane | ResultsPane:
        match pane:
            case "clusters":
                return self.query_one(ClustersPane)
            case "schema":
                return self.query_one(SchemaPane)
            case "results":
                return self.query_one(ResultsPane)
            case _:
                return self.query_one(EditorPane)

    def _focused_pane(self) -> str:
        return next((pane for pane in PANES if self._focus_is_in(f"#{pane}")), "editor")

    def _focus_is_in(self, selector: str) -> bool:
        container: Widget = self.query_one(selector)
        return self.focused is not None and container in self.focused.ancestors_with_self
