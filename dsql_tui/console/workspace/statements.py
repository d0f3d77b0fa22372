"""Running statements and cancelling them."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from textual.reactive import reactive

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.danger import LOOK, RUN, DangerDialog
from dsql_tui.console.dialogs.history import HistoryDialog
from dsql_tui.console.dialogs.parameters import ParametersDialog
from dsql_tui.console.memory import Memory
from dsql_tui.console.offers import Offer, offer_after
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.panes.schema import SchemaPane
from dsql_tui.console.running import HEAD_START_S, RetryPolicy, Run, run_statements
from dsql_tui.console.services import Services
from dsql_tui.console.state import Phase, RunState
from dsql_tui.console.transaction import Danger, Discipline, dangers_of
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.errors import InputError, SessionLost
from dsql_tui.sql.params import parameters_of
from dsql_tui.sql.split import Statement

CANCEL_PATIENCE_S = 5.0
"""How long a cancel may stay unconfirmed; then the session is closed, and the screen says so."""


class Statements(Sessions):
    """Routes between the editor, the worker that runs and the results."""

    _run: Run | None = None
    _next_run: m.RunRequested | None = None
    """What runs when the paused run has ended."""
    offer: reactive[Offer | None] = reactive(None, bindings=True)
    """What can be run again, or looked at, after something was lost."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._values: dict[str, str | None] = {}
        """Values given for parameters, by how they are spelled."""

    def on_run_requested(self, message: m.RunRequested) -> None:
        """One run at a time, on the session there is; what destroys is asked about first."""
        if self.run_state.paused and self._run:
            # What is shown stays; the rest is given up for the statement asked for now.
            self._next_run = message
            self._run.gate.enough()
        elif reason := self._cannot_run(message):
            self._warn(reason)
        elif names := _parameters(message.statements):
            dialog = ParametersDialog(names, self._values)
            self.app.push_screen(dialog, partial(self._bind, message.statements))
        else:
            self._run_checked(message)

    def _run_checked(self, message: m.RunRequested) -> None:
        if dangers := self._dangers(message.statements):
            self._ask_about(dangers, message)
        else:
            self._start_run(message.statements, self.session.discipline)

    def _bind(
        self, statements: tuple[Statement, ...], values: dict[str, str | None] | None
    ) -> None:
        """Put the values in and go on; they are offered again next time."""
        if values is None:
            return
        self._values.update(values)
        try:
            bound = self.query_one(EditorPane).bind(statements, self._values)
        except InputError as error:
            self._warn(error.message)
        else:
            self._run_checked(m.RunRequested(bound))

    def _cannot_run(self, message: m.RunRequested) -> str:
        if self.run_state.running:
            return "A statement is running; esc cancels it."
        if not message.statements:
            return "There is no statement at the cursor."
        return "" if self._pair else "Open a cluster first: F2, then enter."

    def _dangers(self, statements: tuple[Statement, ...]) -> tuple[Danger, ...]:
        """Return what should be asked about; the server asks for itself in read-only mode."""
        if self.session.discipline.read_only:
            return ()
        return dangers_of(statements, can_look=not self.session.in_transaction)

    def _ask_about(self, dangers: tuple[Danger, ...], message: m.RunRequested) -> None:
        if self.session.endpoint is None:
            return
        schema = self.query_one(SchemaPane)
        targets = dict.fromkeys(target for danger in dangers for target in danger.targets)
        estimates = tuple(
            f"{each} {rows}" for each in targets if (rows := schema.estimate_of(each))
        )
        dialog = DangerDialog(
            self.session.endpoint, dangers, estimates, production=self.session.production
        )
        self.app.push_screen(dialog, partial(self._answered, message))

    def _answered(self, message: m.RunRequested, answer: str | None) -> None:
        discipline = self.session.discipline
        if answer == RUN:
            self._start_run(message.statements, discipline)
        elif answer == LOOK:
            self._start_run(message.statements, replace(discipline, manual=True))

    def _start_run(
        self, statements: tuple[Statement, ...], discipline: Discipline, *, quiet: bool = False
    ) -> None:
        run = self._run = Run(
            self.run_state.run_id + 1,
            statements,
            discipline,
            self._retries(),
            row_limit=self._choices.row_limit,
            spill_bytes=self._choices.spill_bytes,
            head_start_s=HEAD_START_S,
            quiet=quiet,
            before=self.session.work.statements if self.session.work else (),
        )
        self.run_state = RunState(run.run_id, True, 0, len(statements), time.monotonic())
        self.offer = None
        self._work(run_statements, self._pair, run, group="run")

    def _retries(self) -> RetryPolicy:
        config = self._config
        return RetryPolicy(config.retry_attempts, config.retry_base_ms, config.retry_cap_ms)

    def _is_running(self, run_id: int) -> bool:
        return self.run_state.running and run_id == self.run_state.run_id

    async def on_statement_started(self, message: m.StatementStarted) -> None:
        """Count it; with the first, the results of the run before go, and not earlier."""
        if self._is_running(message.run_id):
            self.run_state = replace(self.run_state, statement=message.number, row_count=0)
            if message.number == 1:
                await self.query_one(ResultsPane).begin()

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """What a transaction held that died with its session can be run again."""
        if self._is_current(message.endpoint):
            self.offer = offer_after(message.error, "", self.session.work)

    async def on_result_described(self, message: m.ResultDescribed) -> None:
        """A result set begins; its worker reads on when the first rows are on the screen."""
        if self._is_running(message.run_id) and self._run:
            results = self.query_one(ResultsPane)
            await results.describe(message.described)
            if message.first_rows:
                results.append(message.first_rows)
                self.call_after_refresh(self._run.gate.painted)

    def on_rows_arrived(self, message: m.RowsArrived) -> None:
        """Rows."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).append(message.chunk)

    def on_rows_paused(self, message: m.RowsPaused) -> None:
        """The row limit is reached; `m` fetches more, esc or another run leaves the rest."""
        if self._is_running(message.run_id):
            self.run_state = replace(self.run_state, paused=True)
            self.query_one(ResultsPane).pause()

    def on_result_pane_more_wanted(self) -> None:
        """Fetch as many rows again."""
        if self.run_state.paused and self._run:
            self.run_state = replace(self.run_state, paused=False)
            self.query_one(ResultsPane).resume()
            self._run.gate.more()

    def on_statement_stopped(self, message: m.StatementStopped) -> None:
        """The rest stays on the server."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).stop_early()

    def on_notice_arrived(self, message: m.NoticeArrived) -> None:
        """The server said something."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).notice(message.notice)

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        """A statement has ended well; new or gone relations show in the schema."""
        if not self._is_running(message.run_id):
            return
        self.query_one(ResultsPane).complete(message.statement, message.completed)
        self.query_one(EditorPane).learn(message.statement)
        now, affected = self.services.now(), message.completed.rows_affected
        self.session = self.session.after(message.transaction, now, message.statement, affected)
        if message.completed.command_tag.startswith(("CREATE", "ALTER", "DROP")):
            self.add_class("-schema-changed")

    def on_statement_failed(self, message: m.StatementFailed) -> None:
        """Say it in words, put the cursor on the spot, keep what a conflict has undone."""
        if not self._is_running(message.run_id):
            return
        self.query_one(ResultsPane).fail(message.statement, message.error, message.elapsed_ms)
        self.query_one(EditorPane).show_error(message.statement, message.error)
        self.offer = offer_after(message.error, message.statement.text, self.session.work)
        self.session = self.session.after_failure(message.transaction)

    def on_statement_retried(self, message: m.StatementRetried) -> None:
        """A conflict was met by running the statement again; count it in sight."""
        if self._is_running(message.run_id):
            self.query_one(ResultsPane).retry(message.attempt, message.error)

    def on_run_ended(self, message: m.RunEnded) -> None:
        """The transaction is what it is now."""
        if not self._is_running(message.run_id):
            return
        self.run_state = replace(self.run_state, running=False, paused=False)
        self.query_one(ResultsPane).end()
        if not message.session_open and self.session.phase is not Phase.FAILED:
            self.session = self.session.ended()
        if self.has_class("-schema-changed") and not self.session.in_transaction:
            self.remove_class("-schema-changed")
            self.action_refresh_schema()
        following, self._next_run = self._next_run, None
        if following:
            self.on_run_requested(following)

    def action_run_statement(self) -> None:
        """Run the selection or the statement at the cursor."""
        self.query_one(EditorPane).request_run(everything=False)

    def action_run_all(self) -> None:
        """Run the whole buffer."""
        self.query_one(EditorPane).request_run(everything=True)

    def action_show_history(self, only_snippets: bool = False) -> None:
        """Search what was run and the snippets; the chosen one goes to the editor."""
        editor = self.query_one(EditorPane)
        self.app.push_screen(
            HistoryDialog(self.services, only_snippets=only_snippets),
            lambda statement: editor.insert(statement) if statement else None,
        )

    def action_show_messages(self) -> None:
        """Bring the messages to the front."""
        self.query_one(ResultsPane).show_messages()

    def action_cancel(self) -> None:
        """Ask the server to cancel; what it makes of it shows in the run."""
        if self.run_state.paused and self._run:
            self._run.gate.enough()
            return
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


def _parameters(statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """Return the parameters of all statements, each once."""
    names: dict[str, None] = {}
    for statement in statements:
        if ":" in statement.text or "$" in statement.text:
            names.update(dict.fromkeys(parameters_of(statement.text)))
    return tuple(names)
