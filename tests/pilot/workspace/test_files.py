"""Tabs, files, finding, formatting, parameters: the editor's everyday."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.run.parameters import ParametersDialog
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer
from dsql_tui.console.widgets.confirm import ConfirmDialog
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.errors import StatementError
from dsql_tui.json_store import JsonStore
from tests.support.desk import Desk, desk
from tests.support.fakes import FakeServices


async def test_a_file_is_opened_changed_and_saved(tmp_path: Path) -> None:
    path = tmp_path / "orders.sql"
    path.write_text("select 1;\n", encoding="utf-8")
    async with desk() as console:
        await console.press("f3", "ctrl+o")
        await console.press(*str(path), "enter")
        assert console.editor.current.text == "select 1;\n"
        assert console.editor.tabs[-1].label == "orders.sql"
        await console.press("x")
        assert "orders.sql ●" in console.screen()
        await console.press("ctrl+s")
        assert path.read_text(encoding="utf-8") == "xselect 1;\n"
        assert "orders.sql ●" not in console.screen()


async def test_a_typing_error_in_a_path_keeps_the_dialog_and_the_path(tmp_path: Path) -> None:
    path = tmp_path / "orders.sql"
    path.write_text("select 1", encoding="utf-8")
    async with desk() as console:
        await console.press("f3", "ctrl+o", *f"{tmp_path}/ordres.sql", "enter")
        assert isinstance(console.app.screen, PathDialog)
        assert console.app.screen.query_one(Input).value.endswith("/ordres.sql")
        assert "ordres.sql" in str(console.app.screen.query_one("#path-note", Static).content)
        await console.press(*["backspace"] * 8, *"d")
        await console.press("tab", "enter")
        assert console.editor.current.text == "select 1"
        await console.press(*"x")
        await console.app.run_action("screen.save_as")
        await console.settle()
        await console.press("end", "/", "a", "enter")
        assert isinstance(console.app.screen, PathDialog), "the file is no folder"
        await console.press("backspace", "backspace", *".copy", "enter")
        assert (tmp_path / "orders.sql.copy").read_text(encoding="utf-8") == "xselect 1"


async def saved(console: Desk, path: Path) -> None:
    await console.press("ctrl+s", *str(path), "enter")


async def test_a_file_that_is_there_is_replaced_only_after_a_question(tmp_path: Path) -> None:
    path = tmp_path / "theirs.sql"
    path.write_text("theirs", encoding="utf-8")
    async with desk() as console:
        await console.press("f3", *"mine")
        await saved(console, path)
        assert isinstance(console.app.screen, ConfirmDialog)
        await console.press("enter")
        assert path.read_text(encoding="utf-8") == "theirs"
        assert console.editor.current.text == "mine"
        await saved(console, path)
        await console.press("right", "enter")
        assert path.read_text(encoding="utf-8") == "mine"


async def test_a_file_changed_by_another_program_is_replaced_only_after_a_question(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.sql"
    async with desk() as console:
        await console.press("f3", *"one")
        await saved(console, path)
        await console.press(*" two", "ctrl+s")
        assert path.read_text(encoding="utf-8") == "one two"
        path.write_text("theirs", encoding="utf-8")
        await console.press(*"!", "ctrl+s")
        assert isinstance(console.app.screen, ConfirmDialog)
        await console.press("escape")
        assert path.read_text(encoding="utf-8") == "theirs"
        assert console.editor.current.text == "one two!"


@pytest.mark.parametrize(
    ("on_disk", "message"), [("x", ""), ("y", "has changed"), (None, "was deleted")]
)
async def test_a_file_that_changed_between_two_starts_is_reported(
    tmp_path: Path, on_disk: str | None, message: str
) -> None:
    path = tmp_path / "a.sql"
    preferences = Preferences()
    async with desk(preferences=preferences) as console:
        await console.press("f3", "x")
        await saved(console, path)
        console.workspace.owners.files.keep()
        await console.settle()
    path.unlink() if on_disk is None else path.write_text(on_disk, encoding="utf-8")
    async with desk(preferences=preferences) as console:
        assert console.editor.current.text == "x"
        words = " ".join(note.message for note in console.app._notifications)
        assert message in words
        assert bool(words) is bool(message)
        assert ("●" in console.editor.tabs[0].mark) is bool(message)


async def test_a_tab_is_kept_however_long_it_is(tmp_path: Path) -> None:
    long = "x" * 2_000_001
    path = tmp_path / "tabs.json"
    async with desk(preferences=Preferences(None, JsonStore(path, shared=False))) as console:
        console.editor.current.load_text(long)
        await console.press("ctrl+q")
        assert console.app.return_code == 0
    assert [each.text for each in Preferences(None, JsonStore(path)).buffers] == [long]


async def test_quitting_asks_where_a_tab_cannot_be_kept_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "no folder").touch()
    path = tmp_path / "no folder" / "tabs.json"
    async with desk(preferences=Preferences(None, JsonStore(path, shared=False))) as console:
        console.editor.current.load_text("select 1")
        await console.press("ctrl+q")
        assert "query 1 is not saved. Cannot write" in console.screen()
        await console.press("escape")
        assert console.app.is_running
        (tmp_path / "no folder").unlink()  # the disk has room again
        await console.press("ctrl+q")
        assert console.app.return_code == 0
    assert [each.text for each in Preferences(None, JsonStore(path)).buffers] == ["select 1"]


async def test_quitting_does_not_ask_about_what_is_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "no folder").touch()
    state = JsonStore(tmp_path / "no folder" / "tabs.json", shared=False)
    async with desk(preferences=Preferences(None, state)) as console:
        console.editor.current.load_text("select 1")
        console.editor.saved_as(str(console.editor.current.id), tmp_path / "a.sql", "select 1")
        await console.press("ctrl+q")
        assert console.app.return_code == 0


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a\x00b"])
async def test_a_file_that_is_no_text_is_refused_and_nothing_is_lost(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "image.sql"
    path.write_bytes(data)
    async with desk() as console:
        console.editor.current.load_text("precious")
        await console.press("f3", "ctrl+o")
        await console.press(*str(path), "enter")
        assert console.editor.current.text == "precious"
        assert len(console.editor.tabs) == 1


async def test_tabs_come_back_at_the_next_start() -> None:
    preferences = Preferences()
    async with desk(preferences=preferences) as console:
        console.editor.current.load_text("select 'kept'")
        await console.until(lambda: bool(preferences.buffers))
    async with desk(preferences=preferences) as console:
        assert console.editor.current.text == "select 'kept'"
        assert preferences.buffers == (Buffer("query 1", "select 'kept'"),)


async def test_a_new_tab_has_a_name_of_its_own() -> None:
    preferences = Preferences()
    preferences.keep_buffers((Buffer("query 2", "a"), Buffer("query 3", "b")))
    async with desk(preferences=preferences) as console:
        await console.press("f3", "ctrl+t")
        assert [tab.label for tab in console.editor.tabs] == ["query 2", "query 3", "query 4"]


async def test_a_closed_tab_can_be_opened_again() -> None:
    async with desk() as console:
        await console.press("f3")
        console.editor.current.load_text("not lost")
        await console.press("alt+w")
        assert console.editor.current.text == ""
        await console.workspace.run_action("reopen_tab")
        assert console.editor.current.text == "not lost"


async def test_find_selects_and_replaces() -> None:
    async with desk() as console:
        await console.press("f3")
        console.editor.current.load_text("select Name from t where name = 'name'")
        await console.press("ctrl+f")
        await console.press(*"name", "enter")
        assert console.editor.current.selected_text == "Name"
        assert "1 of 3" in console.screen()
        await console.press("up")
        assert console.editor.current.selected_text == "name"
        assert "3 of 3" in console.screen()
        await console.press("tab", *"title", "alt+a", "escape")
        assert console.editor.current.text == "select title from t where title = 'title'"
        await console.press("ctrl+z")
        assert console.editor.current.text == "select Name from t where name = 'name'"


async def test_a_regular_expression_is_found_counted_and_replaced_one_by_one() -> None:
    async with desk() as console:
        await console.press("f3")
        console.editor.current.load_text("a1 b22 c")
        await console.press("ctrl+f", "ctrl+r", *"[a-z]([0-9]+")
        assert "invalid expression" in console.screen()
        await console.press(")")
        assert "2 matches" in console.screen()
        await console.press("tab", *r"\1!", "alt+r", "alt+r")
        assert console.editor.current.text == "1! b22 c"
        await console.press("alt+a", "escape")
        assert console.editor.current.text == "1! 22! c"


async def test_the_statement_at_the_cursor_is_laid_out_and_can_be_undone() -> None:
    async with desk() as console:
        await console.press("f3")
        editor = console.editor.current
        editor.load_text("select a,b from t where a=1 and b=2")
        await console.press("alt+f")
        assert "\n" in editor.text
        await console.press("ctrl+z")
        assert editor.text == "select a,b from t where a=1 and b=2"


async def test_parameters_are_asked_for_bound_and_remembered() -> None:
    sent = "select * from t where a = 'O''Hara' and b = NULL"
    services = FakeServices()
    services.answers[sent] = StatementError(
        "no b", sqlstate="42703", position=sent.index("b =") + 1
    )
    async with desk(services) as console:
        await console.connect()
        source = "select * from t where a = :name and b = :other"
        await console.run(source)
        assert isinstance(console.app.screen, ParametersDialog)
        await console.press(*"O'Hara", "tab", *"NULL", "enter")
        assert services.sessions[0].ran == [sent]
        assert console.editor.current.cursor_location == (0, source.index("b ="))
        await console.press("f5")
        assert "O'Hara" in console.screen()


@pytest.fixture
def _lendable_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's screen cannot be lent; the program that borrows it here draws nothing."""
    monkeypatch.setattr(ConsoleApp, "suspend", lambda _app: nullcontext())


