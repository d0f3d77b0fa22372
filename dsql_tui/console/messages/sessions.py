"""What messages of the workspace have in common, and the life of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import AuthToken


class WorkspaceMessage(Message):
    """Crosses panes; exactly one owner in the workspace handles it."""


class TabMessage(Message):
    """Reports about one tab's session or run; the tab's `post` puts its key on it."""

    tab: str = ""


@dataclass
class SessionOpened(TabMessage):
    """The session of a tab is open."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    transaction: TransactionStatus = TransactionStatus.IDLE


@dataclass
class SessionFailed(TabMessage):
    """The session of a tab could not be opened, or has ended."""

    endpoint: Endpoint
    error: DsqlTuiError
