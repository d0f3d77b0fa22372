"""What the workspace refuses to run in batches, before a screen is opened."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from dsql_tui.console.workspace.long_runs import LongRuns
from dsql_tui.sql.lexing.split import split
from tests.support.fake_ui import FakeUi


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("", "Put the cursor on one statement to run it in batches."),
        ("\\d orders", "\\d is a command of psql, not SQL."),
        ("delete from orders \\gx", "\\gx is a command of psql, not SQL."),
    ],
)
async def test_what_is_not_one_statement_is_said(text: str, notice: str) -> None:
    ui, editor = FakeUi(), SimpleNamespace(statements_at_cursor=lambda: tuple(split(text)))
    anything = cast("Any", SimpleNamespace(front=None))
    long_runs = LongRuns(
        ui, anything, anything, editor=lambda: cast("Any", editor), done=lambda: None
    )
    await long_runs.run_batches()
    assert ui.notices == [notice]
    assert ui.asked == []
