"""Transfers a session's settings to the one that replaces it.

The service ends a connection after 60 minutes; replacing it between two statements should not be
noticeable. Only settings that a session has changed itself are carried over, and only those DSQL
lets a session set (user guide, working-with-postgresql-compatibility).
"""

from __future__ import annotations

from dsql_tui.errors import SessionLost, StatementError
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.token import AuthToken
from dsql_tui.pg.session import Session

_CHANGED_SETTINGS = """
SELECT name, setting
FROM pg_catalog.pg_settings
WHERE source = 'session' AND name IN (
    'application_name', 'DateStyle', 'extra_float_digits', 'IntervalStyle', 'TimeZone',
    'search_path', 'enable_bitmapscan', 'enable_hashjoin', 'enable_indexonlyscan',
    'enable_indexscan', 'enable_material', 'enable_mergejoin', 'enable_nestloop', 'enable_seqscan',
    'dsql.enable_batched_nestloop', 'disable_sync_create_index'
)
UNION ALL
SELECT 'role', current_user WHERE current_user <> session_user
"""
"""A role that was SET is in no row of `pg_settings`; where DSQL refuses SET ROLE there is none."""


def changed_settings(session: Session) -> Settings:
    """Return the settings the session has changed with SET.

    Raises:
        StatementError: The catalog cannot be read.
        SessionLost: The connection ended.
    """
    return tuple((name or "", value or "") for name, value in session.fetch(_CHANGED_SETTINGS))


def apply_settings(session: Session, settings: Settings) -> None:
    """Apply the settings of a session to its replacement.

    Raises:
        StatementError: A setting was refused.
        SessionLost: The connection ended.
    """
    for name, value in settings:
        session.fetch("SELECT set_config($1, $2, false)", [name, value])


def open_with(endpoint: Endpoint, token: AuthToken, settings: Settings) -> Session:
    """Open a session with the settings of the one it replaces.

    Raises:
        ConnectError: It could not be opened.
        StatementError: A setting was refused.
        SessionLost: The connection ended at once.
    """
    fresh = Session.open(endpoint, token)
    try:
        apply_settings(fresh, settings)
    except (StatementError, SessionLost):
        fresh.close()
        raise
    return fresh
