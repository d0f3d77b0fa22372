"""The results of the last run: a tab for each result set, and the messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count as counting

from textual.timer import Timer
from textual.widgets import Static

from dsql_tui.console.results.compare import Pin
from dsql_tui.console.results.jobs_pane import JobsPane, running
from dsql_tui.console.results.messages_pane import MessageLog
from dsql_tui.console.results.plan_pane import PlanPane
from dsql_tui.console.results.result_choices import ResultChoices
from dsql_tui.console.results.result_pane import ResultPane
from dsql_tui.console.results.row_editing.kept import KeptChanges
from dsql_tui.console.results.row_editing.service import ResultOrigin, RowService
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.words import headline
from dsql_tui.console.widgets.frame import TabbedFrame, TabTitle
from dsql_tui.errors import DsqlTuiError, OccConflict
from dsql_tui.model.job import Job
from dsql_tui.model.plan import Plan
from dsql_tui.model.result import Column, Completed, Described, Notice
from dsql_tui.model.span import count
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.store import ResultStore
from dsql_tui.rows.saved import to_text
from dsql_tui.sql.lexing.split import Statement

RESULTS_KEPT = 20
"""Result sets of one run that stay open; with more, the oldest are closed."""
PATIENCE_S = 0.1
"""How long the previous results stay visible while the next statement runs.

