"""Opens an authenticated connection; reads a token's value, as only `dsql-tui token` does else.

Only what DSQL accepts is sent: no SET, and in the startup packet only user, database,
application_name, client_encoding and, if needed, the cluster's identifier (user guide,
working-with-postgresql-compatibility and privatelink-managing-clusters).
"""

from __future__ import annotations

import time

import psycopg

from dsql_tui.errors import ConnectError, ConnectStep
from dsql_tui.model.endpoint import DATABASE, Endpoint
from dsql_tui.model.token import AuthToken
from dsql_tui.pg.environment import ignore_libpq_variables
from dsql_tui.pg.translate import connect_error

CONNECT_TIMEOUT_S = 10
"""Per address tried; connecting takes 100–330 ms within a continent (measured Sept 2026)."""
WAKING_ATTEMPTS = 10
"""Connects tried while an inactive cluster wakes up, one a second."""


def open_connection(
    endpoint: Endpoint, token: AuthToken, application_name: str
) -> psycopg.Connection:
    """Connect over verified TLS, waiting for an idle cluster to wake up.

    Raises:
        ConnectError: Which step failed and what to do (`TokenRefused` when it was the token).
    """
    for _ in range(WAKING_ATTEMPTS - 1):
        try:
            return _connect(endpoint, token, application_name)
        except ConnectError as error:
            if error.step is not ConnectStep.WAKING:
                raise
        time.sleep(1)
    return _connect(endpoint, token, application_name)


def _connect(endpoint: Endpoint, token: AuthToken, application_name: str) -> psycopg.Connection:
    root = endpoint.root_certificate
    ignore_libpq_variables()
    try:
        return psycopg.connect(
            host=endpoint.host,
            hostaddr=endpoint.hostaddr,
            port=endpoint.port,
            user=endpoint.role,
            password=token.value,
            dbname=DATABASE,
            sslmode="verify-full",
            sslrootcert="system" if root is None else str(root),
            sslnegotiation="direct",
            gssencmode="disable",
            application_name=application_name,
            client_encoding="UTF8",
            connect_timeout=CONNECT_TIMEOUT_S,
            options=endpoint.options,
            autocommit=True,
            prepare_threshold=None,
        )
    except psycopg.Error as error:
        # `from None`: the driver's frames hold the password.
        raise connect_error(str(error), endpoint) from None
