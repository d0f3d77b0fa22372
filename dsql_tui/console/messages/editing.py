"""Messages about the linter, the history and inserting text."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.message import Message

from dsql_tui.console.messages.sessions import WorkspaceMessage
from dsql_tui.history import HistoryEntry
from dsql_tui.sql.text.sql_files import Snippet


@dataclass
class CheckRequested(WorkspaceMessage):
    """Posted when typing has paused and the linter may run."""

    buffer: str
    text: str


@dataclass
class HistoryFound(Message):
    """Posted with the statements of the history that match a query."""

    pattern: str
    entries: list[HistoryEntry]


@dataclass
class SnippetsFound(Message):
    """Posted with the repository's snippet files, and why others were not read."""

    snippets: list[Snippet]
    left_out: list[str] = field(default_factory=list)


@dataclass
class InsertRequested(WorkspaceMessage):
    """Posted to insert a text at the editor's cursor."""

    text: str
