"""Tabs and files: open, save, `$EDITOR`, find, format, and what is kept between starts."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from textual.app import SuspendNotSupported
from textual.timer import Timer

from dsql_tui.config import Config
from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.buffers import is_too_long
from dsql_tui.console.dialogs.confirm import ConfirmDialog
from dsql_tui.console.dialogs.line import LineDialog
from dsql_tui.console.memory import Memory
from dsql_tui.console.panes.find import FindBar
from dsql_tui.console.services import Services
from dsql_tui.console.workspace.tabs import Tabs
from dsql_tui.errors import InputError
from dsql_tui.sql.files import EDITOR_MAX_BYTES, read_sql
from dsql_tui.sql.format import format_statement

KEEP_AFTER_S, KEEP_AT_LATEST_S = 1.0, 5.0
"""How long after the last change the open tabs are written down, and after the first of many."""


class Files(Tabs):
    """Routes between the editor's tabs and the file system."""

    _keeping: Timer | None = None
    _changed_at = 0.0

    def __init__(self, services: Services, config: Config, memory: Memory) -> None:
        super().__init__(services, config, memory)
        self._too_long: set[str] = set()
        """Tabs that were said not to be kept."""

    def action_open_file(self) -> None:
        """Ask for a path and open it."""
        self.app.push_screen(LineDialog("Open a file", placeholder="path.sql"), self._open)

    def _open(self, answer: str | None) -> None:
        if answer:
            self._work(jobs.read_file, _path(answer), group="files")

    async def on_file_read(self, message: m.FileRead) -> None:
        """Show it in a tab; a new one is on the cluster and role of the tab in front."""
        before, count = self._desk, len(self._editor.tabs)
        await self._editor.open_file(message.path, message.text)
        if len(self._editor.tabs) > count:
            self._follow(before)

    def on_file_failed(self, message: m.FileFailed) -> None:
        """Say why; the text in the editor is untouched."""
        self._warn(message.error.message)

    def on_file_restored(self, message: m.FileRestored) -> None:
        """Look whether the file is still what it was."""
        self._work(jobs.look_at_file, message.buffer, message.path, group="files")

    def on_file_looked_at(self, message: m.FileLookedAt) -> None:
        """Say what is not as it was; the text in the tab stays."""
        if changed := self._editor.looked_at(message.buffer, message.text):
            gone = "is not there any more" if message.text is None else "has changed"
            self._warn(f"{changed} {gone} since it was opened here; ctrl+s asks before replacing.")

    def action_save_file(self) -> None:
        """Write the buffer into its file, asking for one first."""
        path = self._editor.current.path
        if path is None:
            self.action_save_as()
        else:
            self._save(str(path))

    def action_save_as(self) -> None:
        """Ask for a file and write the buffer into it."""
        dialog = LineDialog("Save as", placeholder="path.sql")
        self.app.push_screen(dialog, self._save)

    def _save(self, answer: str | None) -> None:
        if not answer:
            return
        editor, path = self._editor.current, _path(answer)
        own = path == editor.path
        known = editor.saved_text if own else None
        writing = jobs.Writing(str(editor.id), path, editor.text, known, own)
        self._work(jobs.write_file, writing, group="files")

    def on_file_in_the_way(self, message: m.FileInTheWay) -> None:
        """Ask before anything is replaced that was not seen here."""
        writing = jobs.Writing(message.buffer, message.path, message.text, sure=True)

        def answered(replace: bool | None) -> None:
            if replace:
                self._work(jobs.write_file, writing, group="files")

        text = f"{message.reason} What it holds now would be lost."
        self.app.push_screen(ConfirmDialog("Replace the file?", text, yes="Replace it"), answered)

    def on_file_written(self, message: m.FileWritten) -> None:
        """The tab has the file's name now."""
        self._editor.saved_as(message.buffer, message.path, message.text)
        self.notify(f"Saved {message.path}.", markup=False)

    def action_rename_tab(self) -> None:
        """Ask for the tab's name."""
        self.app.push_screen(
            LineDialog("Name of the tab"), lambda name: self._rename(name) if name else None
        )

    def _rename(self, name: str) -> None:
        self._editor.rename(name)
        self.on_buffers_changed()

    async def action_reopen_tab(self) -> None:
        """Open the tab again that was closed last."""
        if not await self._editor.reopen_tab():
            self._warn("No tab was closed.")

    def action_move_tab(self, step: int) -> None:
        """Move the tab in front."""
        self._editor.move_tab(step)
        self.on_buffers_changed()

    def action_edit_outside(self) -> None:
        """Edit the buffer in `$VISUAL` or `$EDITOR` and take back what was saved."""
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not command:
            self._warn("Set EDITOR to the editor you want, for example: export EDITOR=vim.")
            return
        editor = self._editor.current
        try:
            draft = Path(tempfile.mkdtemp(prefix="dsql-tui-")) / "statement.sql"
            try:
                draft.write_text(editor.text, encoding="utf-8")
                with self.app.suspend():
                    subprocess.run([*shlex.split(command), str(draft)], check=False)
            except (SuspendNotSupported, OSError, ValueError):
                shutil.rmtree(draft.parent, ignore_errors=True)  # nothing was written there
                raise
        except SuspendNotSupported:
            self._warn("This screen cannot be lent to another program.")
            return
        except (OSError, ValueError) as error:
            self._warn(f"{command} could not be used: {error}.")
            return
        try:
            edited = read_sql(draft, size_max=EDITOR_MAX_BYTES)
        except InputError as error:
            self._warn(f"{error.message} What you wrote is still there; the tab is as it was.")
            return
        shutil.rmtree(draft.parent, ignore_errors=True)
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
        """Write the open tabs down once nobody types, and before anybody has typed for long."""
        now = time.monotonic()
        if self._keeping is None:
            self._changed_at = now
        elif now - self._changed_at > KEEP_AT_LATEST_S:
            return
        else:
            self._keeping.stop()
        self._keeping = self.set_timer(KEEP_AFTER_S, self.keep_buffers)

    def keep_buffers(self) -> None:
        """Write the open tabs down, and say which is too long for it."""
        self._keeping = None
        self._tell_problems()
        buffers = self._editor.buffers
        for each in buffers:
            if is_too_long(each) and each.name not in self._too_long:
                self._too_long.add(each.name)
                self._warn(f"{each.name} is too long to be kept between starts; ctrl+s saves it.")
        self._work(jobs.keep_buffers, self._memory, buffers)

    def keep_now(self) -> None:
        """Write the open tabs down before the program ends."""
        if self._keeping is not None:
            self._keeping.stop()
        jobs.keep_buffers(self._memory, self._editor.buffers, self.post_message)


def _path(answer: str) -> Path:
    """Return a path that means the same wherever the next start is from."""
    return Path(answer).expanduser().absolute()
