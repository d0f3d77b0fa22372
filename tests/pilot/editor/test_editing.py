"""Typing in the editor: indentation, brackets, comments, each one step to undo."""

from __future__ import annotations

import pytest
from textual.events import Key, Paste
from textual.widgets.text_area import Selection

from dsql_tui.config import Config
from tests.support.desk import desk


async def test_lines_are_indented_and_brackets_closed_where_they_were_opened() -> None:
    async with desk() as console:
        await console.press("f3", *"create table t (", "enter", *"id int,", "enter", *"n int")
        await console.press("escape", "enter", ")")
        assert console.editor.current.text == "create table t (\n  id int,\n  n int\n)"
        await console.press("ctrl+z")
        assert console.editor.current.text == "create table t (\n  id int,\n  n int\n  "


async def test_a_bracket_closed_after_the_cursor_gets_its_own_line() -> None:
    async with desk() as console:
        await console.press("f3", *"f()", "left", "enter", "x")
        assert console.editor.current.text == "f(\n  x\n)"


async def test_tab_and_shift_tab_shift_the_selected_lines_and_keep_the_selection() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("a\n  b\n\nc")
        editor.selection = Selection((0, 0), (3, 1))
        await console.press("tab")
        assert editor.text == "  a\n    b\n\n  c"
        assert editor.selection == Selection((0, 0), (3, 3))
        await console.press("shift+tab", "shift+tab")
        assert editor.text == "a\nb\n\nc"
        await console.press("ctrl+z", "ctrl+z", "ctrl+z")
        assert editor.text == "a\n  b\n\nc"


async def test_the_cursors_line_is_dedented_and_the_focus_stays() -> None:
    async with desk() as console:
        await console.press("f3")
        console.editor.current.load_text("    a")
        await console.press("shift+tab")
        assert console.editor.current.text == "  a"
        assert console.editor.current.has_focus


@pytest.mark.parametrize("cursor", [(0, 1), (0, 2), (2, 0), (2, 1)])
async def test_the_pair_of_the_bracket_at_the_cursor_is_drawn(cursor: tuple[int, int]) -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("f(\n  ')'\n)")
        editor.move_cursor(cursor)
        await console.settle()
        drawn = [
            (row, span.start)
            for row in range(3)
            for span in editor.get_line(row).spans
            if span.style == editor.get_component_rich_style("sql-editor--bracket", partial=True)
        ]
        assert drawn == [(0, 1), (2, 0)]


async def test_alt_with_a_letter_is_never_typed() -> None:
    async with desk() as console:
        await console.press("f3", "ctrl+t", "a")
        for key, character in (("alt+x", "x"), ("alt+w", "w")):  # as tmux sends them
            console.app.post_message(Key(key, character))
            await console.settle()
        assert [tab.label for tab in console.editor.tabs] == ["query 1"]
        assert console.editor.current.text == ""


async def test_what_is_pasted_keeps_its_lines_and_is_not_indented() -> None:
    async with desk() as console:
        await console.press("f3", *"  f(")
        console.app.copy_to_clipboard("a\nb")
        await console.press("ctrl+v")
        assert console.editor.current.text == "  f(a\nb"
        console.app.post_message(Paste("\n\tc"))
        await console.settle()
        assert console.editor.current.text == "  f(a\nb\n\tc"


async def test_a_paste_that_comes_as_keys_is_neither_indented_nor_completed() -> None:
    """As GNU screen sends it, which knows no bracketed paste."""
    text = "select (\n    id,\n    na\tme\n  )\nfrom o"
    names = {"\n": "enter", "\t": "tab"}
    async with desk() as console:
        await console.press("f3")
        for character in text:
            console.app.post_message(Key(names.get(character, character), character))
        await console.settle()
        assert console.editor.current.text == text.replace("\t", "  ")


async def test_invisible_characters_of_the_tab_are_marked_on_request() -> None:
    async with desk() as console:
        await console.press("f3")
        console.editor.current.load_text("select\xa01  \nfrom a")
        await console.press("down")
        assert "⍽" not in console.screen()
        await console.press("alt+i")
        assert "select⍽1··" in console.screen()
        await console.press("alt+i")
        assert "⍽" not in console.screen()
        assert console.editor.current.text == "select\xa01  \nfrom a"


async def test_every_character_can_be_typed_and_none_is_a_command() -> None:
    signs = "q[]<>{}()?:;/123hjklgG|~^$"
    async with desk() as console:
        await console.press("f3")
        for sign in signs:
            await console.pilot.press("space" if sign == " " else sign)
        await console.press("tab")
        assert console.editor.current.text.rstrip(" ") == signs
        assert console.editor.current.has_focus


async def test_q_quits_nowhere() -> None:
    async with desk() as console:
        await console.connect()
        await console.run("select 1")
        for pane in ("f2", "f4"):
            await console.press(pane, "q")
        assert console.app.is_running
        assert console.app.screen is console.workspace


async def test_comments_are_set_and_taken_away_as_one_step() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("a\n  b\n\nc")
        editor.selection = Selection((0, 0), (2, 0))
        await console.press("ctrl+underscore")
        assert editor.text == "-- a\n  -- b\n\nc"
        await console.press("ctrl+underscore")
        assert editor.text == "a\n  b\n\nc"
        await console.press("ctrl+z")
        assert editor.text == "-- a\n  -- b\n\nc"


async def test_a_key_of_the_persons_own_runs_and_quitting_stays_where_it_was() -> None:
    config = Config(keys={"run.statement": "alt+x", "app.quit": "alt+y"})
    async with desk(config=config) as console:
        await console.connect()
        await console.press("f3", *"select 1", "escape", "alt+x")
        assert console.services.sessions[0].ran == ["select 1"]
        await console.press("alt+y")
        assert console.app.return_code is None
        await console.press("ctrl+q")
        assert console.app.return_code == 0