Most results arrive sooner, and painting "Running…" first would cost them a frame.
"""
MESSAGES = "messages"
TOO_MANY = "The staged changes are too large to be kept if the console is killed."
KEPT = "Run the statement that showed the rows to stage them again."
EMPTY = "No results. Press {run.statement} to run the statement at the cursor."


@dataclass(frozen=True, slots=True)
class NextAnswer:
    """An answer that is shown when it is complete."""

    columns: tuple[Column, ...]
    arrivals: Arrivals

    def store(self) -> ResultStore:
        """Return its rows so far."""
        store = ResultStore(self.columns)
        for chunk in self.arrivals.take():
            store.append(chunk)
        return store


class ResultsPane(TabbedFrame):
    """Result sets of the last run of one tab, and messages of the last runs."""

    def __init__(
        self,
        choices: ResultChoices,
        now: Callable[[], datetime],
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        self._choices = choices
        self._pin = Pin()
        self._log = MessageLog(now, id=MESSAGES)
        self._empty = Static(with_keys(EMPTY), id="no-results", classes="empty", markup=False)
        self._plan = PlanPane()
        self._jobs = JobsPane(now)
        self._jobs_label = ""
        super().__init__(self._empty, self._log, self._plan, self._jobs, id=id, shown="no-results")
        self._has_plan = False
        self._numbers = counting(1)
        self._let_go = 0
        self._panes: list[ResultPane] = []
        self._previous: list[ResultPane] = []
        self._patience: Timer | None = None
        self._filling: ResultPane | None = None
        self._is_watching = False
        self._next: NextAnswer | None = None
        self._rows: RowService | None = None
        self.kept = KeptChanges()
        """Staged changes from an earlier start."""
        self._warned_of_size = False
        self._retitle()

    def edit_with(self, rows: RowService) -> None:
        """Edit rows of the results through a tab's sessions."""
        self._rows = rows

    @property
    def staged(self) -> int:
        """How many changes to rows are staged."""
        return sum(len(pane.rows.stack.now) for pane in (*self._previous, *self._panes))

    @property
    def waiting(self) -> int:
        """How many changes of an earlier start wait for their rows."""
        return len(self.kept)

    def discard_waiting(self) -> None:
        """Forget the changes of an earlier start."""
        self.wait_with("")

    def wait_with(self, changes: str) -> None:
        """Wait with staged changes of an earlier start until their rows are shown."""
        self.kept.read(changes)
        self._empty.update(self._empty_words())

    def words_of_kept(self) -> str:
        """Return how many changes wait, or why they cannot be used; empty without any."""
        if not self.kept:
            return self.kept.problem
        changes = f"{count(len(self.kept), 'staged change')} to rows"
        return f"{changes} {'is' if len(self.kept) == 1 else 'are'} kept. {KEPT}"

    def _empty_words(self) -> str:
        return self.words_of_kept() or with_keys(EMPTY)

    def saved_changes(self) -> str:
        """Return the staged changes, and those that still wait, as JSON."""
        live = (pane.rows.saved_changes() for pane in (*self._previous, *self._panes))
        sets = [*self.kept.sets, *(each for listed in live for each in listed)]
        text = to_text(sets)
        if sets and not text and not self._warned_of_size:
            self._warned_of_size = True
            self.notify(TOO_MANY, severity="warning", markup=False)
        return text

    def discard_staged(self) -> None:
        """Forget the staged changes; those that still wait are kept."""
        for pane in (*self._previous, *self._panes):
            pane.rows.stack.forget()

    async def begin(self) -> None:
        """Start a run: remove the previous results; their messages stay."""
        if self._is_watching:
            return
        await self._let_previous_go()
        self._filling = None
        self._let_go = 0
        self._previous, self._panes = self._panes, []
        self._log.begin()
        self._patience = self.set_timer(PATIENCE_S, self._show_running)

    async def _show_running(self) -> None:
        self._empty.update(with_keys("Running… press {run.cancel} to cancel"))
        if self._shown_pane() is None:
            self.show_tab(MESSAGES if self.shown == MESSAGES else "no-results")
        await self._let_previous_go()

    async def _let_previous_go(self) -> None:
        if self._patience is not None:
            self._patience.stop()
        previous, self._previous = self._previous, []
        for pane in previous:
            await pane.remove()
        self._retitle()

    async def describe(
        self, described: Described, arrivals: Arrivals, origin: ResultOrigin
    ) -> None:
        """Open a tab for a result set; it receives the rows as they arrive."""
        if self._is_watching:
            self._next = NextAnswer(described.columns, arrivals)
            return
        pane = self._filling = await self._pane_to_fill()
        self._panes.append(pane)
        if len(self._panes) > RESULTS_KEPT:
            self._let_go += 1
            await self._panes.pop(0).remove()
        pane.rows.service, pane.rows.kept = self._rows, self.kept
        pane.begin(described.columns, arrivals, origin)
        if len(self._panes) == 1 or self.shown == MESSAGES:
            follows = self.has_focus_within
            self.show_tab(str(pane.id))
            if follows:  # else the focus would stay on what is hidden now
                pane.grid.focus()
        await self._let_previous_go()

    async def _pane_to_fill(self) -> ResultPane:
        """Return a pane of the run before, which costs nothing to mount, or a new one."""
        if self._previous:
            return self._previous.pop(0)
        pane = ResultPane(choices=self._choices, pin=self._pin, id=f"result-{next(self._numbers)}")
        pane.display = False
        await self.switcher.mount(pane)
        return pane

    def pause(self) -> None:
        """Show that the row limit is reached and more rows remain."""
        if self._filling is not None:
            self._filling.pause()

    def resume(self) -> None:
        """Show that more rows are arriving."""
        if self._filling is not None:
            self._filling.resume()

    def stop_early(self) -> None:
        """Show that the remaining rows stay on the server."""
        if self._next is not None:
            self._show_next(None)
        elif self._filling is not None:
            self._filling.stop_early()
            self._filling = None

    def notice(self, notice: Notice) -> None:
        """Show a notice of the server."""
        self._log.notice(notice)
        self._retitle()

    def complete(self, statement: Statement, completed: Completed) -> None:
        """Show that a statement has succeeded."""
        if self._next is not None:
            self._show_next(completed)
            return
        if self._filling is not None:
            self._filling.finish(completed)
            self._filling = None
        self._log.completed(statement, completed)
        self._retitle()

    def fail(self, statement: Statement, error: DsqlTuiError, elapsed_ms: float) -> None:
        """Show a statement's error; rows received before it stay."""
        self._next = None
        self._log.failed(statement, error, elapsed_ms)
        if self._filling is not None:
            self._filling.fail(f"{headline(error)}: {error.message}")
            self._filling = None
        else:
            self.show_tab(MESSAGES)
        self._retitle()

    def retry(self, attempt: int, error: OccConflict) -> None:
        """Show that a statement had a conflict and is retried; its rows are removed."""
        self._log.retried(attempt, error)
        if self._filling is not None:
            self._filling.clear("Conflict with another transaction. Retrying…")

    def end(self) -> None:
        """End the run; show the messages where there is no result set."""
        if self._is_watching:
            return
        self._empty.update(self._empty_words())
        if not self._panes:
            self.show_tab(MESSAGES)
        self.call_next(self._let_previous_go)

    def say(self, words: str, error: DsqlTuiError) -> None:
        """Show an error outside of a run: opening a session, cancelling."""
        self._log.trouble(words, error)
        self.show_tab(MESSAGES)
        self._retitle()

    def set_watching(self, *, is_on: bool) -> None:
        """Replace the result when the next one is complete and mark what changed, or no longer."""
        self._is_watching, self._next = is_on and bool(self._panes), None
        if not is_on:
            self.watched("")

    def watched(self, words: str) -> None:
        """Show how a watch is getting on, in the status line of its result."""
        for pane in self._panes[-1:]:
            pane.watched(words)

    def _show_next(self, completed: Completed | None) -> None:
        """Show the answer that has arrived; `None` if there was more of it."""
        answer, self._next = self._next, None
        if answer is not None and self._panes:
            self._panes[-1].replace_rows(answer.store(), completed)

    def show_plan(self, plan: Plan, price: Decimal, *, undone: bool) -> None:
        """Show and activate a plan, with its cost at a price per million DPU."""
        self._has_plan = True
        self._plan.show(plan, price, undone=undone)
        self._retitle()
        self.show_tab("plan")

    def show_jobs(self, jobs: Sequence[Job]) -> None:
        """Show the jobs in their tab, with the number of those in progress."""
        self._jobs.show(jobs)
        self._jobs_label = f"Jobs {running(jobs) or ''}".rstrip()
        self._retitle()

    def show_messages(self) -> None:
        """Activate the messages."""
        self.show_tab(MESSAGES)

    async def show_record(self) -> None:
        """Show the cursor's row of the active result as a record."""
        if (pane := self._shown_pane()) is not None:
            await pane.show_record()

    def focus_content(self) -> None:
        """Focus the grid or the messages."""
        if (pane := self._shown_pane()) is not None:
            pane.grid.focus()
        elif self.shown == "plan":
            self._plan.focus()
        elif self.shown == "jobs":
            self._jobs.focus()
        else:
            self._log.focus()

    def _shown_pane(self) -> ResultPane | None:
        return next((pane for pane in self._panes if pane.id == self.shown), None)

    def _retitle(self) -> None:
        one = len(self._panes) <= 1
        labels = [
            TabTitle(str(pane.id), "Results" if one else f"Result {number}")
            for number, pane in enumerate(self._panes, start=self._let_go + 1)
        ] or [TabTitle("no-results", "Results")]
        plan = [TabTitle("plan", "Plan")] if self._has_plan else []
        jobs = [TabTitle("jobs", self._jobs_label)] if self._jobs_label else []
        self.tabs = [*labels, *plan, TabTitle(MESSAGES, "Messages", self._log.mark), *jobs]
        self.draw_title()
