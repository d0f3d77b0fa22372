"""Long lines of the SQL tab: wrapped on request, drawn and edited at a key's speed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from dsql_tui.console.editor import sql_editor
from dsql_tui.console.editor.sql_editor import Mark, SqlEditor

WIDTH = 40


class EditorApp(App[None]):
    """An editor alone."""

    def compose(self) -> ComposeResult:
        yield SqlEditor()


@asynccontextmanager
async def editing(text: str) -> AsyncIterator[tuple[SqlEditor, Pilot[None]]]:
    app = EditorApp()
    async with app.run_test(size=(WIDTH, 10)) as pilot:
        editor = app.query_one(SqlEditor)
        editor.load_text(text)
        editor.focus()
        await pilot.pause()
        yield editor, pilot


def drawn(editor: SqlEditor) -> list[str]:
    """Return the rows without borders, as they are drawn."""
    width, height = editor.scrollable_content_region.size
    return [editor.render_line(y).crop(0, width).text.rstrip() for y in range(height)]


async def test_soft_wrap_shows_a_whole_line_and_is_left_again() -> None:
    words = " ".join(f"word{number}" for number in range(12))
    async with editing(f"select {words};\nselect 2;") as (editor, pilot):
        editor.mark_error(0, Mark("✗", "error", "wrong"))
        assert "word11" not in "".join(drawn(editor))
        await pilot.press("alt+p")
        rows = drawn(editor)
        assert all(f"word{number}" in " ".join(rows) for number in range(12))
        assert [row for row in rows if "✗" in row] == rows[:1]
        assert next(row for row in rows if " 2 " in row).endswith("select 2;")
        await pilot.press("down")
        assert editor.cursor_location[0] == 0
        assert editor.cursor_location[1] > 0
        await pilot.press("alt+p")
        assert "word11" not in "".join(drawn(editor))
        assert editor.text == f"select {words};\nselect 2;"


@pytest.mark.parametrize("wraps", [False, True])
async def test_a_long_line_is_drawn_as_textual_draws_it(
    wraps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "".join(f"({number}, 'é')," for number in range(900))
    async with editing(f"select 1;\n{line}\nselect 2;") as (editor, pilot):
        editor.soft_wrap = wraps
        for start, end in [(0, 0), (3_000, 3_010), (5_000, 5_000), (len(line), len(line))]:
            editor.selection = type(editor.selection)((1, start), (1, end))
            editor.scroll_cursor_visible(animate=False)
            await pilot.pause()
            ours = cells(editor)
            with monkeypatch.context() as patch:
                patch.setattr(sql_editor, "LONGEST_MEASURED", 10**9)
                editor.notify_style_update()
                editor._line_cache.clear()
                theirs = cells(editor)
            assert ours == theirs


def cells(editor: SqlEditor) -> list[list[tuple[str, bool, str]]]:
    """Return each cell of each row: its character, whether it is reversed, its background."""
    width, height = editor.scrollable_content_region.size
    return [
        [
            (character, bool(style and style.reverse), str(style.bgcolor if style else None))
            for text, style, _ in editor.render_line(y).crop(0, width)
            for character in text
        ]
        for y in range(height)
    ]


async def test_wrapped_lines_are_painted_again_at_a_new_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted: dict[int, list[int]] = {}
    render_line = SqlEditor.render_line

    def recorded(editor: SqlEditor, y: int) -> Strip:
        painted[y] = [*editor.wrapped_document.get_offsets(0)]
        return render_line(editor, y)

    async with editing("word " * 18) as (editor, pilot):
        await pilot.press("alt+p")
        monkeypatch.setattr(SqlEditor, "render_line", recorded)
        for width in (60, 64, 71, 60):
            await pilot.resize_terminal(width, 10)
            await pilot.pause()
            breaks = editor.wrapped_document.get_offsets(0)
            assert [painted[y] for y in range(2)] == [breaks, breaks]
