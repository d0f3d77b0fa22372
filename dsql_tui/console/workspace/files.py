"""Tabs and files: open, save, `$EDITOR`, find, format, and what is kept between starts."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.timer import Timer

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.line import LineDialog
from dsql_tui.console.panes.find import FindBar
from dsql_tui.console.workspace.base import WorkspaceBase
from dsql_tui.errors import InputError
from dsql_tui.sql.format import format_statement

KEEP_AFTER_S = 1.0
"""How long after the last change the open tabs are written down."""


class Files(WorkspaceBase):
    """Routes between the editor's tabs and the file system."""

    _keeping: Timer | None = None

    def action_open_file(self) -> None:
        """Ask for a path and open it."""
        self.app.push_screen(LineDialog("Open a file", placeholder="path.sql"), self._open)

    def _open(self, answer: str | None) -> None:
        if answer:
            self._work(jobs.read_file, Path(answer).expanduser(), group="files")

    async def on_file_read(self, message: m.FileRead) -> None:
        """Show it in a tab."""
        await self._editor.open_file(message.path, message.text)

    def on_file_failed(self, message: m.FileFailed) -> None:
        """Say why; the text in the editor is untouched."""
        self._warn(message.error.message)

    def action_save_file(self) -> None:
        """Write the buffer into its file, asking for one first."""
        path = self._editor.current.path
        if path is not None:
            self._save(str(path))
        else:
            dialog = LineDialog("Save as", placeholder="path.sql")
            self.app.push_screen(dialog, self._save)

    def _save(self, answer: str | None) -> None:
        if answer:
            text = self._editor.current.text
            self._work(jobs.write_file, Path(answer).expanduser(), text, group="files")

    def on_file_written(self, message: m.FileWritten) -> None:
        """The tab has the file's name now."""
        self._editor.saved_as(message.path, message.text)
        self.notify(f"Saved {message.path}.", markup=False)

    def action_rename_tab(self) -> None:
        """Ask for the tab's name."""
        editor = self._editor
        self.app.push_screen(
            LineDialog("Name of the tab"), lambda name: editor.rename(name) if name else None
        )

    async def action_reopen_tab(self) -> None:
        """Open the tab again that was closed last."""
        if not await self._editor.reopen_tab():
            self._warn("No tab was closed.")

    def action_move_tab(self, step: int) -> None:
        """Move the tab in front."""
        self._editor.move_tab(step)

    def action_edit_outside(self) -> None:
        """Edit the buffer in `$VISUAL` or `$EDITOR` and take back what was saved."""
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not command:
            self._warn("Set EDITOR to the editor you want, for example: export EDITOR=vim.")
            return
        editor = self._editor.current
        with tempfile.TemporaryDirectory(prefix="dsql-tui-") as folder:
            draft = Path(folder) / "statement.sql"
            draft.write_text(editor.text, encoding="utf-8")
            try:
                with self.app.suspend():
                    subprocess.run([*shlex.split(command), str(draft)], check=False)
                edited = draft.read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                self._warn(f"{command} could not be used: {error}.")
                return
        if edited != editor.text:
            editor.replace(edited, (0, 0), editor.document.end)

    def action_find(self) -> None:
        """Find and replace in the buffer in front."""
        self.query_one(FindBar).open(self._editor.current)

    def on_find_bar_left(self) -> None:
        """Back to the text."""
        self._editor.focus_content()

    def action_format(self) -> None:
        """Lay out the statement at the cursor; refused where its meaning could change."""
        editor = self._editor.current
        for statement in reversed(editor.statements_at_cursor()):
            try:
                laid_out = format_statement(statement.text)
            except InputError as error:
                self._warn(error.message)
                return
            start = editor.location_of(statement.start)
            editor.replace(laid_out, start, editor.location_of(statement.end))

    def on_buffers_changed(self) -> None:
        """Write the open tabs down once nobody types."""
        if self._keeping is not None:
            self._keeping.stop()
        self._keeping = self.set_timer(KEEP_AFTER_S, self.keep_buffers)

    def keep_buffers(self) -> None:
        """Write the open tabs down."""
        self._work(jobs.keep_buffers, self._memory, self._editor.buffers)
