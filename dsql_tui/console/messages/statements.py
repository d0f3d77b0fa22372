"""A run and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

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
    TransactionStatus,
)
from dsql_tui.sql.split import Statement


@dataclass
class RunRequested(Message):
    """The person wants these statements to run, in order.

    Attributes:
        statements: Offsets count from the start of the editor's text.
    """

    statements: tuple[Statement, ...]


@dataclass
class StatementStarted(Message):
    """The `number`-th statement of the run (from 1) was sent."""

    run_id: int
    number: int
    statement: Statement


@dataclass
class ResultDescribed(Message):
    """A result set begins.

    Attributes:
        first_rows: Told together with the header, so that one frame shows both; `None` without
            rows. The worker reads on once they are painted.
    """

    run_id: int
    number: int
    described: Described
    first_rows: RowChunk | None


@dataclass
class RowsArrived(Message):
    """More rows of the result set described last."""

    run_id: int
    number: int
    chunk: RowChunk


@dataclass
class RowsPaused(Message):
    """The row limit is reached and the server has more; the worker waits at the run's gate."""

    run_id: int
    number: int


@dataclass
class StatementStopped(Message):
    """The person wanted no more rows; the rest stayed on the server."""

    run_id: int
    number: int


@dataclass
class NoticeArrived(Message):
    """The server said something beside the answer."""

    run_id: int
    number: int
    notice: Notice


@dataclass
class StatementCompleted(Message):
    """The statement has ended well."""

    run_id: int
    number: int
    statement: Statement
    completed: Completed
    transaction: TransactionStatus


@dataclass
class StatementFailed(Message):
    """The statement was refused, cancelled, or lost with its session."""

    run_id: int
    number: int
    statement: Statement
    error: StatementError | SessionLost | InputError
    elapsed_ms: float
    transaction: TransactionStatus


@dataclass
class StatementRetried(Message):
    """The statement lost against another transaction and runs again; nothing of it was kept."""

    run_id: int
    number: int
    attempt: int
    error: OccConflict


@dataclass
class RunEnded(Message):
    """The worker is done with the run, one way or another."""

    run_id: int
    transaction: TransactionStatus
    session_open: bool


@dataclass
class CancelDelivered(Message):
    """The server has the cancel request; it has not confirmed anything yet."""

    run_id: int


@dataclass
class CancelFailed(Message):
    """The cancel request did not reach the server."""

    run_id: int
    error: DsqlTuiError
