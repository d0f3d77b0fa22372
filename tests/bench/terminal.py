"""A terminal of 120×40 that a program draws on: keys in, frames out, both timed.

It answers that it knows synchronized output, so the end of every frame can be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

FRAME_END = b"\x1b[?2026l"
ASKS_SYNC = b"\x1b[?2026$p"
HAS_SYNC = b"\x1b[?2026;2$y"
PAGE_DOWN, END, ENTER = b"\x1b[6~", b"\x1b[F", b"\r"
READ_BYTES = 1 << 16
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class TooSlow(Exception):
    """The expected output did not arrive in time."""


class Terminal:
    """A program under a pseudo-terminal; started at once, ended with the block."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (120, 40),
        environment: dict[str, str] | None = None,
    ) -> None:
        columns, lines = size
        self.frames = 0
        self.seen = b""
        self._tail = b""
        self._fd, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            env=_surroundings() | (environment or {}),
        )
        os.close(child)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._fd)

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    def read(self, timeout_s: float) -> bool:
        """Take in what the program draws; return whether it drew anything."""
        ready, _, _ = select.select([self._fd], [], [], timeout_s)
        if not ready:
            return False
        try:
            data = os.read(self._fd, READ_BYTES)
        except OSError:
            raise TooSlow(f"the program ended: {self.seen[-2000:]!r}") from None
        if ASKS_SYNC in self._tail + data:
            self.write(HAS_SYNC)
        joined = self._tail + data
        self.frames += joined.count(FRAME_END) - self._tail.count(FRAME_END)
        self._tail = joined[-(len(ASKS_SYNC) - 1) :]
        self.seen = (self.seen + data)[-4 * READ_BYTES :]
        return True

    def until(self, text: bytes, timeout_s: float = 30.0) -> float:
        """Read until the program has drawn a text; return the seconds since it was started."""
        deadline = time.monotonic() + timeout_s
        while text not in self.seen:
            if time.monotonic() > deadline:
                raise TooSlow(f"{text!r} was not drawn; last: {self.seen[-600:]!r}")
            self.read(0.05)
        return time.monotonic() - self.started_at

    def until_frame(self, timeout_s: float = 10.0) -> float:
        """Read until the next frame ends; return the seconds that took."""
        before, started = self.frames, time.monotonic()
        while self.frames == before:
            if time.monotonic() - started > timeout_s:
                raise TooSlow("no frame was drawn")
            self.read(0.05)
        return time.monotonic() - started

    def settle(self, quiet_s: float = 0.3) -> None:
        """Read until the program draws nothing any more."""
        while self.read(quiet_s):
            pass

    def forget(self) -> None:
        """Let `until` consider only what is drawn from now on."""
        self.seen = b""

    @property
    def cpu_s(self) -> float:
        """CPU seconds the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    @property
    def memory_bytes(self) -> int:
        """Memory the program holds now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _surroundings() -> dict[str, str]:
    # A size in the environment, as pytest's workers have, would hide the terminal's own; and people
    # who start a program a second time do not have it compiled again.
    not_theirs = {"COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: value for name, value in os.environ.items() if name not in not_theirs}
    return kept | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-m", name, *arguments]
