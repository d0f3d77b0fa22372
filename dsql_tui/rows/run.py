"""Runs the statements of staged changes in one transaction.

Each statement must change exactly the row that was shown; otherwise nothing is kept, and the caller
learns what that row is now. A conflict is retried: the conditions are then checked again on what is
committed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from dsql_tui.errors import InputError, SessionLost, StatementError
from dsql_tui.model.result import (
    Completed,
    Described,
    RowChunk,
    StatementEvent,
    TransactionStatus,
)
from dsql_tui.pg.retry import Retries, retrying
from dsql_tui.rows.editability import EditableTable
from dsql_tui.rows.staged import Row, RowKey
from dsql_tui.rows.statements import RowStatement, current_row
from dsql_tui.sql.statements.outcome import OUTCOME_UNKNOWN, with_outcome

Texts = tuple[str | None, ...]
OTHER_STYLES = "DateStyle, IntervalStyle or TimeZone has changed since the result was read."


class RunningSession(Protocol):
    """The part of `pg.session.Session` that is used."""

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, as far as is known."""
        ...

    @property
    def transaction_status(self) -> TransactionStatus:
        """The transaction status after the last response."""
        ...

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        """Run one statement and yield its events as they arrive."""
        ...


@dataclass(frozen=True, slots=True)
class ChangesRan:
    """All statements ran.

    Attributes:
        returned: What each row is now, by the columns that its statement returns; `None` for a
            deleted row.
        committed: Whether they are committed; otherwise they are part of the open transaction.
    """

    returned: Mapping[Row, Texts | None]
    committed: bool


@dataclass(frozen=True, slots=True)
class RowDiffers:
    """A row differs from what was shown; all statements were rolled back.

    Attributes:
        statement: The statement that would have changed it.
        now: The row as stored, by the columns that the result shows; `None` if it was deleted.
        rolled_back: Whether the transaction that was open before was rolled back with it.
    """

    statement: RowStatement
    now: Texts | None
    rolled_back: bool = False


@dataclass(frozen=True, slots=True)
class StatementRefused:
    """The server refused a statement, or the connection was lost; nothing is stored unless unknown.

    Attributes:
        statement: The statement; `None` for BEGIN and COMMIT.
        error: Why.
    """

    statement: RowStatement | None
    error: StatementError | SessionLost | InputError


ChangesOutcome = ChangesRan | RowDiffers | StatementRefused


class _Differs(Exception):
    """Ends a transaction in which a statement did not change exactly the row that was shown."""

    def __init__(self, statement: RowStatement) -> None:
        super().__init__()
        self.statement = statement


class ChangesTransaction:
    """One transaction of staged changes.

    Args:
        session: Runs it.
        statements: In order, within DSQL's limits.
        tables: The tables of the result, by oid.
        styles: The settings that the shown values are written with; see `Described`.
        retries: How conflicts are retried.
        progress: Called with the number of statements that ran, after each.
    """

    def __init__(
        self,
        session: RunningSession,
        statements: Sequence[RowStatement],
        tables: Mapping[int, EditableTable],
        *,
        styles: tuple[str, ...],
        retries: Retries,
        progress: Callable[[int], object] = lambda _count: None,
    ) -> None:
        self._session = session
        self._statements = statements
        self._tables = tables
        self._styles = styles
        self._retries = retries
        self._progress = progress
        self._running: RowStatement | None = None
        self._before: list[str] = []

    def run(self) -> ChangesOutcome:
        """Run the statements in a new transaction, or in the one that is open."""
        joins = self._session.transaction_status is not TransactionStatus.IDLE
        try:
            if joins:
                return ChangesRan(self._joined(), committed=False)
            return ChangesRan(retrying(self._own, self._retries), committed=True)
        except _Differs as found:
            return self._differing(found.statement, rolled_back=joins and not self._in_transaction)
        except (StatementError, InputError) as error:
            return StatementRefused(self._running, error)
        except SessionLost as error:
            sent = self._running.text if self._running else "COMMIT"
            lost = with_outcome(error, sent, in_transaction=True, before=self._before)
            return StatementRefused(self._running, lost)

    @property
    def _in_transaction(self) -> bool:
        status = self._session.transaction_status
        return self._session.is_open and status is not TransactionStatus.IDLE

    def _own(self) -> dict[Row, Texts | None]:
        """Run BEGIN, the statements and COMMIT; roll back unless all of that succeeded."""
        self._running = None
        try:
            self._answer("BEGIN")
            returned = self._all()
            self._commit()
        finally:
            if self._in_transaction:
                self._roll_back()
        return returned

    def _commit(self) -> None:
        """Commit.

        Raises:
            SessionLost: Whether it is committed is unknown.
        """
        try:
            self._answer("COMMIT")
        except StatementError as error:
            if error.sqlstate != OUTCOME_UNKNOWN:
                raise
            raise SessionLost(error.message, outcome_unknown=True) from None

    def _joined(self) -> dict[Row, Texts | None]:
        """Run the statements in the open transaction.

        DSQL has no savepoints. A transaction reads one snapshot, so that rows which are checked
        first are the same when they are changed, and a row that differs costs nothing.
        """
        for statement in self._statements:
            if statement.check and isinstance(statement.row, RowKey):
                rows, _ = self._answer(statement.check)
                if rows != [statement.row.key]:
                    raise _Differs(statement)
        try:
            return self._all()
        except (_Differs, InputError):
            self._roll_back()
            raise

    def _all(self) -> dict[Row, Texts | None]:
        returned: dict[Row, Texts | None] = {}
        self._before = []
        for count, statement in enumerate(self._statements, start=1):
            self._running = statement
            rows, affected = self._answer(statement.text)
            if affected != 1 or not _has_key(statement, rows[0]):
                raise _Differs(statement)
            returned[statement.row] = None if statement.deletes else rows[0]
            self._before.append(statement.text)
            self._progress(count)
        self._running = None
        return returned

    def _answer(self, sql: str) -> tuple[list[Texts], int | None]:
        """Run a statement; return its rows and how many it has changed.

        Raises:
            InputError: The session writes values otherwise than when they were shown: a date in
                a key may then be another day.
        """
        rows: list[Texts] = []
        affected: int | None = None
        changed = ""
        for event in self._session.run(sql):
            if isinstance(event, Described) and event.styles != self._styles:
                changed = OTHER_STYLES
            elif isinstance(event, RowChunk):
                rows += event.rows.texts()
            elif isinstance(event, Completed):
                affected = event.rows_affected
        if changed:
            raise InputError(changed, remedy="Run the query again.")
        return rows, affected

    def _roll_back(self) -> None:
        with suppress(StatementError, SessionLost):
            self._answer("ROLLBACK")

    def _differing(self, statement: RowStatement, *, rolled_back: bool) -> ChangesOutcome:
        """Read the row as it is now; it may have been deleted."""
        if not isinstance(statement.row, RowKey):
            return RowDiffers(statement, None, rolled_back)
        query = current_row(statement.row, self._tables[statement.row.table])
        try:
            rows, _ = self._answer(query)
        except (StatementError, SessionLost) as error:
            return StatementRefused(statement, error)
        return RowDiffers(statement, rows[0] if rows else None, rolled_back)


def _has_key(statement: RowStatement, row: Texts) -> bool:
    """Whether a changed row has the key of the one that was shown, in the same text."""
    found = dict(zip(statement.returning, row, strict=True))
    return all(found[number] == text for number, text in statement.key.items())
