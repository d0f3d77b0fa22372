"""Workers of the history.

Plain functions that take a resource, inputs and `post`, and see no widget; where there is one
answer they return it in place of posting. Errors of ours become messages; a bug ends the program.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from dsql_tui.console.messages.editing import HistoryFound, SnippetsFound
from dsql_tui.console.shared.ui import Post
from dsql_tui.history import HistoryEntry
from dsql_tui.sql.text import snippet_files


class SearchableHistory(Protocol):
    """What the dialog uses of the history."""

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return the statements that fit, the best first."""
        ...

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Mark a statement, or take the mark away."""
        ...

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement; empty takes the name away."""
        ...

    def forget(self, entry: HistoryEntry) -> None:
        """Remove a statement."""
        ...


def recall(kept: SearchableHistory, pattern: str, marked: bool, post: Post) -> None:
    """Post what fits of the history."""
    post(HistoryFound(pattern, kept.recall(pattern, marked=marked)))


def read_snippets(folder: Path, post: Post) -> None:
    """Post the snippets of the repository that a folder is in."""
    read = snippet_files.read_snippets(folder)
    post(SnippetsFound(read.snippets, read.left_out))
