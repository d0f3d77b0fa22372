"""Advice, history, jobs and what goes into the editor."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.errors import (
    DsqlTuiError,
)
from dsql_tui.history import Run
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.job import Job
from dsql_tui.sql.files import Snippet
from dsql_tui.sql.lint import Finding, Fix


@dataclass
class CheckRequested(Message):
    """Nobody has typed for a moment: the linter may look."""

    buffer: str
    text: str


@dataclass
class ChecksArrived(Message):
    """What the linter found in a buffer's text."""

    buffer: str
    text: str
    findings: list[Finding]


@dataclass
class CheckFailed(Message):
    """The linter could not be asked."""

    error: DsqlTuiError


@dataclass
class FixArrived(Message):
    """What a finding's fix would write; `None` when there is none."""

    text: str
    finding: Finding
    fix: Fix | None


@dataclass
class JobsArrived(Message):
    """The asynchronous jobs the cluster tells about."""

    endpoint: Endpoint
    jobs: list[Job]


@dataclass
class HistoryFound(Message):
    """Statements of the history that fit what was typed."""

    pattern: str
    runs: list[Run]


@dataclass
class SnippetsFound(Message):
    """The SQL files that the repository keeps as snippets."""

    snippets: list[Snippet]


@dataclass
class InsertRequested(Message):
    """The person wants this text at the cursor of the editor."""

    text: str
