"""Opens a session of a PostgreSQL server: with a password, and TLS as libpq has it by default.

The password comes from `PGPASSWORD`, a password file or a person, never from an argument: arguments
of a process are shown to every user of the machine. The session only reads.
"""

from __future__ import annotations

import re
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from dsql_tui.errors import ConnectError, ConnectStep, InputError
from dsql_tui.pg.connect import CONNECT_TIMEOUT_S
from dsql_tui.pg.session import APPLICATION_NAME, ServerSession

OLDEST, NEWEST = 12, 18
"""Versions of PostgreSQL that are read."""
_SECRETS: Final = frozenset({"password", "sslpassword", "oauth_client_secret"})
_SETTINGS: Final = {
    # Values are written in one form, whatever the database has set.
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    # Nothing is written, and a long read is not ended.
    "default_transaction_read_only": "on",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # A policy refuses a read instead of hiding rows.
    "row_security": "off",
    "search_path": "",
}

_SET: Final = """
SELECT pg_catalog.set_config(name, $2, false) FROM pg_catalog.pg_settings WHERE name = $1
"""
"""A setting that the server's version does not have is not set."""


class PasswordNeeded(ConnectError):
    """The server wants a password, and none was found."""


def is_connection_string(text: str) -> bool:
    """Whether a text is a PostgreSQL URI or libpq's `name=value …`, and not a file's name."""
    return re.match(r"postgres(ql)?://|\s*[a-z_]+\s*=", text) is not None


def check_connection_string(text: str) -> None:
    """Check that a connection string can be read and has no secret.

    Raises:
        InputError: It cannot, or it has; the message does not contain it.
    """
    parameters = _parameters(text)
    if secrets := sorted(_SECRETS & parameters.keys()):
        raise InputError(
            f"The connection string contains {secrets[0]}: every user of this machine can read the"
            " arguments of a command.",
            remedy="Leave it out, and set PGPASSWORD, add a line to ~/.pgpass, or type it when"
            " asked. Change the password if others use this machine.",
        )


def place_of(text: str) -> str:
    """Return the server and the database of a connection string, for display."""
    parameters = _parameters(text)
    host = parameters.get("host") or parameters.get("hostaddr") or parameters.get("service") or ""
    return f"{host}:{parameters.get('port', '')}/{parameters.get('dbname', '')}"


def open_postgres(text: str, password: str | None = None) -> ServerSession:
    """Open a session that only reads.

    Args:
        text: A connection string that `check_connection_string` has accepted; what it leaves out is
            libpq's default, from the environment.
        password: What a person has typed, or `None`.

    Raises:
        PasswordNeeded: The server wants a password.
        ConnectError: Which step failed and what to do.
        InputError: The server's version is none of `OLDEST` to `NEWEST`.
        StatementError: The server refused a setting.
    """
    parameters = _parameters(text)
    try:
        connection = psycopg.connect(
            text,
            password=password,
            connect_timeout=parameters.get("connect_timeout", CONNECT_TIMEOUT_S),
            application_name=APPLICATION_NAME,
            client_encoding="UTF8",
            autocommit=True,
            prepare_threshold=None,
        )
    except psycopg.OperationalError as error:
        # `from None`: the driver's frames hold the password.
        raise _connect_error(error) from None
    except psycopg.Error as error:
        raise ConnectError(
            f"The PostgreSQL server cannot be used: {_last_line(str(error))}",
            step=ConnectStep.SETTINGS,
        ) from None
    session = ServerSession(connection)
    try:
        _check_version(session)
        for name, value in _SETTINGS.items():
            session.fetch(_SET, [name, value])
    except BaseException:
        session.close()
        raise
    return session


def open_private(text: str) -> ServerSession:
    """Open a session of a server of this program's own, which may write there.

    Raises:
        ConnectError: It does not answer.
    """
    try:
        return ServerSession(psycopg.connect(text, client_encoding="UTF8", autocommit=True))
    except psycopg.OperationalError as error:
        raise _connect_error(error) from None


def _parameters(text: str) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(text))
    except psycopg.ProgrammingError:
        # libpq's message quotes the string, which may hold a password.
        raise InputError(
            "The connection string cannot be read.",
            remedy="Write postgresql://USER@HOST:PORT/DATABASE, with %40 for @ in a name.",
        ) from None


def _check_version(session: ServerSession) -> None:
    ((number,),) = session.fetch("SELECT current_setting('server_version_num')")
    major = int(number or 0) // 10_000
    if not OLDEST <= major <= NEWEST:
        raise InputError(f"The server is PostgreSQL {major}; {OLDEST} to {NEWEST} are read.")


_STEPS: Final = (
    (r"resolve host|translate host name|not known|nodename nor", ConnectStep.DNS),
    (r"password authentication failed|authentication failed", ConnectStep.TOKEN),
    (r"no pg_hba.conf entry|does not exist|permission denied", ConnectStep.SERVER),
    (r"certificate|SSL|TLS", ConnectStep.TLS),
    (r"refused|timeout|timed out|unreachable|No route|No such file|closed", ConnectStep.TCP),
)
_REMEDIES: Final = {
    ConnectStep.DNS: "Check the host in the connection string.",
    ConnectStep.TOKEN: "Check PGPASSWORD, the line in ~/.pgpass, or what you typed.",
    ConnectStep.SERVER: "Check the user and the database, and pg_hba.conf on the server.",
    ConnectStep.TLS: "Check sslmode and sslrootcert in the connection string.",
    ConnectStep.TCP: "Check host and port, and that the server accepts connections.",
}


def _connect_error(error: psycopg.OperationalError) -> ConnectError:
    text = str(error)
    if "no password supplied" in text:
        return PasswordNeeded(
            "The PostgreSQL server wants a password.",
            step=ConnectStep.TOKEN,
            remedy="Set PGPASSWORD, or add a line to ~/.pgpass.",
        )
    found = (step for pattern, step in _STEPS if re.search(pattern, text, re.IGNORECASE))
    step = next(found, ConnectStep.SERVER)
    return ConnectError(
        f"The PostgreSQL server cannot be reached: {_last_line(text)}",
        step=step,
        remedy=_REMEDIES[step],
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else "no reason was given"
