"""Runs transactions on a session that is replaced before its maximum duration ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from dsql_tui.errors import OccConflict, SessionLost, StatementError
from dsql_tui.model.result import Completed, RowChunk, TransactionStatus
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.events import Retried
from dsql_tui.sql.statements.outcome import OUTCOME_UNKNOWN

UNATTENDED = RetryPolicy(attempts=5, base_ms=5, cap_ms=1_000)
"""A long run ends when retries are exhausted, so there are more of them, with longer waits."""


@dataclass(frozen=True, slots=True)
class TransactionOutcome:
    """The result of a transaction.

    Attributes:
        rows: Rows changed.
        first_row: Cells of the first row it answered, if it was a single statement.
        was_there: It had been done before, by a run that did not see its end.
    """

    rows: int = 0
    first_row: tuple[str | None, ...] = ()
    was_there: bool = False


class TransactionRunner:
    """Runs transactions; owns the session.

    Args:
        connect: Opens a session.
        settings: Statements a fresh session is set up with; may grow.
        policy: How conflicts are retried.
        stop: Set by the user; waiting then ends at once.
    """

    def __init__(
        self,
        connect: Callable[[], Session],
        settings: Sequence[str],
        policy: RetryPolicy,
        stop: Event,
    ) -> None:
        self._connect = connect
        self._settings = list(settings)
        self._policy = policy
        self._stop = stop
        self._session = RenewingSession(self._open)

    @property
    def session(self) -> Session:
        """The session, opened or replaced if needed; call it between transactions."""
        return self._session.fit()

    def set(self, statement: str) -> None:
        """Run a SET statement, now and in every later session."""
        _execute(self.session, statement)
        self._settings.append(statement)

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _open(self) -> Session:
        session = self._connect()
        try:
            for setting in self._settings:
                _execute(session, setting)
        except (StatementError, SessionLost):
            session.close()
            raise
        return session

    def run(
        self, statements: Sequence[str], *, together: bool
    ) -> Iterator[Retried | TransactionOutcome]:
        """Run statements as one transaction, or a single one in autocommit.

        Yields:
            A `Retried` for each conflict, and at the end the `TransactionOutcome`.

        Raises:
            StatementError: Refused; nothing is stored.
            SessionLost: Lost; `outcome_unknown` only if it was being committed.
        """
        retries = Retries(self._policy, stop=self._stop)
        while True:
            try:
                yield self._once(statements, together=together)
                return
            except OccConflict as conflict:
                if not retries.begin():
                    raise
                yield Retried(retries.number, retries.wait_s, conflict.message)
            retries.wait()

    def _once(self, statements: Sequence[str], *, together: bool) -> TransactionOutcome:
        session = self.session
        if not together:
            return _commit(session, statements[0])
        rows = done = 0
        try:
            _execute(session, "BEGIN")
            for statement in statements:
                rows += _execute(session, statement).rows
                done += 1
        except SessionLost as lost:
            raise SessionLost(lost.message, outcome_unknown=False, remedy=lost.remedy) from None
        except StatementError as error:
            error.index = done
            _roll_back(session)
            raise
        _commit(session, "COMMIT")
        return TransactionOutcome(rows)


def _commit(session: Session, statement: str) -> TransactionOutcome:
    """Run a statement that commits: COMMIT, or one that is a transaction by itself."""
    try:
        return _execute(session, statement)
    except StatementError as error:
        if error.sqlstate == OUTCOME_UNKNOWN:
            raise SessionLost(error.message, outcome_unknown=True) from None
        raise


def _roll_back(session: Session) -> None:
    if session.is_open and session.transaction_status is not TransactionStatus.IDLE:
        with suppress(StatementError, SessionLost):
            _execute(session, "ROLLBACK")


def _execute(session: Session, statement: str) -> TransactionOutcome:
    """Run one statement to its end and keep its first row."""
    rows = 0
    first: tuple[str | None, ...] = ()
    for event in session.run(statement):
        if isinstance(event, RowChunk) and not first and event.row_count:
            first = tuple(event.text(0, column) for column in range(event.rows.nfields))
        elif isinstance(event, Completed):
            rows = event.rows_affected or 0
    return TransactionOutcome(rows, first)
