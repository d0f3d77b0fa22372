"""The linter between the editor and its process: it advises, it never blocks."""

from __future__ import annotations

from dsql_tui.console import jobs
from dsql_tui.console import messages as m
from dsql_tui.console.dialogs.fix import FixDialog
from dsql_tui.console.workspace.base import WorkspaceBase
from dsql_tui.sql.lint import ABSENT, program


class Advice(WorkspaceBase):
    """Routes findings and fixes."""

    _told_trouble = False

    def on_check_requested(self, message: m.CheckRequested) -> None:
        """Look at what was typed, off the event loop."""
        if self._config.lint:
            self._work(jobs.check_text, message.buffer, message.text, group="lint")

    def on_checks_arrived(self, message: m.ChecksArrived) -> None:
        """Mark what was found; say once if only our own rules were asked."""
        self._editor.show_findings(message.buffer, message.text, message.findings)
        if program() is None:
            self._tell_once(ABSENT)

    def on_check_failed(self, message: m.CheckFailed) -> None:
        """Say once that there is no advice."""
        self._tell_once(message.error.message)

    def action_show_fix(self) -> None:
        """Ask for the fix of the finding under the cursor."""
        editor = self._editor
        finding = editor.finding_at_cursor()
        if finding is None:
            self._warn("Nothing is advised about this line.")
        else:
            self._work(jobs.find_fix, editor.current.text, finding, group="lint")

    def on_fix_arrived(self, message: m.FixArrived) -> None:
        """Show the fix as a diff; a yes applies it."""
        text, fix = message.text, message.fix
        if fix is None:
            self._warn(message.finding.suggestion or "There is no fix to apply.")
            return
        dialog = FixDialog(text[fix.start : fix.end], message.finding, fix)
        editor = self._editor
        self.app.push_screen(dialog, lambda answer: editor.apply_fix(text, fix) if answer else None)

    def _tell_once(self, words: str) -> None:
        if not self._told_trouble:
            self._told_trouble = True
            self.notify(words, markup=False)
