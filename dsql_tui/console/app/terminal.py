"""Textual's driver for Unix terminals, which survives the loss of the terminal."""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class TerminalDriver(LinuxDriver):
    """A driver that drops output when the terminal is closed.

    Textual's writer thread would end at the first write that fails, and the event loop then wait
    for ever for room in its queue.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file: Any = _LostWithTheTerminal(self._file)


class _LostWithTheTerminal:
    """A text file whose writes do not fail."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
