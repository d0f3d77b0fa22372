"""One authenticated session: runs statements, cancels and copies."""

from __future__ import annotations

import select
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime

import psycopg
from psycopg import pq

from dsql_tui import __version__
from dsql_tui.errors import InputError, SessionLost
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import RowChunk, StatementEvent, TransactionStatus
from dsql_tui.model.token import AuthToken
from dsql_tui.pg.connect import open_connection
from dsql_tui.pg.copy import copy_in, copy_out
from dsql_tui.pg.stream import stream

APPLICATION_NAME = f"dsql-tui/{__version__}"
"""Shown by Database Insights, so that the console's own load is visible there."""
CANCEL_TIMEOUT_S = 5.0
"""How long a cancel request may take to reach the server."""

_STATUS = {
    pq.TransactionStatus.IDLE: TransactionStatus.IDLE,
    pq.TransactionStatus.ACTIVE: TransactionStatus.ACTIVE,
    pq.TransactionStatus.INTRANS: TransactionStatus.IN_TRANSACTION,
    pq.TransactionStatus.INERROR: TransactionStatus.FAILED,
    pq.TransactionStatus.UNKNOWN: TransactionStatus.UNKNOWN,
}


class ServerSession:
    """An open session of any PostgreSQL server.

    One thread at a time runs statements, any thread may cancel or close.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    @property
    def is_open(self) -> bool:
        """Whether the connection is open, as far as is known."""
        return not self._connection.closed

    @property
    def is_running(self) -> bool:
        """Whether the response to a statement was not read completely."""
        return self.transaction_status is TransactionStatus.ACTIVE

    @property
    def transaction_status(self) -> TransactionStatus:
        """The transaction status after the last response."""
        return _STATUS[pq.TransactionStatus(self._connection.pgconn.transaction_status)]

    def run(
        self, statement: str, *, outcome_matters: bool = True
    ) -> Generator[StatementEvent, None, None]:
        """Run one statement and yield its events as they arrive.

        Args:
            statement: Exactly one command.
            outcome_matters: It may write: a lost connection then means an unknown outcome, and
                an iterator closed early drains the answer instead of cancelling it.

        Raises:
            StatementError: The server refused it (also `OccConflict`, `StatementCancelled`).
            SessionLost: The connection ended.
        """
        self._require_open()
        return stream(self._connection, statement, outcome_matters=outcome_matters)

    def fetch(
        self,
        statement: str,
        parameters: Sequence[str | int | None] = (),
        *,
        size_max_bytes: int | None = None,
    ) -> list[tuple[str | None, ...]]:
        """Return all rows of a small result as text; `None` is NULL.

        Args:
            statement: Exactly one command.
            parameters: The values of `$1`, `$2` …
            size_max_bytes: What the values may amount to; the rest is not fetched.

        Raises:
            StatementError: The server refused it.
            InputError: There is more than `size_max_bytes`.
            SessionLost: The connection ended.
        """
        self._require_open()
        values = [None if value is None else str(value).encode() for value in parameters]
        rows: list[tuple[str | None, ...]] = []
        width = 0
        size_bytes = 0
        with closing(stream(self._connection, statement, values, outcome_matters=False)) as events:
            for event in events:
                if isinstance(event, RowChunk):
                    width = width or event.rows.nfields
                    rows.extend(
                        tuple(event.text(row, column) for column in range(width))
                        for row in range(event.row_count)
                    )
                    size_bytes += event.size_bytes
                    if size_max_bytes is not None and size_bytes > size_max_bytes:
                        raise InputError(f"The result is larger than {size_max_bytes >> 20} MiB.")
        return rows

    def copy_in(self, statement: str, data: bytes | Iterable[bytes]) -> int:
        """Run a `COPY … FROM STDIN` with `data` in its text format; return the rows stored.

        Args:
            statement: The COPY.
            data: All rows, or parts of them as they come.

        Raises:
            StatementError: The server refused it, or a row; nothing was stored.
            SessionLost: The connection ended; whether the rows are stored is not known.
        """
        self._require_open()
        return copy_in(self._connection, statement, data)

    def copy_out(self, statement: str) -> Generator[bytes, None, None]:
        """Run a `COPY … TO STDOUT` and yield its rows in its text format, with line breaks.

        Raises:
            StatementError: The server refused it.
            SessionLost: The connection ended.
        """
        self._require_open()
        return copy_out(self._connection, statement)

    def is_alive(self) -> bool:
        """Check whether an idle session is still connected, without a request to the server.

        A session that the service or the network has ended is closed here. A session that no longer
        receives anything (after a laptop slept) cannot be distinguished from a working one.
        """
        pgconn = self._connection.pgconn
        busy = pgconn.transaction_status == pq.TransactionStatus.ACTIVE
        if self._connection.closed or busy:
            return not self._connection.closed
        readable = select.poll()
        readable.register(pgconn.socket, select.POLLIN)
        try:
            while readable.poll(0):
                pgconn.consume_input()
        except psycopg.OperationalError:
            self._connection.close()
        return not self._connection.closed

    def request_cancel(self) -> None:
        """Ask the server to cancel the running statement; may take up to `CANCEL_TIMEOUT_S`.

        Delivered is not done: the running iterator raises `StatementCancelled` when the server
        confirms, or goes on to its end when the request came too late.

        Raises:
            SessionLost: The request could not be delivered.
        """
        try:
            self._connection.cancel_safe(timeout=CANCEL_TIMEOUT_S)
        except psycopg.Error as error:
            raise SessionLost(
                f"The cancel request did not reach the server: {error}.",
                outcome_unknown=True,
                remedy="Close the session to be sure that nothing waits for it.",
            ) from None

    def close(self) -> None:
        """Close the connection, without waiting for a running statement; never fails."""
        self._connection.close()

    def _require_open(self) -> None:
        if self._connection.closed:
            raise SessionLost(
                "The session is closed.", outcome_unknown=False, remedy="Open it again."
            )


class Session(ServerSession):
    """An open session of a cluster.

    Attributes:
        endpoint: Where and as whom.
        token: The token that opened it; it may have expired since, which ends nothing.
        opened_at: Aware UTC; the service ends the session 60 minutes later.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        endpoint: Endpoint,
        token: AuthToken,
        opened_at: datetime,
    ) -> None:
        super().__init__(connection)
        self.endpoint = endpoint
        self.token = token
        self.opened_at = opened_at

    @classmethod
    def open(
        cls, endpoint: Endpoint, token: AuthToken, *, application_name: str = APPLICATION_NAME
    ) -> Session:
        """Open a session.

        Raises:
            ConnectError: Which step failed and what to do (`TokenRefused` when it was the token).
        """
        opened_at = datetime.now(UTC)
        return cls(open_connection(endpoint, token, application_name), endpoint, token, opened_at)
