"""Textual's driver for Unix terminals, which survives their loss and writes what they can draw."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, TextIO

from rich.cells import cell_len
from textual.drivers.linux_driver import LinuxDriver

from dsql_tui.console.app.encoding import decoder_for, drawable, is_unicode

_EMOJI = "[#*0-9\xa9\xae\u203c-\u3299\U0001f000-\U0001faff]"
_MODIFIER = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]"
_SEQUENCE = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|{_EMOJI}(?:{_MODIFIER}|\u200d{_EMOJI})+")
_SAVE, _RESTORE = "\x1b7", "\x1b8"


class TerminalDriver(LinuxDriver):
    """A driver that drops output when the terminal is closed.

    Textual's writer thread would end at the first write that fails, and the event loop then wait
    for ever for room in its queue.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file: Any = _LostWithTheTerminal(self._file)


def in_columns(text: str) -> str:
    """Return output in which what follows an emoji sequence is drawn in its column.

    Terminals disagree about the width of an emoji with a skin tone, a joiner or a variation
    selector. Its cells are cleared, it is drawn, and the cursor is set after those cells.
    """
    return _SEQUENCE.sub(_held_in_its_cells, text)


def _held_in_its_cells(match: re.Match[str]) -> str:
    width = cell_len(match[0])
    return f"{_SAVE}{' ' * width}{_RESTORE}{_SAVE}{match[0]}{_RESTORE}\x1b[{width}C"


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
        elif not text.isascii():
            text = in_columns(text)
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
