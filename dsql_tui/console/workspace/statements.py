"""Running statements and cancelling them: each tab runs its own, whatever is in front."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.desk import Desk
from dsql_tui.console.dialogs.danger import LOOK, RUN, DangerDialog
from dsql_tui.console.dialogs.history import HistoryDialog
from dsql_tui.console.dialogs.parameters import ParametersDialog
from dsql_tui.console.memory import Memory
from dsql_tui.console.offers import offer_after
from dsql_tui.console.running import HEAD_START_S, RetryPolicy, Run, run_statements
from dsql_tui.console.services import Services
from dsql_tui.console.state import Phase, RunState
from dsql_tui.console.transaction import Danger, Discipline, dangers_of
from dsql_tui.console.workspace.sessions import NO_CLUSTER, Sessions
from dsql_tui.errors import InputError, SessionLost
from dsql_tui.sql.params import parameters_of
from dsql_tui.sql.split import Statement

CANCEL_PATIENCE_S = 5.0
"""How long a cancel may stay unconfirmed; then the session is closed, and the screen says so."""


class Statements(Sessions):
    """Routes between the editor, the workers that run and the results."""

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._values: dict[str, str | None] = {}
        """Values given for parameters, by how they are spelled."""
        self._goes_on = False
        """Whether the statements behind one that was refused still run."""

    def on_run_requested(self, message: m.RunRequested) -> None:
        """One run at a time in a tab, on its session; what destroys is asked about first."""
        desk = self._desks.get(message.tab)
        if desk is None:
            return
        if desk.run_state.paused and desk.run:
            # What is shown stays; the rest is given up for the statement asked for now.
            desk.next_run = message
            desk.run.gate.enough()
        elif reason := _cannot_run(desk, message):
            self._warn(reason)
        elif desk.pair is None:
            self._with_pair(desk, partial(self.on_run_requested, message))
        else:
            self._with_values(desk, message.statements, partial(self._run_checked, desk))

    def _run_checked(self, desk: Desk, statements: tuple[Statement, ...]) -> None:
        if dangers := _dangers(desk, statements):
            self._ask_about(desk, dangers, statements)
        else:
            self._start_run(desk, statements, desk.session.discipline)

    def _with_values(
        self,
        desk: Desk,
        statements: tuple[Statement, ...],
        then: Callable[[tuple[Statement, ...]], None],
    ) -> None:
        """Go on with the statements once the person has given their parameters values."""
        if names := _parameters(statements):
            bind = partial(self._bind, desk, statements, then)
            self.app.push_screen(ParametersDialog(names, self._values), bind)
        else:
            then(statements)

    def _bind(
        self,
        desk: Desk,
        statements: tuple[Statement, ...],
        then: Callable[[tuple[Statement, ...]], None],
        values: dict[str, str | None] | None,
    ) -> None:
        """Put the values in and go on; they are offered again next time."""
        if values is None:
            return
        self._values.update(values)
        try:
            bound = self._editor.bind(desk.key, statements, self._values)
        except InputError as error:
            self._warn(error.message)
        else:
            then(bound)

    def _ask_about(
        self, desk: Desk, dangers: tuple[Danger, ...], statements: tuple[Statement, ...]
    ) -> None:
        session = desk.session
        if session.endpoint is None:
            return
        schema = self._schemas.pane(session.endpoint)
        targets = dict.fromkeys(target for danger in dangers for target in danger.targets)
        estimates = tuple(
            f"{each} {rows}" for each in targets if (rows := schema.estimate_of(each))
        )
        dialog = DangerDialog(session.endpoint, dangers, estimates, production=session.production)
        self.app.push_screen(dialog, partial(self._answered, desk, statements))

    def _answered(self, desk: Desk, statements: tuple[Statement, ...], answer: str | None) -> None:
        discipline = desk.session.discipline
        if answer == RUN:
            self._start_run(desk, statements, discipline)
        elif answer == LOOK:
            self._start_run(desk, statements, replace(discipline, manual=True))

    def _start_run(
        self,
        desk: Desk,
        statements: tuple[Statement, ...],
        discipline: Discipline,
        *,
        quiet: bool = False,
    ) -> None:
        run = desk.run = Run(
            desk.run_state.run_id + 1,
            statements,
            discipline,
            self._retries(),
            row_limit=self._choices.row_limit,
            spill_bytes=self._choices.spill_bytes,
            head_start_s=HEAD_START_S,
            go_on=self._goes_on,
            quiet=quiet,
            before=desk.session.work.statements if desk.session.work else (),
        )
        desk.failed, desk.offer = False, None
        state = RunState(run.run_id, True, 0, len(statements), time.monotonic())
        self._put(desk, session=desk.session.at_work(), run_state=state)
        self._work_for(desk, run_statements, desk.pair, run, group="run")

    def _retries(self) -> RetryPolicy:
        config = self._config
        return RetryPolicy(config.retry_attempts, config.retry_base_ms, config.retry_cap_ms)

    def _desk_running(self, message: m.RunMessage) -> Desk | None:
        """Return the tab whose run a message tells about, unless that run is over."""
        desk = self._desk_of(message)
        if desk is None or not desk.run_state.running:
            return None
        return desk if message.run_id == desk.run_state.run_id else None

    async def on_statement_started(self, message: m.StatementStarted) -> None:
        """Count it; with the first, the results of the run before go, and not earlier."""
        if desk := self._desk_running(message):
            state = replace(desk.run_state, statement=message.number, row_count=0)
            self._put(desk, run_state=state)
            if message.number == 1:
                await desk.results.begin()

    def on_session_failed(self, message: m.SessionFailed) -> None:
        """What a transaction held that died with its session can be run again."""
        if (desk := self._desk_of(message)) and desk.is_at(message.endpoint):
            desk.offer = offer_after(message.error, "", desk.session.work)

    async def on_result_described(self, message: m.ResultDescribed) -> None:
        """A result set begins; its worker reads on when the first rows are on the screen."""
        if (desk := self._desk_running(message)) and desk.run:
            await desk.results.describe(message.described, message.arrivals)
            self.call_after_refresh(desk.run.gate.painted)

    def on_rows_paused(self, message: m.RowsPaused) -> None:
        """The row limit is reached; `m` fetches more, esc or another run leaves the rest."""
        if desk := self._desk_running(message):
            desk.results.pause()
            self._put(desk, run_state=replace(desk.run_state, paused=True))
            self._read_what_changed(desk)

    def on_result_pane_more_wanted(self) -> None:
        """Fetch as many rows again."""
        desk = self._desk
        if desk.run_state.paused and desk.run:
            desk.results.resume()
            self._put(desk, run_state=replace(desk.run_state, paused=False))
            desk.run.gate.more()

    def on_statement_stopped(self, message: m.StatementStopped) -> None:
        """The rest stays on the server."""
        if desk := self._desk_running(message):
            desk.results.stop_early()

    def on_notice_arrived(self, message: m.NoticeArrived) -> None:
        """The server said something."""
        if desk := self._desk_running(message):
            desk.results.notice(message.notice)

    def on_statement_completed(self, message: m.StatementCompleted) -> None:
        """A statement has ended well; new or gone relations show in the schema."""
        if (desk := self._desk_running(message)) is None:
            return
        desk.results.complete(message.statement, message.completed)
        self._editor.learn(desk.key, message.statement)
        now, affected = self.services.now(), message.completed.rows_affected
        session = desk.session.after(message.transaction, now, message.statement, affected)
        self._put(desk, session=session)
        if message.completed.command_tag.startswith(("CREATE", "ALTER", "DROP")):
            desk.schema_changed = True

    def on_statement_failed(self, message: m.StatementFailed) -> None:
        """Say it in words, put the cursor on the spot, keep what a conflict has undone."""
        if (desk := self._desk_running(message)) is None:
            return
        desk.failed = True
        desk.results.fail(message.statement, message.error, message.elapsed_ms)
        self._editor.show_error(desk.key, message.statement, message.error)
        desk.offer = offer_after(message.error, message.statement.text, desk.session.work)
        self._put(desk, session=desk.session.after_failure(message.transaction))

    def on_statement_retried(self, message: m.StatementRetried) -> None:
        """A conflict was met by running the statement again; count it in sight."""
        if desk := self._desk_running(message):
            desk.results.retry(message.attempt, message.error)

    def on_run_ended(self, message: m.RunEnded) -> None:
        """The transaction is what it is now."""
        if (desk := self._desk_running(message)) is None:
            return
        spent_s = time.monotonic() - desk.run_state.started_at
        self._put(desk, run_state=replace(desk.run_state, running=False, paused=False))
        desk.results.end()
        if not message.session_open and desk.session.phase is not Phase.FAILED:
            self._put(desk, session=desk.session.ended())
        self._tell_end(desk, "The run", spent_s)
        self._tell_problems()
        self._read_what_changed(desk)
        following, desk.next_run = desk.next_run, None
        if following:
            self.on_run_requested(following)

    def action_run_statement(self) -> None:
        """Run the selection or the statement at the cursor."""
        self._editor.request_run(everything=False)

    def action_toggle_go_on(self) -> None:
        """Run what stands behind a statement that was refused, or stop there."""
        self._goes_on = not self._goes_on
        self.notify(
            "Runs go on behind a statement that is refused, unless its transaction has failed."
            if self._goes_on
            else "Runs stop at the first error.",
            markup=False,
        )

    def action_run_all(self) -> None:
        """Run the whole buffer."""
        self._editor.request_run(everything=True)

    def action_show_history(self, only_snippets: bool = False) -> None:
        """Search what was run and the snippets; the chosen one goes to the editor."""

        def chosen(text: str | None) -> None:
            self._tell_problems()
            if text:
                self._editor.insert(text)

        self.app.push_screen(HistoryDialog(self.services, only_snippets=only_snippets), chosen)

    def action_show_messages(self) -> None:
        """Bring the messages to the front."""
        self._desk.results.show_messages()

    def action_cancel(self) -> None:
        """Ask the server to cancel; what it makes of it shows in the run."""
        desk = self._desk
        if desk.run_state.paused and desk.run:
            desk.run.gate.enough()
            return
        session = desk.pair.current if desk.pair else None
        if session is None or desk.run_state.cancel_requested:
            return
        run_id = desk.run_state.run_id
        self._put(desk, run_state=replace(desk.run_state, cancel_requested=True))
        self._work_for(desk, jobs.cancel_run, session, run_id, group="cancel")
        self.set_timer(CANCEL_PATIENCE_S, partial(self._give_up, desk, run_id))

    def _give_up(self, desk: Desk, run_id: int) -> None:
        """Close a session whose cancel was not confirmed in time."""
        state = desk.run_state
        if state.running and state.run_id == run_id and desk.pair is not None:
            words = (
                f"The server did not confirm in {CANCEL_PATIENCE_S:.0f} s; the session is closed."
            )
            self._say("cancelling", SessionLost(words, outcome_unknown=True), desk)
            self.run_worker(desk.pair.drop_user, thread=True, group="closing")

    def on_cancel_failed(self, message: m.CancelFailed) -> None:
        """The request did not arrive."""
        if desk := self._desk_running(message):
            self._say("cancelling", message.error, desk)


def _cannot_run(desk: Desk, message: m.RunRequested) -> str:
    if desk.run_state.running:
        return "A statement is running; esc cancels it."
    if not message.statements:
        return "There is no statement at the cursor."
    return "" if desk.session.target else NO_CLUSTER


def _dangers(desk: Desk, statements: tuple[Statement, ...]) -> tuple[Danger, ...]:
    """Return what should be asked about; the server asks for itself in read-only mode."""
    if desk.session.discipline.read_only:
        return ()
    return dangers_of(statements, can_look=not desk.session.in_transaction)


def _parameters(statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """Return the parameters of all statements, each once."""
    names: dict[str, None] = {}
    for statement in statements:
        if ":" in statement.text or "$" in statement.text:
            names.update(dict.fromkeys(parameters_of(statement.text)))
    return tuple(names)
