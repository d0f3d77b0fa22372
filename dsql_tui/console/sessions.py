"""The two sessions on one endpoint: the person's own, and one that reads the catalogs.

Never more: each costs a token, a clock and a share of the cluster's connection rate. They are
opened and used in workers; the UI thread only asks for cancelling and closing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from dsql_tui.console.services import OpenSession, Services
from dsql_tui.errors import SessionLost
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus


class SessionPair:
    """The sessions of one endpoint, opened when first needed.

    Attributes:
        endpoint: Where and as whom.
        services: How tokens and sessions are made.
    """

    def __init__(self, services: Services, endpoint: Endpoint) -> None:
        self.services = services
        self.endpoint = endpoint
        self._user: OpenSession | None = None
        self._catalog: OpenSession | None = None
        self._catalog_turn = Lock()
        self._closed = False

    @property
    def current(self) -> OpenSession | None:
        """The person's session if it is open; any thread may ask."""
        session = self._user
        return session if session is not None and session.is_open else None

    def user(self) -> OpenSession:
        """Return the person's session, opening it when there is none.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
        """
        if (session := self.current) is None:
            session = self._user = self._keep(self._open())
        return session

    @contextmanager
    def catalog(self) -> Iterator[OpenSession]:
        """Lend the catalog session to one worker at a time, opening it when there is none.

        Raises:
            AwsError: No token could be signed.
            ConnectError: The session could not be opened.
        """
        with self._catalog_turn:
            if self._catalog is None or not self._catalog.is_open:
                self._catalog = self._keep(self._open())
            yield self._catalog

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
