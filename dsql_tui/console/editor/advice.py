"""Linter findings of a buffer: marks in the gutter, a message for the cursor's line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from dsql_tui.console.editor.sql_editor import Mark, SqlEditor
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.sql.dsql.lint import LintFinding, LintSeverity

_STYLES = {LintSeverity.ERROR: "warning", LintSeverity.HINT: "note"}
"""Its errors are shown as warnings: only the server reports errors."""


class Advice:
    """The findings of one buffer, valid while its text is the one that was checked."""

    def __init__(self, editor: SqlEditor, text: str, findings: Sequence[LintFinding]) -> None:
        self.text = text
        self._by_row: dict[int, LintFinding] = {}
        for finding in findings:
            self._by_row.setdefault(editor.location_of(finding.start)[0], finding)

    @property
    def marks(self) -> dict[int, Mark]:
        """Marks for the gutter by row."""
        return {
            row: Mark("▲", _STYLES[finding.severity], finding.message)
            for row, finding in self._by_row.items()
        }

    def at(self, row: int) -> LintFinding | None:
        """Return the finding on a row."""
        return self._by_row.get(row)

    def words(self, row: int) -> Content | None:
        """Return the message for the editor's lower edge."""
        finding = self.at(row)
        if finding is None:
            return None
        key = with_keys("{edit.fix} fix · ") if finding.is_fixable else ""
        more = f" · {finding.suggestion}" if finding.suggestion and not key else ""
        return Content.assemble(
            ("▲ ", "$text-warning"),
            (key, "$muted"),
            (finding.message, "$text-warning"),
            (more, "$muted"),
        )
