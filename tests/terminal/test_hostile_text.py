"""A console on a real terminal with hostile text in its editor."""

from __future__ import annotations

import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

from tests.support.hostile_values import HOSTILE, foreign_bytes
from tests.terminal.console import TypedConsole


def test_hostile_sql_reaches_a_real_terminal_as_text_alone() -> None:
    with TypedConsole() as console:
        console.reset(f"select '{HOSTILE}' -- {HOSTILE}")
        console.burst(["home", "end", "enter"])
        drawn = bytes(console.drawn).decode()
    assert "never_there" in drawn
    assert list(foreign_bytes(drawn.replace("\r\n", "\n"))) == []


CRASHING = """
from dsql_tui.cli.shared.terminal import guard_streams
from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.shared.preferences import Preferences
from tests.support.fakes import FakeServices
from tests.support.hostile_values import HOSTILE

class Crashing(ConsoleApp):
    def on_mount(self):
        raise RuntimeError(HOSTILE)

guard_streams()
Crashing(FakeServices(), Config(), Preferences()).run()
"""


def test_a_crash_with_a_hostile_message_is_printed_as_plain_text() -> None:
    outer, inner = pty.openpty()
    ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", CRASHING],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    os.close(inner)
    seen = b""
    while True:
        try:
            seen += os.read(outer, 1 << 16)
        except OSError:  # Linux: the last one has closed the terminal
            break
    process.wait()
    os.close(outer)
    told = seen.decode().replace("\r\n", "\n")
    assert "RuntimeError" in told
    assert "never_there" in told
    assert list(foreign_bytes(told.replace("\x07", "", 1))) == []  # Textual rings once
