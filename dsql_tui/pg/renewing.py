"""A session that is replaced between transactions before the service ends it.

DSQL ends a session 60 minutes after it was opened, whatever it is doing. Console, scripts, loads
and benchmarks use a `RenewingSession`, so that the margin before that limit is defined and applied
in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from dsql_tui.errors import SessionLost
from dsql_tui.model.result import TransactionStatus
from dsql_tui.sql.dsql.limits import SESSION_AGE_S, TRANSACTION_AGE_S

RENEW_BEFORE_END = timedelta(seconds=TRANSACTION_AGE_S)
"""A session with less time left is replaced: the longest transaction that begins before still ends
in time. AWS's connectors pool sessions for 55 minutes, too."""


class Renewable(Protocol):
    """The interface of a session that can be renewed, such as `pg.session.Session`."""

    opened_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, as far as is known."""
        ...

    @property
    def transaction_status(self) -> TransactionStatus:
        """The transaction status after the last response."""
        ...

    def is_alive(self) -> bool:
        """Check whether an idle session is still connected, without a request to the server."""
        ...

    def close(self) -> None:
        """Close the connection; may be called repeatedly."""
        ...


S = TypeVar("S", bound=Renewable)


def session_ends_at(opened_at: datetime) -> datetime:
    """Return when the service ends a session."""
    return opened_at + timedelta(seconds=SESSION_AGE_S)


def session_ends_soon(opened_at: datetime, now: datetime) -> bool:
    """Whether a session should be replaced before its next transaction.

    Time that the machine slept counts, because it does for the service.
    """
    return now >= session_ends_at(opened_at) - RENEW_BEFORE_END


class RenewingSession(Generic[S]):
    """A session that is opened when first needed and replaced before it ends. Not thread-safe.

    Args:
        connect: Opens a session.
        now: The clock, aware UTC.
        before_replacing: Called with a session that is still well, before another one replaces it.
        session: One that is open already.
    """

    def __init__(
        self,
        connect: Callable[[], S],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        before_replacing: Callable[[S], object] = lambda _: None,
        session: S | None = None,
    ) -> None:
        self._connect = connect
        self._now = now
        self._before_replacing = before_replacing
        self._session = session

    @property
    def current(self) -> S | None:
        """The session if it is open, as far as is known."""
        session = self._session
        return session if session is not None and session.is_open else None

    def fit(self) -> S:
        """Return a usable session; inside a transaction, always the same one.

        Raises:
            SessionLost: It ended with a transaction open.
            ConnectError: No session could be opened; one that ends soon is used until another can
                be opened.
        """
        session = self.current
        if session is None:
            return self._opened()
        had_work = session.transaction_status is TransactionStatus.IN_TRANSACTION
        if not session.is_alive():
            if had_work:
                raise SessionLost(
                    "The session ended with a transaction open; the transaction was rolled back.",
                    outcome_unknown=False,
                    remedy="Run the transaction again from its BEGIN.",
                )
            return self._opened()
        is_idle = session.transaction_status is TransactionStatus.IDLE
        if is_idle and session_ends_soon(session.opened_at, self._now()):
            self._before_replacing(session)
            replacement = self._opened()
            session.close()
            return replacement
        return session

    def close(self) -> None:
        """Close the session; `fit` opens another one."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _opened(self) -> S:
        self._session = session = self._connect()
        return session
