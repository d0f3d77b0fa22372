"""Every copy goes the one way: through tmux in tmux, and the notification names it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from dsql_tui.console.shared import clipboard
from tests.support.desk import Desk, desk
from tests.support.fakes import answer


class Copies:
    """What tmux was asked to take, and what went to the terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.texts: list[str] = []
        self.commands: set[tuple[str, ...]] = set()
        monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,1,0")
        monkeypatch.setattr(clipboard, "native_command", lambda *_args: None)
        monkeypatch.setattr(clipboard, "tmux_command", lambda *_args: ("tmux",))
        monkeypatch.setattr(clipboard, "_feed", self._take)

    def _take(self, command: tuple[str, ...], data: bytes, _remedy: str) -> None:
        self.commands.add(command)
        self.texts.append(data.decode())


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Copies:
    return Copies(monkeypatch)


def notices(console: Desk) -> list[str]:
    return [note.message for note in console.app._notifications]


async def from_the_editor(console: Desk) -> None:
    await console.press("f3", *"abc", "shift+left", "ctrl+c")


async def cut_in_the_editor(console: Desk) -> None:
    await console.press("f3", *"abc", "shift+left", "ctrl+x")


async def from_an_input(console: Desk) -> None:
    await console.press("f3", "ctrl+f", *"abc", "shift+left", "ctrl+c")


async def a_cell(console: Desk) -> None:
    await console.connect()
    console.services.answers["select 1"] = answer([["1"]], n="bigint")
    await console.run("select 1")
    await console.press("f4", "y")


async def a_policy(console: Desk) -> None:
    await console.connect()
    await console.press("f7", "down", "p", "c")


async def statements_to_review(console: Desk) -> None:
    await console.connect()
    await console.press("f7", "down", "d", "c")


async def diagnostics(console: Desk) -> None:
    await console.connect()
    await console.app.run_action("screen.examine")
    await console.settle()
    await console.press("c")


@pytest.mark.parametrize(
    ("copy", "what"),
    [
        (from_the_editor, "selection"),
        (cut_in_the_editor, "selection"),
        (from_an_input, "selection"),
        (a_cell, "cell"),
        (a_policy, ".json"),
        (statements_to_review, "statement"),
        (diagnostics, "diagnostics"),
    ],
)
async def test_a_copy_goes_through_tmux_and_is_reported(
    copy: Callable[[Desk], Awaitable[None]], what: str, copies: Copies
) -> None:
    async with desk() as console:
        await copy(console)
        (text,) = copies.texts
        assert copies.commands == {("tmux",)}
        assert text == console.app.clipboard
        said = notices(console)[-1]
    assert said.startswith("Copied ")
    assert what in said
    assert said.endswith(" via tmux.")


async def test_a_copied_cell_can_be_pasted_into_the_editor(copies: Copies) -> None:
    async with desk() as console:
        await a_cell(console)
        await console.press("f3", "ctrl+end", "ctrl+v")
        assert console.editor.current.text.endswith(copies.texts[0])


async def test_osc_52_is_written_by_the_terminals_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: None)
    written: list[str] = []
    async with desk() as console:
        driver = console.app._driver
        assert driver is not None
        monkeypatch.setattr(driver, "write", written.append)
        await from_the_editor(console)
        assert "\x1b]52;c;Yw==\a" in written
        assert notices(console)[-1] == "Copied selection (1 B) via OSC 52."
