"""The linter in the editor: marks, words, a fix as a diff."""

from __future__ import annotations

from pathlib import Path

from dsql_tui.config import Config
from dsql_tui.console.editor.fix import FixDialog
from tests.support.desk import Desk, desk

REFUSED = "select 1;\ncreate index on orders(note);"


async def advised(console: Desk) -> None:
    await console.connect()
    console.editor.current.load_text(REFUSED)
    console.editor.current.move_cursor((1, 0))
    await console.until(lambda: bool(console.editor.current.marks))


async def test_what_dsql_would_refuse_is_marked_while_typing() -> None:
    async with desk() as console:
        await advised(console)
        assert set(console.editor.current.marks) == {1}
        assert "alt+q fix" in console.screen()


async def test_an_opened_file_is_checked_before_anything_is_typed() -> None:
    async with desk() as console:
        await console.editor.open_file(Path("/nowhere/migration.sql"), REFUSED)
        await console.until(lambda: set(console.editor.current.marks) == {1})


async def test_the_fix_is_shown_as_a_diff_and_applied_by_enter() -> None:
    async with desk() as console:
        await advised(console)
        await console.press("alt+q")
        await console.until(lambda: isinstance(console.app.screen, FixDialog))
        await console.press("enter")
        assert "async" in console.editor.current.text.lower()
        assert console.editor.current.text.startswith("select 1;\n")


async def test_what_is_marked_still_runs() -> None:
    async with desk() as console:
        await advised(console)
        await console.press("f5")
        assert console.services.sessions[0].ran == ["create index on orders(note)"]


async def test_the_linter_can_be_switched_off() -> None:
    async with desk(config=Config(lint=False)) as console:
        await console.connect()
        console.editor.current.load_text(REFUSED)
        await console.pilot.pause(0.6)
        assert not console.editor.current.marks
