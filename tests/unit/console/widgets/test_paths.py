"""Paths are completed from the folder they are in, and nothing else is suggested."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from dsql_tui.console.widgets.paths import PathInput, completed_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "migrations").mkdir()
    for name in ("orders.sql", "orders-old.sql", ".hidden", "Zed.sql"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ord", "orders-old.sql"),
        ("orders.", "orders.sql"),
        ("mig", "migrations/"),
        (".h", ".hidden"),
        ("Z", "Zed.sql"),
        ("z", None),
        ("", None),
        ("orders.sql", None),
        ("migrations/none", None),
        ("nowhere/x", None),
        ("a\0b/c", None),
    ],
)
def test_the_last_part_of_a_path_is_completed(
    folder: Path, typed: str, completed: str | None
) -> None:
    expected = f"{folder}/{completed}" if completed is not None else None
    assert completed_path(f"{folder}/{typed}") == expected


def test_a_relative_path_and_the_home_folder_stay_as_they_were_typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder / "migrations")
    assert completed_path("~/mi") == "~/migrations/"
    assert completed_path("../mi") == "../migrations/"
    assert completed_path("~nobody-of-that-name/x") is None


class PathApp(App[None]):
    """A path field and the field after it."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._proposed = path

    @property
    def path(self) -> PathInput:
        return self.query_one(PathInput)

    def compose(self) -> ComposeResult:
        yield PathInput(self._proposed)
        yield Input(id="next")


async def test_tab_completes_and_moves_the_focus_only_if_there_is_nothing_to_complete(
    folder: Path,
) -> None:
    app = PathApp("")
    async with app.run_test() as pilot:
        app.path.insert_text_at_cursor(f"{folder}/mi")
        await pilot.press("g")
        await app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("tab")
        assert app.path.value == f"{folder}/migrations/"
        assert app.path.has_focus
        await pilot.press("tab")
        assert not app.path.has_focus


@pytest.mark.parametrize(
    ("proposed", "result"),
    [("/home/ada/result.csv", "/home/ada/x.csv"), ("policy.json", "x.json"), ("", "x")],
)
async def test_typing_replaces_the_proposed_name_and_keeps_folder_and_suffix(
    proposed: str, result: str
) -> None:
    app = PathApp(proposed)
    async with app.run_test() as pilot:
        await pilot.press("x")
        assert app.path.value == result
        await pilot.press("tab", "shift+tab", "end", "y")
        assert app.path.value == f"{result}y", "what was typed is not replaced again"
