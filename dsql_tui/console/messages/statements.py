"""Messages about a run and its results."""

from __future__ import annotations

from dataclasses import dataclass

from dsql_tui.console.messages.sessions import TabMessage
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
    TransactionStatus,
)
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.sql.lexing.split import Statement


@dataclass
class RunMessage(TabMessage):
    """A message about one run of a tab; messages of older runs are ignored."""

    run_id: int


@dataclass
class StatementStarted(RunMessage):
    """Posted when statement `number` of the run (from 1) was sent."""

    number: int
    statement: Statement


@dataclass
class ResultDescribed(RunMessage):
    """Posted when a result set begins.

    Attributes:
        arrivals: Its rows, to be read during the run; the first are available already, so that one
            frame shows them and the header.
    """

    number: int
    described: Described
    arrivals: Arrivals


@dataclass
class RowsPaused(RunMessage):
    """Posted at the row limit when more rows remain; the worker waits at the run's gate."""

    number: int


@dataclass
class StatementStopped(RunMessage):
    """Posted when fetching was stopped; the remaining rows stayed on the server."""

    number: int


@dataclass
class NoticeArrived(RunMessage):
    """Posted when the server sent a notice."""

    number: int
    notice: Notice


@dataclass
class StatementCompleted(RunMessage):
    """Posted when the statement has succeeded."""

    number: int
    statement: Statement
    completed: Completed
    transaction: TransactionStatus


@dataclass
class StatementFailed(RunMessage):
    """Posted when the statement failed, was cancelled, or was lost with its session."""

    number: int
    statement: Statement
    error: StatementError | SessionLost | InputError
    elapsed_ms: float
    transaction: TransactionStatus


@dataclass
class StatementRetried(RunMessage):
    """Posted when the statement had a conflict, was rolled back and is retried."""

    number: int
    attempt: int
    error: OccConflict


@dataclass
class RunEnded(RunMessage):
    """Posted when the worker has finished the run."""

    transaction: TransactionStatus
    session_open: bool


@dataclass
class CancelFailed(RunMessage):
    """Posted when the cancel request did not reach the server."""

    error: DsqlTuiError
