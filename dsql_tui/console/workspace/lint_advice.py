"""Passes text to the linter's process and shows the findings, without blocking."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from dsql_tui.console.editor.fix import FixDialog
from dsql_tui.console.messages.editing import CheckRequested
from dsql_tui.console.shared.ui import Ui
from dsql_tui.errors import InputError
from dsql_tui.sql.dsql import lint


class AdvisedEditor(Protocol):
    """The editor, as far as it shows findings."""

    @property
    def text(self) -> str:
        """The text of the active buffer."""
        ...

    def show_findings(self, buffer: str, text: str, findings: Sequence[lint.LintFinding]) -> None:
        """Mark the linter's findings, unless the text has changed since."""
        ...

    def finding_at_cursor(self) -> lint.LintFinding | None:
        """Return the linter's finding on the cursor's line."""
        ...

    def apply_fix(self, text: str, fix: lint.Fix) -> None:
        """Apply a fix, unless the text has changed since."""
        ...


class LintAdvice:
    """Checks text, and shows findings and fixes.

    Args:
        ui: Shows dialogs and notifications.
        editor: Shows the findings.
        enabled: Whether the person wants advice.
    """

    def __init__(self, ui: Ui, editor: AdvisedEditor, *, enabled: bool) -> None:
        self._ui = ui
        self._editor = editor
        self._enabled = enabled
        self._has_reported = False

    def check_requested(self, message: CheckRequested) -> None:
        """Check the text outside the event loop."""
        if self._enabled:
            self._ui.start(self._check(message.buffer, message.text))

    async def _check(self, buffer: str, text: str) -> None:
        """Mark the findings; report once if only our own rules were applied."""
        try:
            findings = await self._ui.call(partial(lint.check, text), group="lint")
        except InputError as error:
            self._report_once(error.message)
            return
        self._editor.show_findings(buffer, text, findings)
        if lint.program() is None:
            self._report_once(lint.ABSENT)

    async def show_fix(self) -> None:
        """Show the fix of the finding under the cursor as a diff; apply it when confirmed."""
        finding, text = self._editor.finding_at_cursor(), self._editor.text
        if finding is None:
            self._ui.warn("No suggestion here.")
            return
        try:
            fix = await self._ui.call(partial(lint.fix, text, finding), group="lint")
        except InputError as error:
            self._report_once(error.message)
            return
        if fix is None:
            self._ui.warn(finding.suggestion or "No automatic fix is available.")
        elif await self._ui.ask(FixDialog(text[fix.start : fix.end], finding, fix)):
            self._editor.apply_fix(text, fix)

    def _report_once(self, words: str) -> None:
        if not self._has_reported:
            self._has_reported = True
            self._ui.notify(words)
