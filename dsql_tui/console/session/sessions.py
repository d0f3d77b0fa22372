"""The two sessions of a tab: one runs statements, the other reads the catalogs.

Tabs on one endpoint share the second: each session costs a token, a clock and a share of the
cluster's connection rate. They are opened when first needed and used in workers; the UI thread only
asks for cancelling and closing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Lock

from dsql_tui.console.shared.latencies import CONNECT
from dsql_tui.console.shared.services import OpenSession, Services
from dsql_tui.errors import CredentialsExpired, SessionLost, StatementError, TokenRefused
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.result import TransactionStatus
from dsql_tui.pg.renewing import RenewingSession


class CatalogSession:
    """One session that reads an endpoint's catalogs, used by one worker at a time.

    It is closed when the last pair that uses it is.
    """

    def __init__(self, services: Services, endpoint: Endpoint) -> None:
        self._services, self._endpoint = services, endpoint
        self._session: RenewingSession[OpenSession] = RenewingSession(self._open, now=services.now)
        self._turn = Lock()
        self._pairs = 0
        self._counting = Lock()

    def join(self) -> None:
        """Add a user of the session."""
        with self._counting:
            self._pairs += 1

    def leave(self) -> None:
        """Remove a user of the session."""
        with self._counting:
            self._pairs -= 1
        session = self._session.current
        if not self._pairs and session is not None:
            _stop(session)
            session.close()

    @contextmanager
    def lend(self) -> Iterator[OpenSession]:
        """Lend the session to one worker at a time, reconnecting if it is closed.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
        """
        with self._turn:
            yield self._session.fit()

    def _open(self) -> OpenSession:
        """Return a new session; it is closed at once if it has no user left."""
        session = _dial(self._services, self._endpoint)
        if not self._pairs:
            session.close()
        return session


class SessionPair:
    """A tab's own session and its share of the endpoint's catalog session.

    Attributes:
        endpoint: Where and as whom.
        services: Creates tokens and sessions.
        settings: What the person's session has SET, for those that replace it.
        settings_due: Something was SET in a transaction; it counts only when that is committed.
    """

    def __init__(
        self,
        services: Services,
        endpoint: Endpoint,
        settings: Settings = (),
        catalog: CatalogSession | None = None,
    ) -> None:
        self.services = services
        self.endpoint = endpoint
        self.settings = settings
        self.settings_due = False
        self._user: RenewingSession[OpenSession] = RenewingSession(
            self._open, now=services.now, before_replacing=lambda _: self.remember_settings()
        )
        self._catalog = catalog or CatalogSession(services, endpoint)
        self._catalog.join()
        self._closed = False

    def beside(self) -> SessionPair:
        """Return the sessions for another tab on the same endpoint, not open yet."""
        return SessionPair(self.services, self.endpoint, catalog=self._catalog)

    @property
    def current(self) -> OpenSession | None:
        """The tab's session if it is open; can be read from any thread."""
        return self._user.current

    def user(self) -> OpenSession:
        """Return the tab's session, ready for a statement.

        A session that is not open, or that ended while idle, is opened again; one close to the
        one-hour limit is replaced. Both keep the settings that were SET.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
            SessionLost: It ended with a transaction open.
        """
        return self._user.fit()

    def remember_settings(self) -> None:
        """Read the settings of the tab's session, for the one that replaces it.

        In a transaction this is postponed to its end, because ROLLBACK reverts SET.
        """
        session = self.current
        idle = session is not None and session.transaction_status is TransactionStatus.IDLE
        self.settings_due = not idle
        if session is not None and idle:
            with suppress(StatementError, SessionLost):
                self.settings = self.services.changed_settings(session)

    def _open(self) -> OpenSession:
        """Return a new session, closed at once when the pair was closed while it was opening."""
        session = _dial(self.services, self.endpoint, self.settings)
        if self._closed:
            session.close()
        return session

    def catalog(self) -> AbstractContextManager[OpenSession]:
        """Lend the catalog session; see `CatalogSession.lend`."""
        return self._catalog.lend()

    def close(self) -> None:
        """Close the tab's session and release the catalog session; running statements end."""
        if self._closed:
            return
        self._closed = True
        session = self._user.current
        if session is not None:
            _stop(session)
        self._user.close()
        self._catalog.leave()

    def drop_user(self) -> None:
        """Close the tab's session; the next run opens a new one."""
        self._user.close()


def _dial(services: Services, endpoint: Endpoint, settings: Settings = ()) -> OpenSession:
    """Open a session with a new token; when its keys were rotated in the files, with the new ones.

    Raises:
        AwsError: No token could be signed.
        ConnectError: The session could not be opened.
    """
    try:
        return _opened(services, endpoint, settings)
    except (TokenRefused, CredentialsExpired):
        if not services.take_rotated_credentials():
            raise
    return _opened(services, endpoint, settings)


def _opened(services: Services, endpoint: Endpoint, settings: Settings) -> OpenSession:
    with services.latencies.timed(CONNECT, endpoint):
        return services.open_session(endpoint, services.generate_token(endpoint), settings)


def _stop(session: OpenSession) -> None:
    """Cancel the running statement, which would continue if the session were only closed."""
    if session.transaction_status is TransactionStatus.ACTIVE:
        with suppress(SessionLost):
            session.request_cancel()
