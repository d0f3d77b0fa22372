"""Advice, history and what goes into the editor."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.message import Message

from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.history import HistoryEntry
from dsql_tui.sql.text.sql_files import Snippet


@dataclass
class CheckRequested(WorkspaceMessage):
    """Nobody has typed for a while: the linter may run."""

    buffer: str
    text: str


@dataclass
class HistoryFound(Message):
    """Statements of the history that fit what was typed."""

    pattern: str
    entries: list[HistoryEntry]


@dataclass
class SnippetsFound(Message):
    """The SQL files that the repository keeps as snippets, and why others were not read."""

    snippets: list[Snippet]
    left_out: list[str] = field(default_factory=list)


@dataclass
class InsertRequested(WorkspaceMessage):
    """Posted to insert a text at the editor's cursor."""

    text: str
