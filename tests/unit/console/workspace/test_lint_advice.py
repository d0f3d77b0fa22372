"""Advice about the text in the editor, and its fixes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dsql_tui.console.editor.fix import FixDialog
from dsql_tui.console.messages.editing import CheckRequested
from dsql_tui.console.workspace.lint_advice import LintAdvice
from dsql_tui.sql.dsql import lint
from tests.support.fake_ui import FakeUi
from tests.support.open_tabs import ended, turns


class Advised:
    """The editor, advised."""

    text = "select 1"

    def __init__(self) -> None:
        self.finding: lint.LintFinding | None = None
        self.shown: list[int] = []
        self.applied: list[str] = []

    def show_findings(self, buffer: str, text: str, findings: Sequence[lint.LintFinding]) -> None:
        self.shown.append(len(findings))

    def finding_at_cursor(self) -> lint.LintFinding | None:
        return self.finding

    def apply_fix(self, text: str, fix: lint.Fix) -> None:
        self.applied.append(fix.text)


TEXT = "create table t (id serial primary key);"


async def test_text_is_checked_only_where_advice_is_enabled(ui: FakeUi) -> None:
    editor = Advised()
    LintAdvice(ui, editor, enabled=False).check_requested(CheckRequested("b", TEXT))
    await turns()
    assert editor.shown == []
    advice = LintAdvice(ui, editor, enabled=True)
    advice.check_requested(CheckRequested("b", TEXT))
    await turns()
    assert editor.shown[0] > 0


async def test_a_missing_dsql_lint_is_reported_once_and_the_own_rules_mark_the_text(
    ui: FakeUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "program", lambda: None)
    editor = Advised()
    advice = LintAdvice(ui, editor, enabled=True)
    for _ in range(2):
        advice.check_requested(CheckRequested("b", "set statement_timeout = 1"))
        await turns()
    assert editor.shown == [1, 1]
    assert ui.notices == [lint.ABSENT]


async def test_a_fix_is_applied_after_a_yes(ui: FakeUi) -> None:
    editor = Advised()
    advice = LintAdvice(ui, editor, enabled=True)
    await ended(advice.show_fix())
    assert ui.notices == ["No suggestion here."]
    editor.text = TEXT
    editor.finding = next(each for each in lint.check(TEXT) if lint.fix(TEXT, each))
    ui.answers = [False, True]
    await ended(advice.show_fix())
    assert editor.applied == []
    await ended(advice.show_fix())
    assert isinstance(ui.asked[0], FixDialog)
    assert len(editor.applied) == 1
