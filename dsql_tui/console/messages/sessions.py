"""A session's life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from dsql_tui.errors import (
    DsqlTuiError,
)
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import (
    TransactionStatus,
)
from dsql_tui.model.token import AuthToken


@dataclass
class TokenGenerated(Message):
    """A token was signed; the session is being opened with it."""

    endpoint: Endpoint
    token: AuthToken


@dataclass
class SessionOpened(Message):
    """The person's session on `endpoint` is open."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    transaction: TransactionStatus = TransactionStatus.IDLE


@dataclass
class SessionEnding(Message):
    """The session ends soon and holds a transaction, so it cannot be replaced."""


@dataclass
class SessionFailed(Message):
    """The person's session could not be opened, or ended."""

    endpoint: Endpoint
    error: DsqlTuiError
