"""Base classes of the workspace's messages, and messages about sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import TransactionStatus
from dsql_tui.model.token import AuthToken


class WorkspaceMessage(Message):
    """A message between panes, which exactly one object of the workspace handles."""


class TabMessage(Message):
    """A report about one tab's session or run; the tab's `post` adds its key."""

    tab: str = ""


@dataclass
class SessionOpened(TabMessage):
    """Posted when the session of a tab is open."""

    endpoint: Endpoint
    token: AuthToken
    opened_at: datetime
    transaction: TransactionStatus = TransactionStatus.IDLE


@dataclass
class SessionFailed(TabMessage):
    """Posted when the session of a tab could not be opened, or has ended."""

    endpoint: Endpoint
    error: DsqlTuiError
