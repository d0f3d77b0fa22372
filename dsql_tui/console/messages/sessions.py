"""A session's life. What a job tells of it carries the key of the tab it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from dsql_tui.console.services import Services
from dsql_tui.errors import (
    DsqlTuiError,
)
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import (
    TransactionStatus,
)
from dsql_tui.model.token import AuthToken


class DeskMessage(Message):
    """Tells of one tab's session or run; its post stamps the key of the tab on it."""

    desk: str = ""


@dataclass
class TokenGenerated(DeskMessage):
    """A token was signed; the session is being opened with it."""

    endpoint: Endpoint
    token: AuthToken


@dataclass
class SessionOpened(DeskMessage):
    """The person's session on `endpoint` is open."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    transaction: TransactionStatus = TransactionStatus.IDLE


@dataclass
class SessionFailed(DeskMessage):
    """The person's session could not be opened, or ended."""

    endpoint: Endpoint
    error: DsqlTuiError


@dataclass
class TargetFound(DeskMessage):
    """The cluster that a tab was opened for exists; `services` reach it."""

    services: Services
    cluster: Cluster


@dataclass
class TargetMissing(DeskMessage):
    """The cluster that a tab was opened for cannot be found."""

    error: DsqlTuiError
