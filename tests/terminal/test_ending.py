"""A console that is ended by a signal or a closed terminal has saved all typed text."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fcntl import ioctl
from pathlib import Path
from time import monotonic

import pytest

from dsql_tui.console.app.app import open_preferences
from tests.terminal.console import KEYS

PATIENCE_S = 60
RAW = "\x1b[?25l"
"""What is written once the terminal echoes nothing any more."""


class Typed:
    """A console under a pseudo-terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.terminal, child = pty.openpty()
        ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.terminal.keeping", str(folder)],
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""},
        )
        os.close(child)

    def type(self, keys: str) -> None:
        """Type characters and wait for nothing."""
        os.write(self.terminal, keys.encode())

    def wait_until_drawn(self, words: str) -> None:
        """Read the screen until it has shown these words."""
        drawn, deadline = b"", monotonic() + PATIENCE_S
        while words.encode() not in drawn:
            assert monotonic() < deadline, drawn[-2_000:]
            ready, _, _ = select.select([self.terminal], [], [], 1)
            drawn += os.read(self.terminal, 1 << 16) if ready else b""

    def end(self) -> int:
        """Read what it draws until it has ended, and return its exit code."""
        deadline = monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert monotonic() < deadline
            ready, _, _ = select.select([self.terminal], [], [], 0.05)
            if ready:
                try:
                    os.read(self.terminal, 1 << 16)
                except OSError:
                    break
        return self.process.wait(PATIENCE_S)


@contextmanager
def typed(folder: Path) -> Iterator[Typed]:
    """Run a console with the cursor in its editor."""
    console = Typed(folder)
    try:
        console.wait_until_drawn(RAW)
        console.type(KEYS["f3"] + "select one ")
        console.wait_until_drawn("one")
        yield console
    finally:
        console.process.kill()
        console.process.wait()


def kept_in(folder: Path) -> list[str]:
    with ExitStack() as held:
        return [each.text for each in open_preferences(folder, held).buffers]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_what_was_typed_before_a_signal_is_kept(tmp_path: Path, number: signal.Signals) -> None:
    with typed(tmp_path) as console:
        console.type("from the last second")
        console.process.send_signal(number)
        assert console.end() == 128 + number
        os.close(console.terminal)
    assert kept_in(tmp_path) == ["select one from the last second"]


def test_what_was_typed_before_the_editor_was_there_is_kept(tmp_path: Path) -> None:
    console = Typed(tmp_path)
    try:
        console.wait_until_drawn(RAW)
        console.type(KEYS["f3"] + "select one")
        console.process.terminate()
        assert console.end() == 128 + signal.SIGTERM
        os.close(console.terminal)
    finally:
        console.process.kill()
    assert kept_in(tmp_path) == ["select one"]


def test_a_console_whose_terminal_is_closed_ends_and_saves_its_buffer(tmp_path: Path) -> None:
    with typed(tmp_path) as console:
        console.type("two three")
        console.wait_until_drawn("thre")
        os.close(console.terminal)  # it is no session leader's: there is no SIGHUP
        assert console.process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    assert kept_in(tmp_path)[0].startswith("select one two thre")


def test_what_was_kept_survives_a_signal_before_it_is_open_again(tmp_path: Path) -> None:
    with typed(tmp_path) as console:
        console.process.terminate()
        console.end()
        os.close(console.terminal)
    again = Typed(tmp_path)
    again.wait_until_drawn(RAW)  # the tabs are not there yet
    again.process.terminate()
    again.end()
    os.close(again.terminal)
    assert kept_in(tmp_path) == ["select one "]


def test_two_consoles_at_once_keep_the_tabs_of_both(tmp_path: Path) -> None:
    with typed(tmp_path) as one, typed(tmp_path) as two:
        one.type("in the first")
        two.type("in the second")
        for console in (two, one):
            console.process.terminate()
            assert console.end() == 128 + signal.SIGTERM
            os.close(console.terminal)
    assert sorted(kept_in(tmp_path)) == ["select one in the first", "select one in the second"]
