"""Translates psycopg's errors: statements by SQLSTATE, failed connections by their text.

When a connection fails, libpq returns one formatted text without fields, so the failed step is
derived from its wording. The texts are those of libpq, OpenSSL and DSQL (user guide,
troubleshooting), each with its remedy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from psycopg import pq
from psycopg.pq import DiagnosticField

from dsql_tui.errors import (
    ConnectError,
    ConnectStep,
    OccConflict,
    StatementCancelled,
    StatementError,
    TokenRefused,
)
from dsql_tui.model.endpoint import Endpoint

SERIALIZATION_FAILURE = "40001"
QUERY_CANCELED = "57014"
CONNECTION_FAILURE = "08006"
PLACEHOLDER_ARN = "<the ARN of your IAM identity>"
"""Stands in a remedy for what only the AWS side knows."""


def statement_error(result: pq.abc.PGresult) -> StatementError:
    """Return the error of a failed result."""

    def field(name: DiagnosticField) -> str:
        value = result.error_field(name)
        return "" if value is None else value.decode("utf-8", "replace")

    sqlstate = field(DiagnosticField.SQLSTATE)
    position = field(DiagnosticField.STATEMENT_POSITION)
    kind = {SERIALIZATION_FAILURE: OccConflict, QUERY_CANCELED: StatementCancelled}.get(
        sqlstate, StatementError
    )
    return kind(
        field(DiagnosticField.MESSAGE_PRIMARY) or "the server gave no message",
        sqlstate=sqlstate,
        detail=field(DiagnosticField.MESSAGE_DETAIL),
        hint=field(DiagnosticField.MESSAGE_HINT),
        position=int(position) if position else None,
    )


@dataclass(frozen=True, slots=True)
class _Refusal:
    pattern: re.Pattern[str]
    step: ConnectStep
    message: str
    remedy: str


def _refusal(pattern: str, step: ConnectStep, message: str, remedy: str) -> _Refusal:
    return _Refusal(re.compile(pattern, re.IGNORECASE), step, message, remedy)


_REFUSALS = (
    _refusal(
        r"waking up cluster",
        ConnectStep.WAKING,
        "The cluster is waking up.",
        "Try again in a few seconds.",
    ),
    _refusal(
        r"sni was not received",
        ConnectStep.TLS,
        "The endpoint did not receive the server name (SNI).",
        "Connect by the endpoint's name, or name the cluster with amzn-cluster-id.",
    ),
    _refusal(
        r"access denied|IAM authentication failed|IAM role",
        ConnectStep.TOKEN,
        "The cluster refused the token.",
        "Check the role, the identity's dsql:DbConnect permission and the clock of this machine.",
    ),
    _refusal(
        r"setting configuration parameter",
        ConnectStep.SETTINGS,
        "The cluster refused a start-up setting.",
        "Unset PGOPTIONS and other PG* variables, then connect again.",
    ),
    _refusal(
        r"too many open connections|rate exceeded",
        ConnectStep.LIMIT,
        "The cluster is at its connection limit.",
        "Close other sessions, or wait a few seconds and connect again.",
    ),
    _refusal(
        r"resolve host|translate host name|Name or service not known|nodename nor servname",
        ConnectStep.DNS,
        "The endpoint's name could not be resolved.",
        "Check the network, the VPN or the private DNS of the endpoint.",
    ),
    _refusal(
        r"unexpected eof|EOF detected|closed the connection|closed unexpectedly|reset by peer",
        ConnectStep.TCP,
        "The endpoint closed the connection before a session was open.",
        "Try again; if the Region is down, connect to the peer. Proxies must let TLS through.",
    ),
    _refusal(
        r"certificate|SSL|TLS",
        ConnectStep.TLS,
        "The TLS handshake failed.",
        "Check that nothing intercepts TLS and that the root certificate is the right one.",
    ),
    _refusal(
        r"refused|timeout|timed out|unreachable|No route",
        ConnectStep.TCP,
        "The endpoint could not be reached.",
        "Check the network, security groups and, for private clusters, the VPC endpoint.",
    ),
)
_NOBODY_LISTENS = re.compile(r"connection refused", re.IGNORECASE)
_HINT = re.compile(r"HINT:\s+(.*?)(?:\n[A-Z]+:|\Z)", re.DOTALL)
_FATAL = re.compile(r"FATAL:\s+(.*)")


def connect_error(text: str, endpoint: Endpoint) -> ConnectError:
    """Return the error of a failed connection, from libpq's localized text."""
    if endpoint.hostaddr and _NOBODY_LISTENS.search(text):
        # Every Region is dialled there, so that a peer would not answer either.
        return ConnectError(
            f"Nothing listens on {endpoint.hostaddr} port {endpoint.port} ({endpoint.host}).",
            step=ConnectStep.ADDRESS,
            hint=_first_line(text),
            remedy="The local DSQL or the tunnel there has ended. Start it again (`dsql-tui local`"
            " lists the commands), then connect again.",
        )
    hint = " ".join(match.group(1).split()) if (match := _HINT.search(text)) else ""
    server_text = match.group(1).strip() if (match := _FATAL.search(text)) else ""
    for refusal in _REFUSALS:
        if refusal.pattern.search(server_text or text):
            step, remedy = refusal.step, refusal.remedy
            message = f"{refusal.message[:-1]} ({endpoint.host}, role {endpoint.role})."
            break
    else:
        step, remedy = ConnectStep.SERVER, ""
        message = f"The session could not be opened: {server_text or _first_line(text)}"
    if step is ConnectStep.TOKEN:
        return TokenRefused(
            message,
            step=step,
            sqlstate=CONNECTION_FAILURE,
            hint=hint,
            remedy=_token_remedy(hint, endpoint) or remedy,
        )
    detail = server_text or _first_line(text)
    return ConnectError(message, step=step, hint=hint or detail, remedy=remedy)


def _token_remedy(hint: str, endpoint: Endpoint) -> str:
    action = "dsql:DbConnectAdmin" if endpoint.is_admin else "dsql:DbConnect"
    if "Signature expired" in hint or "not yet current" in hint:
        return "Set this machine's clock; a token is signed with its time."
    if "Wrong user to action mapping" in hint:
        return f"Connecting as {endpoint.role} needs a token for {action}."
    if "not authorized to perform" in hint:
        return f"Allow {action} on this cluster in the identity's IAM policy."
    if not endpoint.is_admin:
        return (
            f"As admin, run: AWS IAM GRANT {endpoint.role} TO '{PLACEHOLDER_ARN}'; "
            "and allow dsql:DbConnect in its policy."
        )
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else "no reason was given"
