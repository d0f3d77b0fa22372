"""What the editor holds, sends, formats and saves is the file's text, character by character."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets.text_area import Selection

from dsql_tui.errors import StatementError
from dsql_tui.sql.lexing.split import split
from tests.support.desk import Desk, desk
from tests.unit.sql.sql_texts import ENDINGS, ODD_CHARACTERS


async def _open(console: Desk, path: Path) -> None:
    await console.press("f3", "ctrl+o", *str(path), "enter")
    assert console.editor.current.path == path


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_statement_is_sent_as_its_file_has_it(tmp_path: Path, ending: str) -> None:
    first = f"select{ending}'a{ending}\t{''.join(ODD_CHARACTERS[:-1])}b' -- c{ending}, 2"
    text = f"{first};{ending}select 3{ending}"
    path = tmp_path / "a.sql"
    path.write_bytes(text.encode())
    async with desk() as console:
        await console.connect()
        await _open(console, path)
        assert console.editor.current.text == text
        await console.press("ctrl+home", "f5")
        session = console.services.sessions[-1]
        assert session.ran == [first], console.screen()
        await console.press("shift+f5")
        assert session.ran[1:] == [each.text for each in split(text)]
        await console.press("ctrl+s")
        assert path.read_bytes() == text.encode()


async def test_formatting_changes_the_statement_and_nothing_after_it() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        text = "-- x\r\n\r\ndelete from t where customer_id\r\n = 42\r\n;\r\nselect 1"
        editor.load_text(text)
        editor.move_cursor((2, 3))
        await console.press("alt+f")
        assert editor.text == (
            "-- x\r\n\r\ndelete\r\nfrom t\r\nwhere customer_id = 42\r\n;\r\nselect 1"
        )
        assert editor.cursor_location == (2, 3)
        await console.press("ctrl+z")
        assert editor.text == text


@pytest.mark.parametrize("ending", ENDINGS)
async def test_an_error_is_marked_where_the_server_saw_it(ending: str) -> None:
    statement = f"select '\u2028\x85',{ending}  nope"
    error = StatementError("no", sqlstate="42703", position=statement.index("nope") + 1)
    async with desk() as console:
        console.services.answers[statement] = error
        await console.connect()
        await console.run(f"select 1;{ending}{statement};")
        assert console.editor.current.cursor_location == (2, 2)
        assert [*console.editor.current.marks] == [2]


MIXED = "a\r\nb\nc\u2028d\re\r\n"


async def test_edits_keep_the_ending_of_each_line() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text(MIXED)
        editor.selection = Selection((0, 0), (2, 1))
        await console.press("ctrl+underscore")
        assert editor.text == "-- a\r\n-- b\n-- c\u2028d\re\r\n"
        await console.press("ctrl+z")
        assert editor.text == MIXED
        editor.move_cursor((1, 1))
        await console.press("enter", "x")
        assert editor.text == MIXED.replace("b\n", "b\nx\n")
        editor.move_cursor((0, 1))
        await console.press("enter", "y")
        assert editor.text == MIXED.replace("b\n", "b\nx\n").replace("a\r\n", "a\r\ny\r\n")
        await console.press("ctrl+z", "ctrl+z")
        while editor.text != MIXED:
            await console.press("ctrl+z")


async def test_a_paste_gets_the_endings_of_the_buffer_and_keeps_all_other_characters() -> None:
    odd = "".join(each for each in ODD_CHARACTERS if each != "\x00")
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        for text, ending in (("a\r\nb", "\r\n"), ("a\nb", "\n"), ("", "\n")):
            editor.load_text(text)
            editor.move_cursor(editor.document.end)
            console.app.post_message(Paste(f"1\r\n2\n3\r4{odd}"))  # a CR is LF to many terminals
            await console.settle()
            assert editor.text == text + ending.join(["1", "2", "3", f"4{odd}"])


@pytest.mark.parametrize("ending", ENDINGS)
async def test_find_and_replace_work_in_the_text_as_it_is(ending: str) -> None:
    text = f"x\u2028{ending}foo, foo\x0b foo{ending}"
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text(text)
        await console.press("ctrl+f", *"foo", "enter")
        assert editor.selected_text == "foo"
        assert editor.selection == Selection((1, 0), (1, 3))
        await console.press("tab", *"b", "alt+r")
        assert editor.text == text.replace("foo", "b", 1)
        await console.press("alt+a")
        assert editor.text == text.replace("foo", "b")


async def test_a_control_character_is_drawn_in_the_cell_the_cursor_finds_it_in() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("a\r\x0b\x85\u2028b\n")
        editor.move_cursor((0, 5))
        assert editor.wrapped_document.location_to_offset((0, 5)).x == 5
        await console.settle()
        assert "a␍␋↵↵b" in console.screen()


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("key", ["ctrl+x", "ctrl+shift+k"])
async def test_the_last_line_is_deleted_and_comes_back(key: str, ending: str) -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text(f"a{ending}b")
        editor.move_cursor((1, 1))
        await console.press(key)
        assert editor.text == f"a{ending}"
        await console.press("ctrl+z")
        assert editor.text == f"a{ending}b"
