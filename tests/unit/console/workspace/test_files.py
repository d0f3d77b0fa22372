"""Files of tabs and the unsaved text that is kept between starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from dsql_tui.console.editor.editor_pane import EditorPane
from dsql_tui.console.messages.files import FileRestored
from dsql_tui.console.shared.preferences import Preferences
from dsql_tui.console.shared.tab_contents import Buffer
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.console.workspace.files import Files
from tests.support.fake_ui import FakeUi
from tests.support.open_tabs import ended, turns


class FakeDocument:
    """A text and its file."""

    id = "buffer-1"

    def __init__(self, text: str = "mine") -> None:
        self.text = text
        self.path: Path | None = None
        self.saved_text: str | None = None


class FakeBuffers:
    """The editor's buffers."""

    def __init__(self) -> None:
        self.current = FakeDocument()
        self.saved: list[str] = []
        self.changed = ""
        self.is_restored = True

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        return (Buffer("query 1", self.current.text),)

    def saved_as(self, key: str, path: Path, text: str) -> None:
        self.current.path, self.current.saved_text = path, text
        self.saved.append(path.name)

    def looked_at(self, key: str, text: str | None) -> str:
        return self.changed


class Desk:
    """`Files` with its surroundings."""

    def __init__(self, ui: FakeUi) -> None:
        self.editor, self.preferences = FakeBuffers(), Preferences()
        self.opened: list[tuple[str, str]] = []
        self.files = Files(
            ui,
            cast("EditorPane", self.editor),
            self.preferences,
            open_text=self._open,
            report_problems=lambda: None,
        )

    async def _open(self, path: Path, text: str) -> None:
        self.opened.append((path.name, text))


async def test_a_file_is_opened_or_refused(ui: FakeUi, tmp_path: Path) -> None:
    desk, path = Desk(ui), tmp_path / "a.sql"
    ui.answers = [str(path), None]
    await ended(desk.files.open())
    first, second = ui.asked
    assert isinstance(first, PathDialog)
    assert isinstance(second, PathDialog)
    assert (first._path, first._problem) == ("", "")
    assert second._path == str(path)
    assert "a.sql" in second._problem
    path.write_text("select 1", encoding="utf-8")
    ui.answers = [str(path)]
    await ended(desk.files.open())
    assert desk.opened == [("a.sql", "select 1")]


async def test_what_was_not_seen_here_is_replaced_only_after_a_yes(
    ui: FakeUi, tmp_path: Path
) -> None:
    desk, path = Desk(ui), tmp_path / "a.sql"
    path.write_text("theirs", encoding="utf-8")
    ui.answers = [str(path), False]
    await ended(desk.files.save())
    assert isinstance(ui.asked[0], PathDialog)
    assert path.read_text(encoding="utf-8") == "theirs"
    assert desk.editor.saved == []
    ui.answers = [str(path), True]
    await ended(desk.files.save())
    assert path.read_text(encoding="utf-8") == "mine"
    assert desk.editor.saved == ["a.sql"]
    await ended(desk.files.save())
    assert len(ui.asked) == 4, "its own file is written without asking"


async def test_a_restored_file_that_has_changed_is_reported(ui: FakeUi, tmp_path: Path) -> None:
    desk = Desk(ui)
    desk.editor.changed = "a.sql"
    desk.files.restored(FileRestored("buffer-1", tmp_path / "a.sql"))
    await turns()
    assert ui.notices[0].startswith("a.sql was deleted")


async def test_changes_are_saved_after_typing_stops(ui: FakeUi) -> None:
    desk = Desk(ui)
    desk.files.changed()
    desk.files.changed()
    first, second = ui.timers
    assert first.stopped
    second.callback()
    assert [each.text for each in desk.preferences.buffers] == ["mine"]
    desk.editor.current.text = "later"
    desk.files.changed()
    desk.files.keep_now()
    assert ui.timers[-1].stopped
    assert [each.text for each in desk.preferences.buffers] == ["later"]


async def test_a_worker_that_comes_late_writes_no_older_text(ui: FakeUi) -> None:
    desk = Desk(ui)
    late: list[Callable[[], object]] = []
    ui.in_thread = late.append  # type: ignore[method-assign,assignment]
    desk.files.keep()
    desk.editor.current.text = "later"
    desk.files.keep_now()
    for write in late:
        write()
    assert [each.text for each in desk.preferences.buffers] == ["later"]


async def test_nothing_is_written_before_what_was_kept_is_open(ui: FakeUi) -> None:
    desk = Desk(ui)
    desk.preferences.keep_buffers([Buffer("kept", "x")])
    desk.editor.is_restored = False
    desk.files.keep()
    desk.files.keep_now()
    assert [each.text for each in desk.preferences.buffers] == ["x"]


@contextmanager
def editor_named(monkeypatch: pytest.MonkeyPatch, command: str) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("VISUAL", command)
        yield


def test_a_terminal_that_cannot_be_lent_leaves_no_draft(
    ui: FakeUi, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(ui)
    ui.can_suspend = False
    with editor_named(monkeypatch, "vim -R"):
        desk.files.edit_outside()
    ((program, option, draft),) = ui.programs
    assert (program, option) == ("vim", "-R")
    assert not Path(draft).parent.exists()
    assert ui.notices == ["This terminal cannot suspend."]
