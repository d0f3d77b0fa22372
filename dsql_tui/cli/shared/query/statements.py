"""Runs the statements of a command line in sequence on one session.

A statement whose rows are written while it changes something runs in its own transaction, which
is committed when the rows are written: if they cannot be written, nothing is changed.

A conflict is retried under the same condition as in the console: the statement is its own
transaction and may be repeated. Unlike there, a statement with rows already written is not
retried, because the output cannot be undone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from decimal import Decimal
from functools import partial
from itertools import count

import click

from dsql_tui.cli.shared.exit_codes import ExitCode, exit_code_of
from dsql_tui.cli.shared.query.psql_steps import CommandStep, QueryStep, WatchStep
from dsql_tui.cli.shared.query.results import ResultWriter
from dsql_tui.cli.shared.report import print_retry, report
from dsql_tui.cli.shared.signals import INTERRUPTION
from dsql_tui.cli.shared.terminal import echo_line, narrate, narrates
from dsql_tui.errors import (
    DsqlTuiError,
    InputError,
    OccConflict,
    SessionLost,
    StatementCancelled,
    StatementError,
)
from dsql_tui.model.cells import inert_lines
from dsql_tui.model.result import (
    Completed,
    Described,
    Notice,
    RowChunk,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.model.span import duration
from dsql_tui.pg.dpu import measure_dpu
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.statements.classify import StatementClass, StatementKind, classify
from dsql_tui.sql.statements.outcome import OUTCOME_UNKNOWN, with_outcome
from dsql_tui.sql.statements.sources import SourceStatement

_ROLLED_BACK = "The statement was rolled back: it has changed nothing."
_COMMITS = {"COMMIT", "END"}
_OPEN = {TransactionStatus.IN_TRANSACTION, TransactionStatus.FAILED}


class StatementRunner:
    """Runs statements and writes their results.

    Args:
        connect: Returns the session, or the one that replaces it between runs of a watch.
        writer: Receives the rows.
        discipline: Read-only on a protected cluster.
        retries: How conflicts are retried.
        million_dpu: Price of a million DPU in dollars.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        writer: ResultWriter,
        discipline: Discipline,
        retries: RetryPolicy,
        *,
        million_dpu: Decimal = Decimal(0),
    ) -> None:
        self._connect = connect
        self._session = connect()
        self._million_dpu = million_dpu
        self._writer = writer
        self._discipline = discipline
        self._retries = retries
        self._held: list[SourceStatement] = []
        """What ran in the transaction that is open, its BEGIN first."""
        self._is_over = False

    def run(self, statements: Sequence[QueryStep]) -> int:
        """Run statements in order up to the first failure; return the exit code."""
        try:
            for number, statement in enumerate(statements, start=1):
                code = self._checked(statement)
                if self._is_over:
                    break
                if code == ExitCode.OK and INTERRUPTION.is_received:
                    code = INTERRUPTION.exit_code
                    left = len(statements) - number
                    if left or not isinstance(statement, WatchStep):
                        echo_line(f"Interrupted: {left} statements were not run.", err=True)
                if code != ExitCode.OK:
                    self._end_transaction()
                    return code
        except BaseException:
            self._end_transaction()
            raise
        if self._end_transaction():
            return ExitCode.TRANSACTION_OPEN
        self._writer.finish()
        return ExitCode.OK

    def _checked(self, step: QueryStep) -> int:
        """Run one statement or command; report its error and return the exit code."""
        if isinstance(step, WatchStep):
            return self._watch(step)
        statement = step.statement if isinstance(step, CommandStep) else step
        try:
            if isinstance(step, CommandStep):
                self._is_over = not step.perform(self._session)
            else:
                self._run(statement)
        except StatementCancelled as error:
            if not INTERRUPTION.is_received:
                report(error, statement.place())
                return exit_code_of(error)
            echo_line(f"Interrupted: {statement.place()}: the statement was cancelled.", err=True)
            return INTERRUPTION.exit_code
        except StatementError as error:
            report(error, statement.place(error.position))
            return exit_code_of(error)
        except DsqlTuiError as error:
            report(error, statement.place())
            return exit_code_of(error)
        return ExitCode.OK

    def _watch(self, step: WatchStep) -> int:
        """Run steps again up to the first failure, a signal, the last run, or no more reader."""
        dpu: Decimal | None = None
        for number in count(1):
            started = time.monotonic()
            self._session = self._connect()
            for each in step.steps:
                code = self._checked(each)
                if code != ExitCode.OK:
                    return code
            if number == 1 and narrates() and len(step.steps) == 1:
                dpu = measure_dpu(self._session, step.statement.text)
            spent = step.watch.cost_words(number, dpu, self._million_dpu)
            narrate(f"Run {number:,} · {step.watch.words} · {spent}")
            if number == step.watch.count or self._is_over or not self._writer.has_reader:
                break
            with INTERRUPTION.cancelling() as stop:
                if stop.wait(step.watch.pause_s(time.monotonic() - started)):
                    break
        return ExitCode.OK

    def _run(self, statement: SourceStatement) -> None:
        statement_class = classify(statement.text)
        is_idle = self._is_idle
        opening = self._discipline.opening(statement_class, idle=is_idle)
        if not opening and is_idle and _writes_and_answers(statement_class):
            opening = "BEGIN"
        try:
            if opening:
                send = partial(self._in_transaction, opening, statement, statement_class)
            else:
                send = partial(self._stream, statement, statement_class, in_transaction=not is_idle)
            ended = (
                self._retrying(send) if is_idle and statement_class.is_safe_to_repeat else send()
            )
        except SessionLost:
            self._held.clear()  # the error says what became of it
            raise
        finally:
            self._writer.discard()
        for each in ended:
            narrate(f"{each.command_tag} · {duration(each.elapsed_ms)}")
        if self._is_idle:
            self._held.clear()
        else:
            self._held.append(statement)

    def _retrying(self, send: Callable[[], list[Completed]]) -> list[Completed]:
        """Send a statement, and again while it loses conflicts and none of its rows is written."""
        retries = Retries(self._retries)
        written = self._writer.bytes_written
        while True:
            try:
                return send()
            except OccConflict as conflict:
                is_written = self._writer.bytes_written > written
                if is_written or INTERRUPTION.is_received or not retries.begin():
                    raise
                print_retry(retries.number, conflict.message)
            self._writer.withdraw()
            retries.wait()

    @property
    def _is_idle(self) -> bool:
        return self._session.transaction_status is TransactionStatus.IDLE

    def _in_transaction(
        self, opening: str, statement: SourceStatement, statement_class: StatementClass
    ) -> list[Completed]:
        """Run a statement in its own transaction."""
        try:
            self._send(opening)
            ended = self._stream(statement, statement_class, in_transaction=True)
            self._commit(statement)
        except InputError as error:
            remedy = error.remedy if statement_class.only_reads else _ROLLED_BACK
            raise InputError(error.message, remedy=remedy) from None
        finally:
            self._roll_back()
        return ended

    def _stream(
        self, statement: SourceStatement, statement_class: StatementClass, *, in_transaction: bool
    ) -> list[Completed]:
        """Write a statement's results; return its ends.

        Raises:
            InputError: Its rows could not be written. One that may have changed something outside
                of a transaction has been run to its end first.
        """
        text = self._discipline.wording(statement.text, statement_class)
        ended: list[Completed] = []
        unwritten: InputError | None = None
        commits = statement_class.command in _COMMITS or not (
            in_transaction or statement_class.only_reads
        )
        with (
            self._with_outcome(statement.text, self._held, in_transaction, commits=commits),
            closing(
                self._session.run(text, outcome_matters=not statement_class.only_reads)
            ) as events,
            self._cancelled_when_left(),
        ):
            for event in self._awaited(events):
                if isinstance(event, Completed):
                    ended.append(event)
                if INTERRUPTION.is_received or unwritten:
                    continue
                try:
                    self._take(event)
                except InputError as error:
                    if statement_class.only_reads or in_transaction:
                        raise
                    unwritten = error
                if (
                    not self._writer.has_reader
                    and statement_class.only_reads
                    and not in_transaction
                ):
                    break
        if unwritten is not None:
            raise InputError(
                unwritten.message,
                remedy=f"The statement was executed: {ended[-1].command_tag}.",
            )
        return ended

    @contextmanager
    def _cancelled_when_left(self) -> Iterator[None]:
        """Cancel a statement whose answer is given up; all the rest of it would be read."""
        try:
            yield
        except (InputError, KeyboardInterrupt):
            with suppress(SessionLost):
                if self._session.is_running:
                    self._session.request_cancel()
            raise

    def _awaited(self, events: Iterator[StatementEvent]) -> Iterator[StatementEvent]:
        """Yield events; a signal during the wait for one cancels the statement."""
        while True:
            with INTERRUPTION.cancelling(self._session):
                event = next(events, None)
            if event is None:
                return
            yield event

    def _take(self, event: StatementEvent) -> None:
        match event:
            case Described(columns):
                self._writer.begin(columns)
            case RowChunk():
                self._writer.rows(event)
            case Notice(severity, message):
                click.echo(inert_lines(f"{severity}: {message}"), err=True)
            case Completed():
                self._writer.end()

    def _commit(self, statement: SourceStatement) -> None:
        """Commit the transaction that a statement was given."""
        with self._with_outcome("COMMIT", [statement], True, commits=True):
            self._send("COMMIT")

    @contextmanager
    def _with_outcome(
        self, text: str, before: Sequence[SourceStatement], in_transaction: bool, *, commits: bool
    ) -> Iterator[None]:
        """Add the outcome to the error of a statement whose end was not received.

        Args:
            text: The statement.
            before: The statements that ran before it in its transaction.
            in_transaction: Whether a transaction was open when it was sent.
            commits: Whether it commits a change; the error `server unavailable` may then arrive
                after the commit.
        """
        try:
            yield
        except (SessionLost, StatementError) as error:
            if isinstance(error, SessionLost):
                lost = error
            elif commits and error.sqlstate == OUTCOME_UNKNOWN:
                lost = SessionLost(error.message, outcome_unknown=True)
            else:
                raise
            raise with_outcome(
                lost,
                text,
                in_transaction=in_transaction,
                read_only=self._discipline.read_only,
                before=[each.text for each in before],
            ) from None

    def _send(self, text: str) -> None:
        for _event in self._session.run(text):
            pass

    def _roll_back(self) -> None:
        """End a transaction that is still open; closing the session would do it too."""
        if self._session.is_open and self._session.transaction_status in _OPEN:
            with suppress(StatementError, SessionLost):
                self._send("ROLLBACK")

    def _end_transaction(self) -> bool:
        """Roll back and report an open transaction; return whether there was one."""
        if not self._held:
            return False
        self._roll_back()
        echo_line(
            f"Error: {self._held[0].place()}: the transaction that begins here was not committed:"
            " it was rolled back.",
            err=True,
        )
        self._held.clear()
        return True


def _writes_and_answers(statement_class: StatementClass) -> bool:
    kinds = {StatementKind.QUERY, StatementKind.DML}
    return (
        statement_class.kind in kinds
        and not statement_class.only_reads
        and statement_class.answers_rows
    )
