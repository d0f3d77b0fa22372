"""Running statements in one tab, one run at a time, and cancelling them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from dsql_tui.console.messages.statements import (
    CancelFailed,
    NoticeArrived,
    ResultDescribed,
    RowsPaused,
    RunEnded,
    RunMessage,
    StatementCompleted,
    StatementFailed,
    StatementRetried,
    StatementStarted,
    StatementStopped,
)
from dsql_tui.console.results.row_editing.service import ResultOrigin
from dsql_tui.console.run.connection import NO_CLUSTER, Connection
from dsql_tui.console.run.danger import LOOK, RUN, SCRIPT, DangerDialog
from dsql_tui.console.run.offers import offer_after
from dsql_tui.console.run.on_session import OnSession
from dsql_tui.console.run.parameters import ParametersDialog
from dsql_tui.console.run.parts import RunOptions, Schemas, TabResults, TabText, report_end
from dsql_tui.console.run.state import TabState
from dsql_tui.console.run.statements import HEAD_START_S, RunOrder, run_statements
from dsql_tui.console.session.session_state import RunState, SessionPhase
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.transaction import Danger, dangers_of, is_ddl
from dsql_tui.console.session.workers import cancel_run
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.routes import Routes
from dsql_tui.console.shared.ui import Flow, Post, Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.errors import InputError, SessionLost
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.span import count
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.statements.classify import classify
from dsql_tui.sql.statements.params import parameters_of

CANCEL_PATIENCE_S = 5.0
"""How long a cancel may remain unconfirmed before the session is closed with a notice."""
BUSY = "A statement is running. Press {run.cancel} to cancel it."


Result = TypeVar("Result")


class Runner(OnSession):
    """Runs statements on one tab's session; see `OnSession` for the first six arguments.

    Args:
        schemas: Provides estimates of the rows of a relation.
        options: How statements are run.
        job_started: Called with the endpoint on which a statement has started a job.
        as_script: Shows the tab's text as a script that can be run.
        run_over: Called after each run.
    """

    def __init__(
        self,
        tab: TabState,
        ui: Ui,
        post: Post,
        connection: Connection,
        *,
        text: TabText,
        results: TabResults,
        schemas: Schemas,
        options: RunOptions,
        job_started: Callable[[Endpoint], object],
        as_script: Callable[[], Flow],
        run_over: Callable[[], object],
    ) -> None:
        super().__init__(tab, ui, post, connection, text=text, results=results)
        self._schemas = schemas
        self._options = options
        self._job_started = job_started
        self._as_script = as_script
        self._run_over = run_over
        self._order: RunOrder | None = None
        self._ended: asyncio.Future[RunEnded | None] | None = None
        """Resolved at the end of the run; with `None` if the session was released."""
        self._is_over = asyncio.Event()
        self._wishes = 0
        """Counts requests made during a paused run; only the last one is carried out."""
        self._reports = Routes()
        self._reports.add(StatementStarted, self._statement_started)
        self._reports.add(ResultDescribed, self._result_described)
        self._reports.add(RowsPaused, self._rows_paused)
        self._reports.add(StatementStopped, self._statement_stopped)
        self._reports.add(NoticeArrived, self._notice_arrived)
        self._reports.add(StatementCompleted, self._statement_completed)
        self._reports.add(StatementFailed, self._statement_failed)
        self._reports.add(StatementRetried, self._statement_retried)
        self._reports.add(RunEnded, self._run_ended)
        self._reports.add(CancelFailed, self._cancel_failed)

    # Running, in the order of its steps.

    async def run(self, statements: tuple[Statement, ...]) -> None:
        """Run statements and show the results; ask for confirmation of destructive ones."""
        bound = await self.prepared(statements)
        if bound is None:
            return
        discipline = await self._confirmed(bound)
        if discipline is None:
            return
        await self.carry_out(bound, discipline)

    async def prepared(self, statements: tuple[Statement, ...]) -> tuple[Statement, ...] | None:
        """Return statements with the values of their parameters, once they can run.

        Returns:
            `None` while another run is in progress, without a cluster, or without values.
        """
        if not await self._is_free_for(statements):
            return None
        if not await self._connection.cluster_known():
            return None
        return await self.with_values(statements)

    async def perform(self, work: Callable[[SessionPair], Result]) -> Result | None:
        """Run a function that uses the tab's session in a thread, as a run without results.

        Returns:
            Its result; `None` while another run is in progress, or without a cluster.
        """
        if not await self._is_free() or not await self._connection.cluster_known():
            return None
        tab = self._tab
        if tab.pair is None:
            return None
        self._order = None
        state = RunState(tab.run_state.run_id + 1, True, 1, 1, time.monotonic())
        tab.put(session=tab.session.at_work(), run_state=state)
        self._is_over.clear()
        try:
            return await self._ui.call(partial(work, tab.pair), group="run")
        finally:
            tab.put(run_state=replace(tab.run_state, running=False))
            self._run_over()
            self._is_over.set()

    async def _is_free_for(self, statements: tuple[Statement, ...]) -> bool:
        """Stop a paused run; return false without statements, or during another run."""
        if await self._is_free():
            if statements:
                return True
            self._ui.warn("There is no statement at the cursor.")
        return False

    async def _is_free(self) -> bool:
        """Stop a paused run; return false while another run is in progress."""
        run_state, order = self._tab.run_state, self._order
        if run_state.paused and order is not None:
            self._wishes += 1
            wish = self._wishes
            order.gate.enough()
            await self._is_over.wait()
            if wish != self._wishes:
                return False
        if self._tab.run_state.running:
            self._ui.warn(with_keys(BUSY))
        elif self._tab.session.target is None:
            self._ui.warn(with_keys(NO_CLUSTER))
        else:
            return True
        return False

    async def with_values(self, statements: tuple[Statement, ...]) -> tuple[Statement, ...] | None:
        """Ask for the values of parameters, if there are any.

        Returns:
            The statements with the values in them, `None` when the person gave none.
        """
        names = _parameters(statements)
        if not names:
            return statements
        values = await self._ui.ask(ParametersDialog(names, self._options.values))
        if values is None:
            return None
        self._options.values.update(values)
        try:
            return self._text.bind(self._tab.key, statements, self._options.values)
        except InputError as error:
            self._ui.warn(error.message)
            return None

    async def _confirmed(self, statements: tuple[Statement, ...]) -> Discipline | None:
        """Ask before destructive statements run; return how to run, or `None` to cancel."""
        session = self._tab.session
        dangers = _dangers(self._tab, statements)
        if not dangers:
            return session.discipline
        endpoint = session.endpoint
        if endpoint is None:
            return None
        targets = dict.fromkeys(target for danger in dangers for target in danger.targets)
        estimates = tuple(
            f"{each} {rows}"
            for each in targets
            if (rows := self._schemas.estimate_of(endpoint, each))
        )
        dialog = DangerDialog(
            endpoint,
            dangers,
            estimates,
            production=session.production,
            offers_script=len(statements) > 1 and any(map(is_ddl, statements)),
        )
        answer = await self._ui.ask(dialog)
        if answer == SCRIPT:
            await self._as_script()
            return None
        discipline = self._tab.session.discipline
        if answer == LOOK:
            return replace(discipline, manual=True)
        return discipline if answer == RUN else None

    async def carry_out(
        self,
        statements: tuple[Statement, ...],
        discipline: Discipline,
        *,
        quiet: bool = False,
        is_watched: bool = False,
    ) -> None:
        """Run statements without confirmation.

        Args:
            statements: With the values of their parameters.
            discipline: How they are run.
            quiet: Keep them out of the history.
            is_watched: Stop at the row limit without asking; wait while changes are staged.
        """
        pair = self._tab.pair
        if pair is None or self._tab.run_state.running:
            return
        if self._results.staged and (is_watched or not await self._may_discard_changes()):
            return
        order = self._begin(statements, discipline, quiet=quiet, is_watched=is_watched)
        ended = await self._sent(pair, order)
        if ended is None:
            return
        tab = self._tab
        spent_s = time.monotonic() - tab.run_state.started_at
        tab.put(run_state=replace(tab.run_state, running=False, paused=False))
        self._results.end()
        if not ended.session_open and tab.session.phase is not SessionPhase.FAILED:
            tab.put(session=tab.session.ended())
        if tab.failed or not is_watched:
            report_end(tab, self._ui, self._text, "Run", spent_s)
        self._run_over()
        self._connection.read_changed_schema()
        self._is_over.set()

    async def _may_discard_changes(self) -> bool:
        """Ask whether staged changes to rows may be discarded."""
        changes = count(self._results.staged, "staged change")
        text = f"{changes} to rows of the results will be discarded."
        dialog = ConfirmDialog("Discard staged changes?", text, verb="Discard and run")
        return await self._ui.ask(dialog) is True

    def _begin(
        self,
        statements: tuple[Statement, ...],
        discipline: Discipline,
        *,
        quiet: bool,
        is_watched: bool,
    ) -> RunOrder:
        tab, options = self._tab, self._options
        order = self._order = RunOrder(
            tab.run_state.run_id + 1,
            statements,
            discipline,
            options.retries,
            row_limit=tab.config.row_limit,
            spill_bytes=options.spill_bytes,
            head_start_s=HEAD_START_S,
            go_on=options.continue_after_errors,
            quiet=quiet,
            only_first_rows=is_watched,
            before=tab.session.work.statements if tab.session.work else (),
        )
        tab.failed, tab.offer = False, None
        self._text.run_begins(tab.key)
        state = RunState(order.run_id, True, 0, len(statements), time.monotonic())
        tab.put(session=tab.session.at_work(), run_state=state)
        return order

    async def _sent(self, pair: SessionPair, order: RunOrder) -> RunEnded | None:
        """Run it in a worker; return its end, `None` when the session was closed meanwhile."""
        self._is_over.clear()
        self._ended = asyncio.get_running_loop().create_future()
        work = partial(run_statements, pair, order, self._post)
        self._ui.in_thread(work, group="run")
        return await self._ended

    # Messages from the worker.

    async def receive(self, message: RunMessage) -> None:
        """Handle a message of the current run; ignore those of others."""
        state = self._tab.run_state
        if state.running and message.run_id == state.run_id:
            await self._reports.deliver(message)

    @property
    def kinds(self) -> frozenset[type[RunMessage]]:
        """Return the handled messages."""
        return frozenset(kind for kind in self._reports.kinds if issubclass(kind, RunMessage))

    async def _statement_started(self, message: StatementStarted) -> None:
        """Count it; with the first, the results of the previous run go, and not earlier."""
        tab = self._tab
        tab.put(run_state=replace(tab.run_state, statement=message.number, row_count=0))
        if message.number == 1:
            await self._results.begin()

    async def _result_described(self, message: ResultDescribed) -> None:
        """Begin a result set; its worker continues when the first rows are painted."""
        described = message.described
        origin = ResultOrigin(self._text_of(message.number), self._endpoint, described.styles)
        await self._results.describe(described, message.arrivals, origin)
        if self._order is not None:
            self._ui.after_paint(self._order.gate.painted)

    def _text_of(self, number: int) -> str:
        """Return a statement of the run, numbered from 1."""
        return self._order.statements[number - 1].text if self._order else ""

    @property
    def _endpoint(self) -> Endpoint | None:
        return self._tab.pair.endpoint if self._tab.pair else None

    def _rows_paused(self, _message: RowsPaused) -> None:
        """The row limit is reached; `m` fetches more, esc or another run leaves the rest."""
        self._results.pause()
        self._tab.put(run_state=replace(self._tab.run_state, paused=True))
        self._connection.read_changed_schema()

    def _statement_stopped(self, _message: StatementStopped) -> None:
        self._results.stop_early()

    def _notice_arrived(self, message: NoticeArrived) -> None:
        self._results.notice(message.notice)

    def _statement_completed(self, message: StatementCompleted) -> None:
        """Refresh the schema if relations have changed, and watch jobs that were started."""
        tab, completed, statement = self._tab, message.completed, message.statement
        if tab.pair is None:
            return
        self._results.complete(statement, completed)
        self._text.learn(tab.key, statement)
        now = tab.pair.services.now()
        session = tab.session.after(message.transaction, now, statement, completed.rows_affected)
        tab.put(session=session)
        if completed.command_tag.startswith(("CREATE", "ALTER", "DROP")):
            tab.schema_changed = True
        if completed.command_tag[:1] in "CA" and classify(statement.text).starts_job:
            self._job_started(tab.pair.endpoint)

    def _statement_failed(self, message: StatementFailed) -> None:
        """Report the error, mark its position, and offer to retry after a conflict."""
        tab, error = self._tab, message.error
        tab.failed = True
        self._results.fail(message.statement, error, message.elapsed_ms)
        self._text.show_error(tab.key, message.statement, error)
        tab.offer = offer_after(error, message.statement.text, tab.session.work)
        tab.put(session=tab.session.after_failure(message.transaction))

    def _statement_retried(self, message: StatementRetried) -> None:
        """Show and count a conflict after which the statement is retried."""
        self._results.retry(message.attempt, message.error)

    def _run_ended(self, message: RunEnded) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(message)

    def toggle_continue_after_errors(self) -> None:
        """Toggle whether runs continue after a failed statement, in every tab."""
        options = self._options
        options.continue_after_errors = not options.continue_after_errors
        self._ui.notify(
            "Runs continue after errors, except in a failed transaction."
            if options.continue_after_errors
            else "Runs stop at the first error."
        )

    # Fetching more rows, and cancelling.

    def more(self) -> None:
        """Fetch as many rows again."""
        if self._tab.run_state.paused and self._order is not None:
            self._results.resume()
            self._tab.put(run_state=replace(self._tab.run_state, paused=False))
            self._order.gate.more()

    def cancel(self) -> None:
        """Ask the server to cancel the run."""
        tab = self._tab
        if tab.run_state.paused and self._order is not None:
            self._order.gate.enough()
            return
        session = tab.pair.current if tab.pair else None
        if session is None or tab.run_state.cancel_requested:
            return
        run_id = tab.run_state.run_id
        tab.put(run_state=replace(tab.run_state, cancel_requested=True))
        work = partial(cancel_run, session, run_id, self._post)
        self._ui.in_thread(work, group="cancel")
        self._ui.after(CANCEL_PATIENCE_S, partial(self._give_up, run_id))

    def _give_up(self, run_id: int) -> None:
        """Close a session whose cancel was not confirmed in time."""
        state, pair = self._tab.run_state, self._tab.pair
        if state.running and state.run_id == run_id and pair is not None:
            words = (
                f"The cancel was not confirmed within {CANCEL_PATIENCE_S:.0f} s. Session closed."
            )
            self._results.say("cancel statement", SessionLost(words, outcome_unknown=True))
            self._ui.in_thread(pair.drop_user, group="closing")

    def _cancel_failed(self, message: CancelFailed) -> None:
        """The request did not arrive."""
        self._results.say("cancel statement", message.error)

    def stop_waiting(self) -> None:
        """Release a worker that waits for the screen or for a request for more rows."""
        if self._order is not None:
            self._order.gate.enough()

    def abandon(self) -> None:
        """Ignore the remaining messages of a run, and show that its outcome is unknown."""
        self._wishes += 1
        state, order = self._tab.run_state, self._order
        if order is None or not state.running:
            return
        order.gate.enough()
        self._tab.put(run_state=replace(state, running=False, paused=False))
        statement = order.statements[max(state.statement, 1) - 1]
        lost = SessionLost(
            "The session was closed while the statement was running.", outcome_unknown=True
        )
        self._results.fail(statement, lost, (time.monotonic() - state.started_at) * 1_000)
        self._results.end()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        self._is_over.set()


def _dangers(tab: TabState, statements: tuple[Statement, ...]) -> tuple[Danger, ...]:
    """Return the statements to confirm; none in read-only mode, where the server refuses writes."""
    if tab.session.discipline.read_only:
        return ()
    return dangers_of(statements, can_look=not tab.session.in_transaction)


def _parameters(statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """Return the parameters of all statements, each once."""
    names: dict[str, None] = {}
    for statement in statements:
        if ":" in statement.text or "$" in statement.text:
            names.update(dict.fromkeys(parameters_of(statement.text)))
    return tuple(names)
