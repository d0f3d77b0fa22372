"""The worker function of Run: executes statements in order.

Like every worker it uses no widget. A conflict is retried only if the server reported that nothing
was committed and the statement was its own transaction; a statement whose outcome is unknown is
never replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from textual.message import Message

from dsql_tui import history
from dsql_tui.console.messages.statements import (
    NoticeArrived,
    ResultDescribed,
    RowsPaused,
    RunEnded,
    StatementCompleted,
    StatementFailed,
    StatementRetried,
    StatementStarted,
    StatementStopped,
)
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.session.workers import open_session
from dsql_tui.console.shared.latencies import COMMIT, Latencies, operation_of
from dsql_tui.console.shared.services import OpenSession
from dsql_tui.console.shared.ui import Post
from dsql_tui.errors import (
    DsqlTuiError,
    InputError,
    OccConflict,
    SessionLost,
    StatementError,
)
from dsql_tui.model.result import (
    Completed,
    Described,
    Notice,
    RowChunk,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.spill import ChunkSpiller
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.statements.classify import StatementClass, StatementKind, classify
from dsql_tui.sql.statements.outcome import with_outcome

HEAD_START_S = 0.05
"""The first rows are painted before reading the rest competes for the interpreter; so long at most.

Measured on two cores: key to first row 27 ms without a head start, 11 ms with it.
"""
CANCELED = "57014"
UNSEEN_END = "08006"
"""Saved in the history in place of a SQLSTATE: the connection was lost."""


class Gate:
    """Where a worker waits for the screen and, at the row limit, for a decision."""

    def __init__(self) -> None:
        self._decided = Event()
        self._painted = Event()
        self._enough = False

    def expect_paint(self) -> None:
        """Make the worker wait until the first rows are painted."""
        self._painted.clear()

    def await_paint(self, at_most_s: float) -> None:
        """Wait until the first rows are painted, up to a time limit."""
        self._painted.wait(at_most_s)

    def painted(self) -> None:
        """Continue the worker after the first rows were painted."""
        self._painted.set()

    def wait(self) -> bool:
        """Wait for a decision; return whether to fetch more."""
        self._decided.wait()
        self._decided.clear()
        return not self._enough

    def more(self) -> None:
        """Make the worker fetch as many rows again."""
        self._decided.set()

    def enough(self) -> None:
        """Stop the worker, whether it waits now or later."""
        self._enough = True
        self._decided.set()


@dataclass(frozen=True, slots=True)
class RunOrder:
    """The statements and options of one run.

    Attributes:
        run_id: Identifies the run in each of its messages.
        statements: In order.
        discipline: How each is run.
        retries: How conflicts are retried.
        row_limit: Rows of a result before asking; 0 for all.
        spill_bytes: Memory for the rows of a result; 0 is no bound.
        head_start_s: How long the first rows of a result may take to be painted undisturbed.
        gate: Where the worker waits.
        go_on: Run the rest when one is refused.
        quiet: Save nothing in the history, for internal commands. A statement that begins with a
            blank on its line is never saved: that is how a person opts out.
        only_first_rows: Stop at the row limit without asking.
        before: The statements already run in the open transaction, oldest first.
    """

    run_id: int
    statements: tuple[Statement, ...]
    discipline: Discipline = field(default_factory=Discipline)
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    row_limit: int = 0
    spill_bytes: int = 0
    head_start_s: float = 0.0
    gate: Gate = field(default_factory=Gate)
    go_on: bool = False
    quiet: bool = False
    only_first_rows: bool = False
    before: tuple[str, ...] = ()


def run_statements(pair: SessionPair, run: RunOrder, post: Post) -> None:
    """Run statements in order, posting the results of each.

    The first statement that fails ends the run. With `go_on`, one that the server refused does
    not: the rest still runs, unless a failed transaction would refuse it too.
    """
    session = None
    held = list(run.before)
    for number, statement in enumerate(run.statements, start=1):
        session = open_session(pair, post)
        if session is None:
            break
        statement_class = classify(statement.text)
        execution = _Execution(
            session, run, number, statement, statement_class, post, pair.services.latencies, held
        )
        ended_well = execution.run()
        if session.transaction_status is TransactionStatus.IDLE:
            held.clear()
        else:
            held.append(statement.text)
        if not run.quiet and not statement.is_private:
            pair.services.remember(execution.for_history(pair.services.now()))
        if not ended_well and not (run.go_on and execution.was_refused):
            break
        if pair.settings_due or _sets(statement_class, statement.text):
            pair.remember_settings()
    status = session.transaction_status if session else TransactionStatus.IDLE
    post(RunEnded(run.run_id, status, session is not None and session.is_open))


def _sets(statement_class: StatementClass, text: str) -> bool:
    """Whether a statement may have changed a setting of its session."""
    return statement_class.kind is StatementKind.SESSION or "set_config" in text.lower()


@dataclass(slots=True)
class _Execution:
    """One statement on its way through the session."""

    session: OpenSession
    order: RunOrder
    number: int
    statement: Statement
    statement_class: StatementClass
    post: Post
    latencies: Latencies
    held: Sequence[str] = ()
    waited: bool = False
    ended: Completed | None = None
    sqlstate: str = ""
    row_count: int = 0
    header: Described | None = None
    arrivals: Arrivals = field(default_factory=Arrivals)
    sent_s: float = 0.0
    has_waited: bool = False

    def for_history(self, now: datetime) -> history.HistoryEntry:
        """Return what the history keeps of it."""
        ended, endpoint = self.ended, self.session.endpoint
        rows = (ended.rows_affected or ended.row_count) if ended else None
        return history.HistoryEntry(
            self.statement.text,
            now,
            cluster=endpoint.cluster_name,
            region=endpoint.region,
            role=endpoint.role,
            duration_ms=ended.elapsed_ms if ended else None,
            row_count=rows,
            sqlstate=self.sqlstate,
        )

    @property
    def was_refused(self) -> bool:
        """Whether the server refused it, without a cancel, and accepts the next statement."""
        return (
            self.sqlstate not in {"", UNSEEN_END, CANCELED}
            and self.session.is_open
            and self._status() is not TransactionStatus.FAILED
        )

    def run(self) -> bool:
        """Return whether it ended well."""
        self.post(StatementStarted(self.order.run_id, self.number, self.statement))
        started = time.monotonic()
        retries = Retries(self.order.retries)
        while True:
            alone = self.session.transaction_status is TransactionStatus.IDLE
            try:
                ended_well = self._send(idle=alone)
            except (StatementError, SessionLost, InputError) as error:
                may = isinstance(error, OccConflict) and self._may_repeat(alone=alone)
                again = may and retries.begin()
                self._count(error, again=again)
                if isinstance(error, OccConflict) and again:
                    self._post(StatementRetried, retries.number, error)
                    retries.wait()
                    continue
                elapsed_ms = (time.monotonic() - started) * 1_000
                self.sqlstate = getattr(error, "sqlstate", "") or UNSEEN_END
                failure = self._with_outcome(error, alone=alone)
                self._post(StatementFailed, self.statement, failure, elapsed_ms, self._status())
                return False
            self._count()
            return ended_well

    def _count(self, error: DsqlTuiError | None = None, *, again: bool = False) -> None:
        """Count its latency, unless it waited for a decision."""
        operation, endpoint = operation_of(self.statement_class), self.session.endpoint
        if isinstance(error, OccConflict):
            self.latencies.conflicted(operation, endpoint, retried=again)
        if error is not None and not again:
            self.latencies.failed(operation, endpoint, error)
        if error is None and self.ended is not None and not self.waited:
            self.latencies.succeeded(operation, endpoint, self.ended.elapsed_ms)

    def _with_outcome(self, error: DsqlTuiError, *, alone: bool) -> DsqlTuiError:
        """Return the error with the statement's outcome, if its answer was lost."""
        if not isinstance(error, SessionLost):
            return error
        discipline = self.order.discipline
        return with_outcome(
            error,
            self.statement.text,
            in_transaction=not alone or discipline.manual,
            read_only=discipline.read_only,
            before=self.held,
        )

    def _send(self, *, idle: bool) -> bool:
        """Return whether it ran to its end; fetching may have been stopped."""
        discipline = self.order.discipline
        opening = discipline.opening(self.statement_class, idle=idle)
        if opening:
            _answer(self.session, opening)
        closes = bool(opening) and not discipline.manual
        try:
            text = discipline.wording(self.statement.text, self.statement_class)
            ended = self._stream(text)
            if closes and ended:
                with self.latencies.timed(COMMIT, self.session.endpoint):
                    _answer(self.session, COMMIT)
            for completed in ended:
                self._post(StatementCompleted, self.statement, completed, self._status())
            return bool(ended)
        finally:
            if closes and self._status() is not TransactionStatus.IDLE and self.session.is_open:
                with suppress(StatementError, SessionLost):
                    _answer(self.session, "ROLLBACK")

    def _stream(self, text: str) -> list[Completed]:
        """Post the results; post the end once the transaction's state is known too."""
        ended: list[Completed] = []
        self.row_count, self.header, self.has_waited = 0, None, False
        self.sent_s = time.monotonic()
        matters = not self.statement_class.only_reads
        with closing(self.session.run(text, outcome_matters=matters)) as events:
            for event in self._within_limit(events):
                self._forward(event)
                if isinstance(event, Completed):
                    self.ended = event
                    ended.append(event)
        if not ended:
            self._post(StatementStopped)
        return ended

    def _within_limit(self, events: Iterator[StatementEvent]) -> Iterator[StatementEvent]:
        """Yield events, waiting at the gate before a chunk beyond the row limit.

        Raises:
            InputError: The rows do not fit into the temporary file.
        """
        spiller = ChunkSpiller(self.order.spill_bytes)
        limit = self.order.row_limit
        for event in events:
            if not isinstance(event, RowChunk):
                yield event
                continue
            if limit and self.row_count >= limit:
                if self.order.only_first_rows:
                    return
                self._post(RowsPaused)
                self.waited = True
                if not self.order.gate.wait():
                    return
                limit += self.order.row_limit
            self.row_count += event.row_count
            yield spiller.keep(event)

    def _may_repeat(self, *, alone: bool) -> bool:
        return alone and not self.order.discipline.manual and self.statement_class.is_safe_to_repeat

    def _forward(self, event: StatementEvent) -> None:
        """Post an event; a header waits for the next event, rows wait to be read."""
        match event:
            case Described():
                self.header, self.arrivals = event, Arrivals(self.sent_s)
            case RowChunk():
                self._give_head_start()
                self.arrivals.put(event)
                self._show_header()
            case Notice():
                self._post(NoticeArrived, event)
            case Completed():
                self._show_header()

    def _show_header(self) -> None:
        """Post a result, together with its first rows if it has any."""
        header, self.header = self.header, None
        if header is not None:
            self.order.gate.expect_paint()
            self._post(ResultDescribed, header, self.arrivals)

    def _give_head_start(self) -> None:
        """Wait until the first rows are painted, once it is known that there are more."""
        if self.header is None and not self.has_waited and self.order.head_start_s:
            self.has_waited = True
            self.order.gate.await_paint(self.order.head_start_s)

    def _post(self, kind: Callable[..., Message], *facts: object) -> None:
        self.post(kind(self.order.run_id, self.number, *facts))

    def _status(self) -> TransactionStatus:
        return self.session.transaction_status


def _answer(session: OpenSession, command: str) -> None:
    """Run an internal command and discard its results."""
    for _ in session.run(command):
        pass
