"""Workers of the history.

Plain functions that take a resource, inputs and `post`, and see no widget; where there is one
answer they return it in place of posting. Errors of ours become messages; a bug ends the program.
"""

from __future__ import annotations

from pathlib import Path

from dsql_tui.console.messages.editing import HistoryFound, SnippetsFound
from dsql_tui.console.shared.services import Services
from dsql_tui.console.shared.ui import Post
from dsql_tui.sql import snippet_files


def recall(services: Services, pattern: str, marked: bool, post: Post) -> None:
    """Post what fits of the history."""
    post(HistoryFound(pattern, services.recall(pattern, marked=marked)))


def read_snippets(folder: Path, post: Post) -> None:
    """Post the snippets of the repository that a folder is in."""
    found = snippet_files.read_snippets(folder)
    post(SnippetsFound(found.snippets, found.left_out))
