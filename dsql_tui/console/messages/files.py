"""Buffers and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from dsql_tui.errors import (
    DsqlTuiError,
)


@dataclass
class FileRead(Message):
    """A file's text."""

    path: Path
    text: str


@dataclass
class FileRestored(Message):
    """A tab of the last start is open again; its file may have changed in between."""

    buffer: str
    path: Path


@dataclass
class FileLookedAt(Message):
    """What the file of a tab holds now; `None` if there is none that can be read."""

    buffer: str
    text: str | None


@dataclass
class FileWritten(Message):
    """A buffer's text is in the file."""

    buffer: str
    path: Path
    text: str


@dataclass
class FileInTheWay(Message):
    """A buffer's text was not written: what `reason` says would be replaced unseen."""

    buffer: str
    path: Path
    text: str
    reason: str


@dataclass
class FileFailed(Message):
    """A file could not be read or written."""

    error: DsqlTuiError


@dataclass
class BuffersChanged(Message):
    """What is open in the editor is worth writing down."""
