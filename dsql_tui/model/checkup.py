"""Results of the connection diagnosis, from the installation to the first query."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckStep(StrEnum):
    """The checks in order; the values are shown to the user."""

    INSTALLATION = "installation"
    CREDENTIALS = "credentials"
    IDENTITY = "identity"
    API = "DSQL API"
    CLUSTER = "cluster"
    DNS = "DNS lookup"
    TCP = "network"
    TLS = "TLS and SNI"
    TOKEN = "token"
    CONNECT = "role and session"
    QUERY = "first query"
    WEBSOCKET = "WebSocket"
    REGION = "Region"


class Verdict(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check.

    Attributes:
        step: Which one.
        verdict: How it went.
        detail: The result, in one line.
        remedy: What to do; empty if nothing has to be done.
        elapsed_ms: How long the step took.
    """

    step: CheckStep
    verdict: Verdict
    detail: str
    remedy: str = ""
    elapsed_ms: float = 0.0
