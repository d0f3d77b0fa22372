"""Textual's driver for Unix terminals, which survives their loss and writes their encoding."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TextIO

from textual.drivers.linux_driver import LinuxDriver

from dsql_tui.console.app.encoding import decoder_for, drawable, is_unicode


class TerminalDriver(LinuxDriver):
    """A driver that drops output when the terminal is closed.

    Textual's writer thread would end at the first write that fails, and the event loop then wait
    for ever for room in its queue.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file: Any = _LostWithTheTerminal(self._file)


def read_as_encoded(encoding: str | None) -> None:
    """Make Textual's driver decode what is typed as the terminal encodes it."""
    from textual.drivers import linux_driver

    decoder = decoder_for(encoding)
    linux_driver.getincrementaldecoder = lambda _utf_8: decoder  # type: ignore[attr-defined, assignment]


class _LostWithTheTerminal:
    """A text file whose writes do not fail, in the encoding of the terminal."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._is_unicode = is_unicode(file.encoding)

    def write(self, text: str) -> None:
        if not self._is_unicode:
            text = drawable(text, self._file.encoding)
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
