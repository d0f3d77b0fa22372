"""The two sessions on one endpoint: the person's own, and one that reads the catalogs.

Never more: each costs a token, a clock and a share of the cluster's connection rate. They are
opened and used in workers; the UI thread only asks for cancelling and closing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from dsql_tui.console.services import OpenSession, Services
from dsql_tui.errors import SessionLost, StatementError
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import session_ends_soon


class SessionPair:
    """The sessions of one endpoint, opened when first needed.

    Attributes:
        endpoint: Where and as whom.
        services: How tokens and sessions are made.
        settings: What the person's session has SET, for those that replace it.
        settings_due: Something was SET in a transaction; it counts only when that is committed.
    """

    def __init__(self, services: Services, endpoint: Endpoint, settings: Settings = ()) -> None:
        self.services = services
        self.endpoint = endpoint
        self._user: OpenSession | None = None
        self._catalog: OpenSession | None = None
        self._catalog_turn = Lock()
        self._closed = False
        self.settings = settings
        self.settings_due = False

    @property
    def current(self) -> OpenSession | None:
        """The person's session if it is open; any thread may ask."""
        session = self._user
        return session if session is not None and session.is_open else None

    def user(self) -> OpenSession:
        """Return the person's session, fit for a statement.

        One that is not open, or was ended while nobody used it, is opened again; one whose hour is
        about to end is replaced. Both keep the settings that were SET.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
            SessionLost: It ended with a transaction open.
        """
        session = self.current
        if session is None:
            return self._replace()
        had_work = session.transaction_status is TransactionStatus.IN_TRANSACTION
        if not session.is_alive():
            if had_work:
                raise SessionLost(
                    "The session ended with a transaction open; what it had changed is undone.",
                    outcome_unknown=False,
                    remedy="Run the transaction again from its BEGIN.",
                )
            return self._replace()
        is_idle = session.transaction_status is TransactionStatus.IDLE
        if is_idle and session_ends_soon(session.opened_at, self.services.now()):
            self.remember_settings()
            fresh = self._replace()
            session.close()
            return fresh
        return session

    def remember_settings(self) -> None:
        """Note what the person's session has SET, for the one that replaces it.

        In a transaction it is put off to its end: ROLLBACK takes a SET back.
        """
        session = self.current
        idle = session is not None and session.transaction_status is TransactionStatus.IDLE
        self.settings_due = not idle
        if session is not None and idle:
            with suppress(StatementError, SessionLost):
                self.settings = self.services.changed_settings(session)

    def _replace(self) -> OpenSession:
        token = self.services.generate_token(self.endpoint)
        session = self.services.open_session(self.endpoint, token, self.settings)
        self._user = session = self._keep(session)
        return session

    @contextmanager
    def catalog(self) -> Iterator[OpenSession]:
        """Lend the catalog session to one worker at a time, a new one when it is no longer fit.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
        """
        with self._catalog_turn:
            session = self._catalog
            if session is not None and not self._is_fit(session):
                session.close()
                session = None
            if session is None:
                session = self._catalog = self._keep(self._open())
            yield session

    def _is_fit(self, session: OpenSession) -> bool:
        """Whether an idle session is there for one more statement."""
        return session.is_alive() and not session_ends_soon(session.opened_at, self.services.now())

    def close(self) -> None:
        """Close both for good; what still runs ends with its session."""
        self._closed = True
        for session in (self._user, self._catalog):
            if session is not None:
                _stop(session)
                session.close()

    def drop_user(self) -> None:
        """Close the person's session; the next run opens a new one."""
        session, self._user = self._user, None
        if session is not None:
            session.close()

    def _open(self) -> OpenSession:
        return self.services.open_session(
            self.endpoint, self.services.generate_token(self.endpoint)
        )

    def _keep(self, session: OpenSession) -> OpenSession:
        """Return the session, closed at once when the pair was closed while it was opening."""
        if self._closed:
            session.close()
        return session


def _stop(session: OpenSession) -> None:
    """Ask the server to stop what runs: closing alone would leave it working."""
    if session.transaction_status is TransactionStatus.ACTIVE:
        with suppress(SessionLost):
            session.request_cancel()
