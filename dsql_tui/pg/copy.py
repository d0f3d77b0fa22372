"""Sends and receives rows with COPY, as one statement in one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import psycopg

from dsql_tui.errors import SessionLost, StatementError
from dsql_tui.pg.translate import statement_error
from dsql_tui.sql.dsql.refusals import advice_on_refusal


def copy_in(connection: psycopg.Connection, statement: str, data: bytes | Iterable[bytes]) -> int:
    """Run a `COPY … FROM STDIN` with `data`, whole or in parts, and return the rows stored.

    Raises:
        StatementError: The server refused it, or a row; nothing was stored (also `OccConflict`).
        SessionLost: The connection ended; whether the rows are stored is not known.
    """
    try:
        with connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                for part in [data] if isinstance(data, bytes) else data:
                    copy.write(part)
            return cursor.rowcount
    except psycopg.OperationalError as error:
        if error.pgresult is None or connection.closed:
            raise SessionLost(
                f"The connection was lost: {error}",
                outcome_unknown=True,
                remedy="The rows of this transaction may or may not be stored.",
            ) from None
        raise _refused(error, statement) from None
    except psycopg.Error as error:
        raise _refused(error, statement) from None


def copy_out(connection: psycopg.Connection, statement: str) -> Generator[bytes, None, None]:
    """Run a `COPY … TO STDOUT` and yield its rows, each with its line break.

    Raises:
        StatementError: The server refused it (also `OccConflict`).
        SessionLost: The connection ended.
    """
    try:
        with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for data in copy:
                yield bytes(data)
    except psycopg.OperationalError as error:
        if error.pgresult is None or connection.closed:
            raise SessionLost(f"The connection was lost: {error}", outcome_unknown=False) from None
        raise _refused(error, statement) from None
    except psycopg.Error as error:
        raise _refused(error, statement) from None


def _refused(error: psycopg.Error, statement: str) -> StatementError:
    if error.pgresult is None:
        return StatementError(str(error), sqlstate=error.sqlstate or "XX000")
    refused = statement_error(error.pgresult)
    refused.remedy = advice_on_refusal(refused.sqlstate, refused.message, statement)
    return refused
