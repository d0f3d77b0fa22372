"""The displayed state of a session and a run, as immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from dsql_tui.console.session.transaction import OpenTransaction
from dsql_tui.console.shared.tab_contents import TabTarget
from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import AuthToken, Clock, clocks
from dsql_tui.pg.renewing import session_ends_at
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import Statement
from dsql_tui.sql.statements.classify import StatementKind, classify


class SessionPhase(StrEnum):
    """The status of a session; the value is shown in the status line."""

    NONE = "not connected"
    WAITING = "connects when you run something"
    OPENING = "connecting…"
    OPEN = "connected"
    CLOSED = "session closed"
    FAILED = "could not connect"


@dataclass(frozen=True, slots=True)
class SessionState:
    """The state of a tab's session.

    Attributes:
        phase: The phase of its life cycle.
        target: The cluster and role that the tab was opened for; `None` before the first choice.
        endpoint: The endpoint and role; `None` until the target's cluster is known.
        peers: Regions of the cluster's other endpoints.
        token: The token that opened it.
        opened_at: Aware UTC; `None` unless open.
        renewed_at: When it replaced a session that had ended or was about to; `None` if it did not.
        transaction: State as of the last response.
        work: The statements of the open transaction; `None` if none is open.
        discipline: How statements are run.
        production: Whether the cluster is one to be careful with.
        color: The color of the cluster's name, empty for none.
        error: Why it is not open.
    """

    phase: SessionPhase = SessionPhase.NONE
    target: TabTarget | None = None
    endpoint: Endpoint | None = None
    peers: tuple[str, ...] = ()
    token: AuthToken | None = None
    opened_at: datetime | None = None
    renewed_at: datetime | None = None
    transaction: TransactionStatus = TransactionStatus.IDLE
    work: OpenTransaction | None = None
    discipline: Discipline = field(default_factory=Discipline)
    production: bool = False
    color: str = ""
    error: DsqlTuiError | None = None

    @property
    def is_open(self) -> bool:
        """Whether statements can be run without opening a session."""
        return self.phase is SessionPhase.OPEN

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open or has failed."""
        return self.transaction in {TransactionStatus.IN_TRANSACTION, TransactionStatus.FAILED}

    @property
    def clocks(self) -> tuple[Clock, ...]:
        """The running clocks."""
        opened_at = self.opened_at
        span = (opened_at, session_ends_at(opened_at)) if opened_at is not None else None
        return clocks(self.token, span)

    def at_work(self) -> SessionState:
        """Return the state while a statement is being sent."""
        return (
            replace(self, phase=SessionPhase.OPENING)
            if self.phase is SessionPhase.WAITING
            else self
        )

    def after(
        self, status: TransactionStatus, now: datetime, statement: Statement, affected: int | None
    ) -> SessionState:
        """Return the state after a statement has succeeded, with the transaction's new state."""
        following = replace(self, transaction=status)
        if not following.in_transaction:
            return replace(following, work=None)
        statement_class = classify(statement.text)
        work = self.work or OpenTransaction(now, self.discipline.read_only)
        if statement_class.kind is StatementKind.TRANSACTION:
            return replace(following, work=work)
        return replace(following, work=work.after(statement.text, statement_class, affected))

    def after_failure(self, status: TransactionStatus) -> SessionState:
        """Return the state after a statement has failed; a lost transaction is empty."""
        following = replace(self, transaction=status)
        return following if following.in_transaction else replace(following, work=None)

    def ended(self, error: DsqlTuiError | None = None) -> SessionState:
        """Return the state after the session has ended; its target is kept."""
        return SessionState(
            phase=SessionPhase.CLOSED,
            target=self.target,
            endpoint=self.endpoint,
            peers=self.peers,
            discipline=self.discipline,
            production=self.production,
            color=self.color,
            error=error,
        )


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of the run in progress, or of the last one.

    Attributes:
        run_id: Number of the run; messages of other runs are dropped.
        running: Whether the worker is running.
        statement: 1-based number of the current statement.
        statements: Number of statements in the run.
        started_at: `time.monotonic()` at the start.
        row_count: Rows received for the current statement.
        cancel_requested: Whether the person asked to stop; the server may not have confirmed.
        paused: Whether the row limit is reached and the worker waits for a decision.
    """

    run_id: int = 0
    running: bool = False
    statement: int = 0
    statements: int = 0
    started_at: float = 0.0
    row_count: int = 0
    cancel_requested: bool = False
    paused: bool = False
