"""A console under a pseudo-terminal that tests type into and whose state they query."""

from __future__ import annotations

import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterable
from fcntl import ioctl
from typing import Any

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "backspace": "\x7f",
    "delete": "\x1b[3~",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "shift+left": "\x1b[1;2D",
    "shift+up": "\x1b[1;2A",
    "shift+tab": "\x1b[Z",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "shift+f5": "\x1b[15;2~",
    "f6": "\x1b[17~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~",
    "f12": "\x1b[24~",
    "ctrl+a": "\x01",
    "ctrl+f": "\x06",
    "ctrl+k": "\x0b",
    "ctrl+o": "\x0f",
    "ctrl+p": "\x10",
    "ctrl+t": "\x14",
    "ctrl+u": "\x15",
    "ctrl+z": "\x1a",
    "ctrl+pageup": "\x1b[5;5~",
    "ctrl+pagedown": "\x1b[6;5~",
    "alt+w": "\x1bw",
    "escape": "\x1b",
}
"""What a terminal sends for a key; a single character sends itself."""
State = dict[str, Any]


def paste(text: str) -> str:
    """Return what a terminal sends for a text that is pasted."""
    return f"\x1b[200~{text}\x1b[201~"


def click(column: int, line: int) -> str:
    """Return what a terminal sends for a click; both count from 1."""
    return f"\x1b[<0;{column};{line}M\x1b[<0;{column};{line}m"


class TypedConsole:
    """A running console; ended with the block."""

    def __init__(self, *, columns: int = 120, lines: int = 36) -> None:
        self._terminal, child = pty.openpty()
        ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        questions, self._questions = os.pipe()
        self._answers, answers = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.terminal.program", str(questions), str(answers)],
            stdin=child,
            stdout=child,
            stderr=child,
            pass_fds=(questions, answers),
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""},
        )
        for fd in (child, questions, answers):
            os.close(fd)
        self._unread = b""
        self._keys = 0
        self.drawn = bytearray()
        self._drain = threading.Thread(target=self._read_screen, daemon=True)
        self._drain.start()

    def __enter__(self) -> TypedConsole:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._drain.join()
        for fd in (self._terminal, self._questions, self._answers):
            os.close(fd)

    def _read_screen(self) -> None:
        while True:
            try:
                self.drawn += os.read(self._terminal, 1 << 16)
            except OSError:
                return

    def reset(self, text: str) -> None:
        """Begin with one tab that holds a text, the cursor at its end."""
        self._keys = self._ask(f"reset {text}")["keys"]

    def burst(self, keys: Iterable[str]) -> State:
        """Type all keys at once and return the resulting state."""
        self.press(keys)
        return self._settled()

    def one_by_one(self, keys: Iterable[str]) -> State:
        """Type each key when the program is idle, and return the resulting state."""
        state: State = {}
        for key in keys:
            self.press([key])
            state = self._settled()
        return state

    def press(self, keys: Iterable[str]) -> None:
        """Type keys and wait for nothing."""
        pressed = list(keys)
        os.write(self._terminal, "".join(KEYS.get(key, key) for key in pressed).encode())
        self._keys += sum(2 if key.startswith("\x1b[<") else 1 for key in pressed)

    def taken(self) -> None:
        """Wait until every key was received, even while work is in progress."""
        self._ask(f"taken {self._keys}")

    def fail(self) -> State:
        """Let the statement `select x` fail, and return the resulting state."""
        return self._ask("fail")

    def _settled(self) -> State:
        state = self._ask(f"state {self._keys}")
        del state["keys"]
        return state

    def _ask(self, line: str) -> State:
        os.write(self._questions, json.dumps(line).encode() + b"\n")
        while b"\n" not in self._unread:
            ready, _, _ = select.select([self._answers], [], [], 60)
            piece = os.read(self._answers, 1 << 16) if ready else b""
            if not piece:
                raise AssertionError(f"no answer to {line!r}")
            self._unread += piece
        answer, _, self._unread = self._unread.partition(b"\n")
        found: State = json.loads(answer)
        return found
