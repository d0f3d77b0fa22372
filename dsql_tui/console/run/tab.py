"""One editor tab, which connects, runs, explains and commits even when inactive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from textual.message import Message

from dsql_tui.config import Config
from dsql_tui.console.messages.catalog import PlanArrived, PlanFailed
from dsql_tui.console.messages.files import BuffersChanged
from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened, TabMessage
from dsql_tui.console.run.connection import Connection, waiting_for
from dsql_tui.console.run.explainer import Explainer
from dsql_tui.console.run.parts import PairFor, RunOptions, Schemas, TabResults, TabText
from dsql_tui.console.run.row_editing.tab_rows import TabRows
from dsql_tui.console.run.runner import Runner
from dsql_tui.console.run.state import TabState
from dsql_tui.console.run.transactions import TabTransactions
from dsql_tui.console.run.watcher import Watcher
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.routes import Routes
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.console.shared.ui import Flow, Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.span import count
from dsql_tui.pg.renewing import RENEW_BEFORE_END, session_ends_soon


class Tab:
    """Everything that belongs to one editor tab except its text.

    Args:
        key: The tab's.
        ui: Shows dialogs and notifications, and runs workers.
        post: Posts messages, which are routed to this tab; safe from any thread.
        text: The editor.
        results: The pane that shows its results.
        schemas: The schemas that were read.
        options: How statements are run.
        services: Returns the services used to look up its cluster.
        pair_for: Creates its sessions.
        config: The settings.
        keep_role: Remembers the role used on a cluster, by ARN.
        show: Called with the tab after each change.
        opened: Called when its session is open, with whether the tab was waited for.
        unreachable: Called with why its session could not be opened.
        job_started: Called with the endpoint on which a statement has started a job.
        as_script: Shows the tab's text as a script that can be run.
        run_over: Called after each run.
        insert: Inserts a text into the editor.

    Attributes:
        state: The state of its session and its run.
        connection: Opens, renews and leaves its session.
        runner: Runs statements.
        watcher: Runs a statement every few seconds.
        explainer: Explains statements.
        transactions: Commits, rolls back, switches how statements run.
        rows: Changes rows that its results show.
    """

    def __init__(
        self,
        key: str,
        ui: Ui,
        post: Callable[[Message], object],
        *,
        text: TabText,
        results: TabResults,
        schemas: Schemas,
        options: RunOptions,
        services: Callable[[], Services],
        pair_for: PairFor,
        config: Config,
        keep_role: Callable[[str, str], object],
        show: Callable[[Tab], object],
        opened: Callable[[Tab, bool], object],
        unreachable: Callable[[Tab, DsqlTuiError], object],
        job_started: Callable[[Endpoint], object],
        as_script: Callable[[], Flow],
        run_over: Callable[[], object],
        insert: Callable[[str], object],
    ) -> None:
        self.key = key
        self._ui = ui
        self._deliver = post
        self._text = text
        self._results = results
        self._unreachable = unreachable
        self._warned_of: datetime | None = None
        self.state = TabState(key, lambda: show(self), config)
        self.connection = Connection(
            self.state,
            ui,
            self.post,
            text=text,
            results=results,
            schemas=schemas,
            services=services,
            pair_for=pair_for,
            config=config,
            keep_role=keep_role,
            left=self._abandon,
            opened=lambda waited: opened(self, waited),
        )
        self.runner = Runner(
            self.state,
            ui,
            self.post,
            self.connection,
            text=text,
            results=results,
            schemas=schemas,
            options=options,
            job_started=job_started,
            as_script=as_script,
            run_over=run_over,
        )
        self.watcher = Watcher(self.state, ui, self.runner, results)
        self.explainer = Explainer(
            self.state, ui, self.post, self.connection, text=text, results=results
        )
        self.transactions = TabTransactions(self.state, ui, self.runner)
        self.rows = TabRows(self.state, ui, self.post, self.runner, results, options, insert)
        self._routes = Routes()
        self._routes.add(SessionOpened, self.connection.session_opened)
        self._routes.add(SessionFailed, self._session_failed)
        self._routes.add(PlanArrived, self.explainer.answered)
        self._routes.add(PlanFailed, self.explainer.answered)
        for kind in self.runner.kinds:
            self._routes.add(kind, self.runner.receive)

    @property
    def kinds(self) -> frozenset[type[Message]]:
        """Return the handled messages."""
        return self._routes.kinds

    def post(self, message: Message) -> None:
        """Handle a worker's report with the tab's key added."""
        if isinstance(message, TabMessage):
            message.tab = self.key
        self._deliver(message)

    def say(self, words: str, error: DsqlTuiError) -> None:
        """Show an error outside of a run in the tab's messages."""
        self._results.say(words, error)

    async def receive(self, message: TabMessage) -> None:
        """Handle a message about this tab."""
        await self._routes.deliver(message)

    def restore(self, target: TabTarget | None) -> None:
        """Set the target that was saved with the text."""
        if target is not None:
            self.state.session = waiting_for(target)

    def follow(self, other: Tab) -> None:
        """Use the cluster and role of another tab; the session opens at the first run."""
        pair, cluster, target = other.state.pair, other.state.cluster, other.state.session.target
        if pair is not None and cluster is not None:
            self.connection.settle(pair.services, cluster, pair.endpoint.role)
        elif target is not None:
            self.connection.wait_for(target)

    def warn_of_end(self, now: datetime) -> None:
        """Warn once that the session ends with a transaction open, because it is not renewed."""
        opened_at = self.state.session.opened_at
        if opened_at is None or opened_at == self._warned_of:
            return
        if self.state.session.in_transaction and session_ends_soon(opened_at, now):
            self._warned_of = opened_at
            minutes = RENEW_BEFORE_END.seconds // 60
            in_front = self.key == self._text.shown
            where = "" if in_front else f"{self._text.name_of(self.key)}: "
            self._ui.warn(
                f"{where}The session ends in {minutes} minutes. Commit or roll back before then."
            )

    @property
    def losses(self) -> str:
        """The loss from ending the console, as sentences, or empty."""
        staged = self._results.staged
        words = f"{count(staged, 'staged change')} to rows will be discarded." if staged else ""
        return " ".join(filter(None, (self.state.losses, words)))

    @property
    def losses_at_close(self) -> str:
        """The loss from closing the tab, as sentences, or empty."""
        waiting = self._results.waiting
        words = f"{count(waiting, 'kept change')} to rows will be discarded." if waiting else ""
        return " ".join(filter(None, (self.losses, words)))

    def discard_staged(self) -> None:
        """Forget the staged changes to rows."""
        self._results.discard_staged()

    async def discard_waiting(self) -> None:
        """Forget the changes of an earlier start that wait for their rows, after a question."""
        waiting = self._results.waiting
        if not waiting:
            self._ui.warn("There are no changes of an earlier start.")
            return
        question = f"Discard {count(waiting, 'kept change')}?"
        text = "They were staged when the console ended, and were not run."
        if await self._ui.ask(ConfirmDialog(question, text, verb="Discard")):
            self._results.discard_waiting()
            self.post(BuffersChanged())

    def release(self) -> SessionPair | None:
        """Return the sessions; the caller closes them."""
        pair, self.state.pair = self.state.pair, None
        self.watcher.stop()
        self.runner.stop_waiting()
        return pair

    def cancel(self) -> None:
        """Stop watching, or cancel the run in progress."""
        if self.state.watch is not None:
            self.watcher.stop()
        else:
            self.runner.cancel()

    def _abandon(self) -> None:
        self.watcher.stop()
        self.runner.abandon()
        self.explainer.abandon()

    def _session_failed(self, message: SessionFailed) -> None:
        if self.connection.session_failed(message):
            self.explainer.session_failed()
            self._unreachable(self, message.error)
