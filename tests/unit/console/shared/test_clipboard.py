"""How text reaches the clipboard depends on the session, is limited in size, and is reported."""

from __future__ import annotations

import ast
import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

import dsql_tui
from dsql_tui.console.shared import clipboard
from dsql_tui.console.shared.clipboard import (
    OSC52_BYTES,
    Clipboard,
    Copied,
    Route,
    copy_text,
    native_command,
)
from dsql_tui.console.shared.ui import Flow, Severity
from dsql_tui.errors import InputError
from tests.support.source_trees import nodes_of

ALL = {"pbcopy", "clip", "wl-copy", "xclip", "xsel", "clip.exe"}


def program(environment: dict[str, str], platform: str, there: set[str] = ALL) -> str | None:
    command = native_command(environment, platform, lambda name: name if name in there else None)
    return command[0] if command else None


@pytest.mark.parametrize(
    ("environment", "platform", "found"),
    [
        ({}, "darwin", "pbcopy"),
        ({}, "win32", "clip"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", "wl-copy"),
        ({"DISPLAY": ":0"}, "linux", "xclip"),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", "clip.exe"),
        ({}, "linux", None),
    ],
)
def test_the_systems_program_is_found(
    environment: dict[str, str], platform: str, found: str | None
) -> None:
    assert program(environment, platform) == found


def test_a_program_that_is_not_installed_is_passed_over() -> None:
    assert program({"DISPLAY": ":0"}, "linux", {"xsel"}) == "xsel"


@pytest.fixture
def native(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A desktop with a clipboard program that accepts everything."""
    taken: list[bytes] = []
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("SSH_TTY", raising=False)
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: ("program",))
    monkeypatch.setattr(
        subprocess, "run", lambda _command, **options: taken.append(options["input"])
    )
    return taken


def test_a_local_desktop_gets_the_text_directly(native: list[bytes]) -> None:
    assert copy_text("é", "auto", pytest.fail) == Copied(Route.NATIVE, 2)
    assert native == ["é".encode()]


def test_over_ssh_the_terminal_gets_it(
    native: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "203.0.113.7 1 203.0.113.8 22")
    sent: list[str] = []
    assert copy_text("x", "auto", sent.append).route is Route.OSC52
    assert (sent, native) == (["x"], [])


def test_tmux_is_asked_to_copy_because_it_ignores_what_programs_in_it_send(
    native: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **options: object) -> None:
        ran.append(command)
        assert options["input"] == b"x"

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,1,0")
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    assert copy_text("x", "auto", pytest.fail) == Copied(Route.TMUX, 1)
    assert copy_text("x", "osc52", pytest.fail) == Copied(Route.TMUX, 1)
    assert ran == [("tmux", "load-buffer", "-w", "-")] * 2


def test_a_tmux_that_cannot_copy_is_reported(
    native: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: tuple[str, ...], **_options: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-1000/default,1,0")
    with pytest.raises(InputError, match="could not write") as caught:
        copy_text("x", "osc52", pytest.fail)
    assert "tmux 3.2" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STY", "4711.pts-0.host", "GNU screen does not pass copies on"),
        ("TERM", "linux", "the Linux console does not"),
        ("TERM", "dumb", "this terminal does not"),
    ],
)
def test_a_terminal_without_osc_52_is_named_unless_the_setting_says_otherwise(
    name: str, value: str, words: str, native: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("STY", "TERM"):
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv("SSH_TTY", "/dev/pts/1")
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=words):
        copy_text("x", "auto", pytest.fail)
    sent: list[str] = []
    assert copy_text("x", "osc52", sent.append).route is Route.OSC52
    assert sent == ["x"]


async def test_copies_are_made_in_order_kept_for_pasting_and_reported(
    native: list[bytes],
) -> None:
    kept: list[str] = []
    said: list[tuple[str, str]] = []
    flows: list[asyncio.Task[object]] = []

    def begin(flow: Flow) -> None:
        flows.append(asyncio.get_running_loop().create_task(flow))

    def say(text: str, *, severity: Severity = "information") -> None:
        said.append((text, severity))

    copies = Clipboard("auto", pytest.fail, kept.append, begin, say)
    copies.put("one", "cell")
    copies.put("two", "2 rows")
    assert kept == ["one", "two"]
    await asyncio.gather(*flows)
    assert native == [b"one", b"two"]
    assert said == [
        ("Copied cell (3 B) via the system clipboard.", "information"),
        ("Copied 2 rows (3 B) via the system clipboard.", "information"),
    ]


async def test_a_copy_that_fails_is_reported_as_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: None)
    said: list[tuple[str, str]] = []

    def say(text: str, *, severity: Severity = "information") -> None:
        said.append((text, severity))

    flows: list[Flow] = []
    copies = Clipboard("native", pytest.fail, lambda _text: None, flows.append, say)
    copies.put("x", "cell")
    await flows[0]
    ((text, severity),) = said
    assert text.startswith("No clipboard program found")
    assert severity == "error"


def test_the_setting_decides_before_the_place(native: list[bytes]) -> None:
    sent: list[str] = []
    assert copy_text("x", "osc52", sent.append).route is Route.OSC52
    assert native == []


def test_more_than_a_terminal_takes_is_refused_and_not_cut() -> None:
    with pytest.raises(InputError, match="exceed the limit of OSC 52"):
        copy_text("x" * (OSC52_BYTES + 1), "osc52", pytest.fail)


def test_an_unreachable_clipboard_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: ("dsql-tui-no-such-program",))
    with pytest.raises(InputError, match="could not write to the clipboard"):
        copy_text("x", "native", pytest.fail)
    monkeypatch.setattr(clipboard, "native_command", lambda *_args: None)
    with pytest.raises(InputError, match="No clipboard program found"):
        copy_text("x", "native", pytest.fail)


def test_nothing_but_the_application_writes_to_the_terminals_clipboard() -> None:
    """Every copy goes through `clipboard_of`, which knows tmux and reports the route."""
    package = Path(dsql_tui.__file__).parent
    uses = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in nodes_of(path)
        if (isinstance(node, ast.Attribute) and node.attr == "copy_to_clipboard")
        or (isinstance(node, ast.Constant) and "]52;" in str(node.value))
    }
    assert uses == {"console/app/app.py"}
