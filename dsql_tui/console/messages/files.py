"""Messages about buffers and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dsql_tui.console.messages.sessions import WorkspaceMessage


@dataclass
class FileRestored(WorkspaceMessage):
    """Posted when a saved tab was restored; its file may have changed."""

    buffer: str
    path: Path


@dataclass
class BuffersChanged(WorkspaceMessage):
    """Posted when the open tabs have changed and are to be saved."""
