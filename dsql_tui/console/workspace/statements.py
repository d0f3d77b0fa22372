"""Running statements and cancelling them."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.panes.editor import EditorPane
from dsql_tui.console.panes.results import ResultsPane
from dsql_tui.console.state import Phase, RunState
from dsql_tui.console.workspace.sessions import Sessions
from dsql_tui.errors import SessionLost

CANCEL_PATIENCE_S = 5.0
"""How long a cancel may stay unconfirmed; then the session is closed, and the screen says so."""


class Statements(Sessions):
    """Routes between the editor, the worker that runs and the results."""

    _run: jobs.Run | None = None
    _next_run: m.RunRequested | None = None
    """What runs when the paused run has ended."""

    def on_run_requested(self, message: m.RunRequested) -> None:
        """One run at a time, on the session there is."""
        if self.run_state.paused and self._run:
            # What is shown stays; the rest is given up for the statement asked for now.
            self._next_run = message
            self._run.gate.enough()
        elif reason := self._cannot_run(message):
            self._warn(reason)
        else:
            self._start_run(message)

    def _cannot_run(self, message: m.RunRequested) -> str:
        if self.run_state.running:
            return "A statement is running; esc cancels it."
        if not message.statements:
            return "There is no statement at the cursor."
        return "" if self._pair else "Open a cluster first: F2, then enter."

    def _start_run(self, message: m.RunRequested) -> None:
        choices = self._choices
        run = self._run = jobs.Run(
            self.run_state.run_id + 1,
            message.statements,
            row_limit=choices.row_limit,
            spill_bytes=choices.spill_bytes,
        )
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
        self.run_state = replace(self.run_state, running=False, paused=False)
        self.query_one(ResultsPane).end()
        if message.session_open:
            self.session = self.session.with_transaction(message.transaction, self.services.now())
        elif self.session.phase is not Phase.FAILED:
            self.session = self.session.ended()
        if self.has_class("-schema-changed") and not self.session.in_transaction:
            self.remove_class("-schema-changed")
            self.action_refresh_schema()
        following, self._next_run = self._next_run, None
        if following:
            self._start_run(following)

    def action_run_statement(self) -> None:
        """Run the selection or the statement at the cursor."""
        self.query_one(EditorPane).request_run(everything=False)

    def action_run_all(self) -> None:
        """Run the whole buffer."""
        self.query_one(EditorPane).request_run(everything=True)

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