def drafts(folder: Path) -> list[Path]:
    return list(folder.rglob("*.sql"))


@pytest.mark.usefixtures("_lendable_screen")
async def test_the_text_goes_to_the_editor_of_the_environment_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("VISUAL", "sed -i s/1/2/")
    async with desk() as console:
        await console.press("f3", *"select 1", "alt+e")
        assert console.editor.current.text == "select 2"
        await console.press("ctrl+z")
        assert console.editor.current.text == "select 1"
    assert drafts(tmp_path) == []


@pytest.mark.usefixtures("_lendable_screen")
async def test_what_an_editor_leaves_that_is_no_text_is_kept_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("VISUAL", "cp /bin/true")
    async with desk() as console:
        await console.press("f3", *"precious", "alt+e")
        assert console.editor.current.text == "precious"
        (note,) = console.app._notifications
        (draft,) = drafts(tmp_path)
        assert str(draft) in note.message


async def test_a_terminal_that_cannot_suspend_is_reported_and_no_draft_remains(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("VISUAL", "true")
    async with desk() as console:
        await console.press("f3", "x", "alt+e")
        assert [note.message for note in console.app._notifications] == [
            "This terminal cannot suspend."
        ]
    assert drafts(tmp_path) == []


async def test_what_was_typed_just_before_quitting_is_kept() -> None:
    preferences = Preferences()
    async with desk(preferences=preferences) as console:
        await console.pilot.press("f3", *"late", "ctrl+q")
        await console.settle()
    assert [buffer.text for buffer in preferences.buffers] == ["late"]


async def test_the_editor_of_the_environment_is_named_when_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.delenv("VISUAL", raising=False)
    async with desk() as console:
        await console.press("f3", "alt+e")
        await console.until(lambda: "EDITOR is not set" in console.screen())
