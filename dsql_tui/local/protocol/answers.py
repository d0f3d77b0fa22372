"""DSQL's errors for refused connections, and the allowed settings, as dated data.

Source unless noted: facts sheet of 2026-11-30 §3.3, §6.8, D (user guide, September 2026, and
recorded runs on real clusters, September–October 2026). `unsure` marks an answer that is not
published.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import replace
from typing import Final

from dsql_tui.local.protocol.wire import ServerMessage

SERVER_VERSION: Final = "16.15"
SERVER_VERSION_NUM: Final = "160015"
MAX_CONNECTIONS: Final = "20"
"""The value that SHOW returns (live, Seoul, 2026); a cluster accepts more connections."""


def fatal(sqlstate: str, message: str, hint: str = "") -> ServerMessage:
    """Return an error that ends the connection."""
    return ServerMessage("FATAL", sqlstate, message, hint=hint)


def error(sqlstate: str, message: str, *, detail: str = "") -> ServerMessage:
    """Return an error that fails the statement."""
    return ServerMessage("ERROR", sqlstate, message, detail=detail)


NO_SNI: Final = fatal("08006", "unable to accept connection, sni was not received")  # unsure: 08006
WAKING_UP: Final = fatal(  # unsure: 08006
    "08006", "unable to accept connection, waking up cluster, please retry later"
)
CONNECT_REFUSED: Final = fatal(  # unsure: the error of a fault injected by FIS
    "08006", "unable to accept connection, please retry later"
)
TOO_MANY: Final = fatal("53300", "Unable to accept connection, too many open connections.")
RATE_EXCEEDED: Final = fatal("53400", "Unable to accept connection, rate exceeded.")
SHUTTING_DOWN: Final = fatal("57P01", "terminating connection due to administrator command")
BACKEND_LOST: Final = fatal("XX000", "server unavailable")
_ACCESS_DENIED: Final = fatal("08006", "unable to accept connection, access denied")
_SESSION_ID_BYTES: Final = 16
"""26 characters in base32."""
NOT_AUTHORIZED: Final = "User: {arn} is not authorized to access this resource"


UNKNOWN_ROLE: Final = ("08006", "08P01")
"""SQLSTATEs that reports give for a connect as a role that does not exist."""


def tls_required() -> ServerMessage:
    """Return the error for a start-up without TLS (D.15, December 2024); unsure: 08P01."""
    number = base64.b32encode(secrets.token_bytes(_SESSION_ID_BYTES)).decode()
    return ServerMessage(
        "FATAL",
        "08P01",
        "unable to accept connection, SSL is mandatory. AWS Authentication is required.",
        detail=f"Session Id: {number.lower().rstrip('=')}",
    )


def access_denied(hint: str) -> ServerMessage:
    """Return the error for every failed authentication; the cause is in the HINT."""
    return replace(_ACCESS_DENIED, hint=hint)


def no_database(name: str) -> ServerMessage:
    """Return the error for any database but `postgres`."""
    return fatal("3D000", f'database "{name}" does not exist')


def refused_start_up(answer: ServerMessage) -> ServerMessage:
    """Return DSQL's error for a start-up that PostgreSQL refused."""
    return TOO_MANY if answer.sqlstate == TOO_MANY.sqlstate else answer.without_context()


def setting_refused(name: str) -> str:
    """Return the message for a setting that DSQL does not allow a session to change."""
    return f'setting configuration parameter "{name}" not supported'


SETTABLE: Final = frozenset(
    {
        "application_name",
        "client_encoding",
        "datestyle",
        "extra_float_digits",
        "intervalstyle",
        "timezone",
        "search_path",
        "disable_sync_create_index",
        "dsql.enable_batched_nestloop",
        *(
            f"enable_{node}"
            for node in (
                *("bitmapscan", "hashjoin", "indexonlyscan", "indexscan"),
                *("material", "mergejoin", "nestloop", "seqscan"),
            )
        ),
    }
)
"""Settings a session may change, at start-up and by SET (facts §6.8; LIVE-A)."""

BLOCKED_FUNCTIONS: Final = (
    # Recorded: pg_backend_pid and the advisory locks (LIVE-A), the size functions (LIVE-G).
    "pg_backend_pid|pg_(?:try_)?advisory_[a-z_]+",
    "pg_(?:database|tablespace|(?:total_)?relation|table|indexes)_size",
    # unsure: functions that affect other sessions, the server or its files, and large objects.
    "pg_(?:cancel|terminate)_backend|pg_(?:safe_snapshot_)?blocking_pids|pg_lock_status",
    "pg_stat_(?:get|clear|reset)_[a-z_]+|pg_stat_(?:reset|force_next_flush)|pg_prepared_xact|pg_cursor",
    "pg_export_snapshot|pg_log_backend_memory_contexts|pg_reload_conf|pg_rotate_logfile",
    "pg_notify|pg_(?:notification_queue_usage|listening_channels)",
    "lo_(?:close|creat|create|export|from_bytea|get|import|lseek|lseek64|open|put|tell|tell64)",
    "lo_(?:truncate|truncate64|unlink)|loread|lowrite",
    "inet_server_(?:addr|port)",  # live, 2026
)
"""PostgreSQL functions that DSQL does not have (facts §5.4), as patterns of whole names."""
