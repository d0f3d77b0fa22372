"""An input for a path that completes it, and the dialog that asks for one."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from dsql_tui.console.widgets.dialog import Dialog


class PathSuggester(Suggester):
    """Suggests the first file or folder that begins with what was typed."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed path, or `None`."""
        return await asyncio.to_thread(completed_path, value)


def completed_path(typed: str) -> str | None:
    """Return the first path, in alphabetical order, that begins with a typed one.

    Returns:
        The path as it was typed with its last part completed, a folder with a separator at its end;
        `None` if nothing begins so, or if the last part is empty.
    """
    folder, name = os.path.split(typed)
    if not name:
        return None
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            names = sorted(
                f"{entry.name}{os.sep}" if entry.is_dir() else entry.name
                for entry in entries
                if entry.name.startswith(name)
            )
    except (OSError, RuntimeError, ValueError):  # no such folder, no such user, a NUL
        return None
    return typed[: len(typed) - len(name)] + names[0] if names and names[0] != name else None


class PathInput(Input):
    """An input for a path: `tab` completes it, and typing replaces the proposed name.

    Args:
        path: The proposed path.
        is_proposed: Whether typing replaces the path's name; its folder and suffix stay.
    """

    def __init__(
        self,
        path: str = "",
        *,
        placeholder: str = "",
        is_proposed: bool = True,
        id: str | None = None,  # noqa: A002
        compact: bool = True,
    ) -> None:
        super().__init__(
            path,
            placeholder=placeholder,
            suggester=PathSuggester(),
            select_on_focus=False,
            id=id,
            compact=compact,
        )
        self._is_proposed = is_proposed

    def on_focus(self) -> None:
        """Select the proposed name when the input is first focused."""
        if self._is_proposed:
            self._is_proposed = False
            name = os.path.split(self.value)[1]
            stem = Path(name).stem if name else ""
            start = len(self.value) - len(name)
            self.selection = Selection(start, start + len(stem))

    def on_key(self, event: events.Key) -> None:
        """Accept the completion; without one `tab` goes to the next field as everywhere."""
        if event.key == "tab" and self._suggestion and self.cursor_at_end:
            event.stop()
            event.prevent_default()
            self.action_cursor_right()


class PathDialog(Dialog[str]):
    """Returns a path as it was typed, not empty.

    Args:
        heading: The question.
        path: The path to begin with.
        placeholder: An example, shown while the line is empty.
        verb: What confirming does.
        problem: Why the previous path cannot be used, if the dialog is shown again.
    """

    HINTS = ("tab complete",)

    def __init__(
        self, heading: str, path: str = "", placeholder: str = "", *, verb: str, problem: str = ""
    ) -> None:
        super().__init__()
        self._heading, self._verb, self._problem = heading, verb, problem
        self._path, self._placeholder = path, placeholder

    def heading(self) -> str:
        """Return the title."""
        return self._heading

    def verb(self) -> str:
        """Return the verb of the confirming button."""
        return self._verb

    def body(self) -> ComposeResult:
        """Yield the path, and why it cannot be used."""
        yield PathInput(
            self._path, placeholder=self._placeholder, is_proposed=not self._problem, id="path"
        )
        note = Static(Content(self._problem), id="path-note", classes="dialog-note")
        note.display = bool(self._problem)
        yield note

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Dismiss with the path."""
        if event.value.strip():
            self.dismiss(event.value.strip())
