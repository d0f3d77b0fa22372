"""A run and what it answers."""

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
    """About one run of a tab; runs count up, and messages of older ones are dropped."""

    run_id: int


@dataclass
class StatementStarted(RunMessage):
    """The `number`-th statement of the run (from 1) was sent."""

    number: int
    statement: Statement


@dataclass
class ResultDescribed(RunMessage):
    """A result set begins.

    Attributes:
        arrivals: Its rows, to be taken while the run goes on; the first are there already, so that
            one frame shows them and the header.
    """

    number: int
    described: Described
    arrivals: Arrivals


@dataclass
class RowsPaused(RunMessage):
    """The row limit is reached and the server has more; the worker waits at the run's gate."""

    number: int


@dataclass
class StatementStopped(RunMessage):
    """Fetching was stopped; the remaining rows stayed on the server."""

    number: int


@dataclass
class NoticeArrived(RunMessage):
    """The server sent a notice."""

    number: int
    notice: Notice


@dataclass
class StatementCompleted(RunMessage):
    """The statement has ended well."""

    number: int
    statement: Statement
    completed: Completed
    transaction: TransactionStatus


@dataclass
class StatementFailed(RunMessage):
    """The statement was refused, cancelled, or lost with its session."""

    number: int
    statement: Statement
    error: StatementError | SessionLost | InputError
    elapsed_ms: float
    transaction: TransactionStatus


@dataclass
class StatementRetried(RunMessage):
    """The statement lost against another transaction and runs again; nothing of it was kept."""

    number: int
    attempt: int
    error: OccConflict


@dataclass
class RunEnded(RunMessage):
    """The worker is done with the run, one way or another."""

    transaction: TransactionStatus
    session_open: bool


@dataclass
class CancelFailed(RunMessage):
    """The cancel request did not reach the server."""

    error: DsqlTuiError
