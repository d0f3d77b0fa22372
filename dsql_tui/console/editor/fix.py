"""A linter's fix as a diff, before it is applied."""

from __future__ import annotations

import difflib
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.sql.dsql.lint import Fix, LintFinding
from dsql_tui.sql.text.lines import lines_of

_STYLES = {"+": "$text-success", "-": "$text-error", "@": "$muted"}


class FixDialog(Dialog[bool]):
    """Returns whether to apply it.

    Args:
        before: The present text.
        finding: The finding that it fixes.
        fix: The proposed text.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FIX)]
    HEADING = "Fix for DSQL"
    VERB = "Apply"
    CONFIRM_KEY = "{fix.apply}"

    def __init__(self, before: str, finding: LintFinding, fix: Fix) -> None:
        super().__init__()
        self._before, self._finding, self._fix = before, finding, fix

    def body(self) -> ComposeResult:
        """Yield the finding, the change and its side effects."""
        yield Static(Content(self._finding.message), classes="dialog-text")
        with VerticalScroll(classes="dialog-list"):
            yield Static(Content("\n").join(_diff(self._before, self._fix.text)))
        for warning in self._fix.warnings:
            yield Static(Content.styled(f"▲ {warning}", "$text-warning"))

    def action_confirm(self) -> None:
        """Dismiss with `True`."""
        self.dismiss(True)


def _diff(before: str, after: str) -> list[Content]:
    lines = difflib.unified_diff(lines_of(before), lines_of(after), lineterm="", n=2)
    shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return [Content.styled(line, _STYLES.get(line[:1], "$text")) for line in shown]
