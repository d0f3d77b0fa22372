"""Tabs and files: open, save, `$EDITOR`, format, and restoring tabs at the next start."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.editor.external_editor import edited_outside
from dsql_tui.console.messages.files import BuffersChanged, FileRestored
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.ui import Stoppable, Ui
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.line import LineDialog
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.errors import InputError
from dsql_tui.sql.editing.format import format_statement
from dsql_tui.sql.text.sql_files import EDITOR_MAX_BYTES, in_the_way, read_sql, write_sql

KEEP_AFTER_S, KEEP_AT_LATEST_S = 1.0, 5.0
"""How long after the last change the open tabs are written down, and after the first of many."""


@dataclass(frozen=True, slots=True)
class Writing:
    """A buffer to write to a file.

    Attributes:
        buffer: Key of its tab.
        path: The file.
        text: The text to write.
        known: The contents of the file when it was last read or written, if known.
        own: Whether the buffer was read from this file.
    """

    buffer: str
    path: Path
    text: str
    known: str | None = None
    own: bool = False


class Files:
    """Transfers text between the editor's tabs and files.

    Args:
        ui: Shows dialogs and notifications.
        editor: The editor pane with the texts.
        preferences: Saves the open tabs between starts.
        open_text: Shows a file's text in a tab.
        report_problems: Reports problems with saved data.
    """

    def __init__(
        self,
        ui: Ui,
        editor: EditorPane,
        preferences: Preferences,
        *,
        open_text: Callable[[Path, str], Awaitable[None]],
        report_problems: Callable[[], object],
    ) -> None:
        self._ui = ui
        self._editor = editor
        self._preferences = preferences
        self._open_text = open_text
        self._report_problems = report_problems
        self._keeping: Stoppable | None = None
        self._changed_at = 0.0

    # Open and save.

    async def open(self) -> None:
        """Ask for a path until it can be opened."""
        answer, problem = "", ""
        while answer := await self._ask_path("Open file", answer, problem, verb="Open"):
            path = _path(answer)
            try:
                text = await self._ui.call(partial(_read, path), group="files")
            except InputError as error:
                problem = error.message
            else:
                await self._open_text(path, text)
                return

    async def open_named(self, name: str) -> None:
        """Open a file in a tab, or report why it cannot be opened."""
        path = _path(name)
        try:
            text = await self._ui.call(partial(_read, path), group="files")
        except InputError as error:
            self._ui.warn(error.message)
        else:
            await self._open_text(path, text)

    async def _ask_path(self, heading: str, path: str, problem: str, *, verb: str) -> str:
        dialog = PathDialog(heading, path, "path.sql", verb=verb, problem=problem)
        return await self._ui.ask(dialog) or ""

    def restored(self, message: FileRestored) -> None:
        """Check whether the file of a restored tab has changed."""
        self._ui.start(self._look_at(message.buffer, message.path))

    async def _look_at(self, buffer: str, path: Path) -> None:
        """Report what has changed; the text in the tab stays."""
        try:
            text: str | None = await self._ui.call(partial(_read, path), group="files")
        except InputError:
            text = None
        if changed := self._editor.looked_at(buffer, text):
            gone = "was deleted" if text is None else "has changed"
            self._ui.warn(
                f"{changed} {gone} after it was opened. Saving asks before it replaces the file."
            )

    async def save(self) -> None:
        """Write the active buffer to its file, asking for a path if it has none."""
        path = self._editor.current.path
        if path is None:
            await self.save_as()
        elif problem := await self._save(path):
            self._ui.warn(problem)

    async def save_as(self) -> None:
        """Ask for a path until the buffer can be written to it."""
        path = self._editor.current.path
        answer, problem = str(path or ""), ""
        while answer := await self._ask_path("Save as", answer, problem, verb="Save"):
            if not (problem := await self._save(_path(answer))):
                return

    async def _save(self, path: Path) -> str:
        """Write it, asking before anything is replaced that was not seen here.

        Returns:
            Why it cannot be written; empty when it was, or when the person cancelled.
        """
        editor = self._editor.current
        own = path == editor.path
        known = editor.saved_text if own else None
        writing = Writing(str(editor.id), path, editor.text, known, own)
        try:
            if reason := await self._ui.call(partial(write_unless_in_the_way, writing)):
                text = f"{reason} Its current contents would be lost."
                dialog = ConfirmDialog("Replace the file?", text, verb="Replace")
                if not await self._ui.ask(dialog):
                    return ""
                await self._ui.call(partial(write_sql, path, writing.text), group="files")
        except InputError as error:
            return error.message
        self._editor.saved_as(writing.buffer, path, writing.text)
        self._ui.notify(f"Saved {path}.")
        return ""

    async def rename_tab(self) -> None:
        """Ask for a new name of the tab."""
        if name := await self._ui.ask(LineDialog("Rename tab", verb="Rename")):
            self._editor.rename(name)

    # Edit.

    def edit_outside(self) -> None:
        """Edit the buffer in `$VISUAL` or `$EDITOR`, and load the saved text."""
        editor = self._editor.current
        self.keep_now()  # a signal is handled when the other program has ended
        edited = edited_outside(self._ui, editor.text, "statement.sql")
        if edited is not None and edited != editor.text:
            editor.replace_exactly(edited, (0, 0), editor.document.end)

    def format(self) -> None:
        """Format the statement at the cursor, unless its meaning could change."""
        editor = self._editor.current
        for statement in reversed(editor.statements_at_cursor()):
            start, end = map(editor.location_of, (statement.start, statement.end))
            ending = editor.document.ending(start[0])
            try:
                laid_out = format_statement(statement.text, ending=ending)
            except InputError as error:
                self._ui.warn(error.message)
                return
            editor.replace_exactly(laid_out, start, end)

    # Saved between starts.

    def changed(self, _message: BuffersChanged | None = None) -> None:
        """Save the open tabs when typing pauses, or after a maximum delay."""
        now = time.monotonic()
        if self._keeping is None:
            self._changed_at = now
        elif now - self._changed_at > KEEP_AT_LATEST_S:
            return
        else:
            self._keeping.stop()
        self._keeping = self._ui.after(KEEP_AFTER_S, self.keep)

    def keep(self) -> None:
        """Save the open tabs in a thread."""
        self._keeping = None
        self._report_problems()
        if self._editor.is_restored:
            self._preferences.note_buffers(self._editor.buffers)
            self._ui.in_thread(self._preferences.write_buffers)

    def keep_now(self) -> None:
        """Save the open tabs before the program ends, once they were restored."""
        if self._keeping is not None:
            self._keeping.stop()
        if self._editor.is_restored:
            self._preferences.keep_buffers(self._editor.buffers)

    def losses(self) -> list[str]:
        """Save the open tabs; return the remaining losses, as sentences."""
        self.keep_now()
        if not (reason := self._preferences.buffers_unwritten):
            return []
        return [f"{name} is not saved. {reason}" for name in self._editor.unsaved]


def write_unless_in_the_way(writing: Writing) -> str:
    """Write a SQL file, unless that would overwrite changes.

    Returns:
        What would be lost, as a sentence; empty when it is written.

    Raises:
        InputError: It cannot be written.
    """
    path, text = writing.path, writing.text
    if not (reason := in_the_way(path, text, writing.known, own=writing.own)):
        write_sql(path, text)
    return reason


def _read(path: Path) -> str:
    return read_sql(path, size_max=EDITOR_MAX_BYTES, is_file=True)


def _path(answer: str) -> Path:
    """Return a path that means the same wherever the next start is from."""
    return Path(answer).expanduser().absolute()
