"""A long value in a dialog, and in the person's own editor."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.widgets import TextArea

from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.results.row_editing.dialogs import ValueDialog
from dsql_tui.console.results.row_editing.field import FieldAnswer
from dsql_tui.model.source_table import JSON_OID, TableColumn
from tests.support.desk import desk


def drafts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.json"))


async def test_a_value_is_edited_in_the_editor_of_the_environment_and_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ConsoleApp, "suspend", lambda _app: nullcontext())
    column = TableColumn(1, "data", "json", JSON_OID)
    answers: list[FieldAnswer | None] = []
    async with desk() as console:
        console.app.push_screen(ValueDialog(column, '{"a": 1}'), answers.append)
        await console.settle()
        area = console.app.screen.query_one(TextArea)
        monkeypatch.setenv("VISUAL", "sed -i s/1/x/")
        await console.press("alt+e")
        assert area.text == '{"a": x}'
        await console.press("ctrl+s")
        assert answers == []
        assert "Not valid JSON" in console.screen()
        monkeypatch.setenv("VISUAL", r"sed -i 's/x/[2]\n/'")
        await console.press("alt+e")
        assert area.text == '{"a": [2]\n}'
        await console.press("ctrl+s")
    assert answers == [FieldAnswer('{"a": [2]\n}')]
    assert drafts(tmp_path) == []


@pytest.mark.parametrize(
    ("before", "saved", "after"), [("a", "b\n", "b"), ("a\n", "b\n", "b\n"), ("a", "b\n\n", "b\n")]
)
async def test_the_line_break_that_an_editor_adds_at_the_end_is_no_part_of_the_value(
    before: str, saved: str, after: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(ConsoleApp, "suspend", lambda _app: nullcontext())
    other = tmp_path / "saved"
    other.write_text(saved)
    monkeypatch.setenv("VISUAL", f"cp {other}")
    async with desk() as console:
        console.app.push_screen(ValueDialog(TableColumn(1, "note", "text", 25), before))
        await console.settle()
        await console.press("alt+e")
        assert console.app.screen.query_one(TextArea).text == after
