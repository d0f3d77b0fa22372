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
class FileWritten(Message):
    """A buffer's text is in the file."""

    path: Path
    text: str


@dataclass
class FileFailed(Message):
    """A file could not be read or written."""

    error: DsqlTuiError


@dataclass
class BuffersChanged(Message):
    """What is open in the editor is worth writing down."""
