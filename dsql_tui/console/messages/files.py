"""Buffers and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dsql_tui.console.messages.sessions import WorkspaceMessage


@dataclass
class FileRestored(WorkspaceMessage):
    """A tab of the last start is open again; its file may have changed in between."""

    buffer: str
    path: Path


@dataclass
class BuffersChanged(WorkspaceMessage):
    """What is open in the editor is worth writing down."""
