"""Replace a session by a fresh one before the service ends it, with its settings carried over.

The service cuts a connection after 60 minutes; a swap between two statements is something nobody
has to notice. Only settings that a session has changed itself are carried over, and only those DSQL
lets a session set (user guide, working-with-postgresql-compatibility).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import SESSION_LIFETIME, AuthToken
from dsql_tui.pg.session import Session

RENEW_BEFORE_END = timedelta(minutes=5)
"""How long before its end an idle session is replaced; AWS's connectors pool for 55 minutes too."""

Settings = tuple[tuple[str, str], ...]
"""Names and values of settings a session has changed, in the form `set_config` takes."""

_CHANGED_SETTINGS = """
SELECT name, setting
FROM pg_catalog.pg_settings
WHERE source = 'session' AND name IN (
    'DateStyle', 'extra_float_digits', 'IntervalStyle', 'TimeZone', 'search_path',
    'enable_bitmapscan', 'enable_hashjoin', 'enable_indexonlyscan', 'enable_indexscan',
    'enable_material', 'enable_mergejoin', 'enable_nestloop', 'enable_seqscan',
    'dsql.enable_batched_nestloop'
)
ORDER BY name
"""


def is_due(session: Session, now: datetime) -> bool:
    """Whether the session should be replaced before its next statement.

    A session in a transaction is never due: its work would be lost.
    """
    ends_soon = now >= session.opened_at + SESSION_LIFETIME - RENEW_BEFORE_END
    return ends_soon and session.transaction_status is TransactionStatus.IDLE


def changed_settings(session: Session) -> Settings:
    """Return what the session has SET.

    Raises:
        StatementError: The catalog cannot be read.
        SessionLost: The connection ended.
    """
    return tuple((name or "", value or "") for name, value in session.fetch(_CHANGED_SETTINGS))


def apply_settings(session: Session, settings: Settings) -> None:
    """Give a fresh session the settings of the one it replaces.

    Raises:
        StatementError: A setting was refused.
        SessionLost: The connection ended.
    """
    for name, value in settings:
        session.fetch("SELECT set_config($1, $2, false)", [name, value])


def renew(session: Session, token: AuthToken) -> Session:
    """Open a session in place of an idle one, carry its settings over and close the old one.

    Raises:
        ConnectError: The new one could not be opened; the old one is left as it is.
        SessionLost: The old one turned out to be gone.
    """
    settings = changed_settings(session)
    fresh = Session.open(session.endpoint, token)
    apply_settings(fresh, settings)
    session.close()
    return fresh
