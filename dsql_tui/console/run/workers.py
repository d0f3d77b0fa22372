"""Functions that the history dialog runs in worker threads.

Plain functions that take a resource, inputs and `post`, and use no widget; a function with a single
result returns it instead. Errors of this package become messages; a bug ends the program.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from dsql_tui.console.messages.editing import HistoryFound, SnippetsFound
from dsql_tui.console.shared.ui import Post
from dsql_tui.history import HistoryEntry
from dsql_tui.sql.text import snippet_files


class SearchableHistory(Protocol):
    """The history as the dialog uses it."""

    def recall(self, pattern: str, *, marked: bool = False) -> list[HistoryEntry]:
        """Return the statements that match, the best first."""
        ...

    def star(self, entry: HistoryEntry, *, starred: bool) -> None:
        """Add or remove a favorite."""
        ...

    def rename(self, entry: HistoryEntry, name: str) -> None:
        """Name a statement; an empty name removes the name."""
        ...

    def forget(self, entry: HistoryEntry) -> None:
        """Delete a statement."""
        ...


def recall(searchable: SearchableHistory, pattern: str, marked: bool, post: Post) -> None:
    """Post the statements of the history that match."""
    post(HistoryFound(pattern, searchable.recall(pattern, marked=marked)))


def read_snippets(folder: Path, post: Post) -> None:
    """Post the snippets of the repository that contains a folder."""
    read = snippet_files.read_snippets(folder)
    post(SnippetsFound(read.snippets, read.left_out))
