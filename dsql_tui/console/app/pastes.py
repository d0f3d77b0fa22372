"""Reads pasted text as text, whatever escape sequences it contains.

Textual's parser looks for keys inside a bracketed paste too: a copied `ESC [15~` would be F5
and run the statement. Most terminals remove ESC from what they paste; tmux and others do not.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

ESCAPE = "\x1b"
START, END = "\x1b[200~", "\x1b[201~"
STAND_IN = "\udc1b"
"""Half a surrogate pair: the terminal's UTF-8 never decodes to one."""


class PasteGuard:
    """Replaces ESC inside a bracketed paste, in a stream that may be split anywhere."""

    def __init__(self) -> None:
        self._is_inside = False
        self._passed = ""
        """The last characters outside a paste, which may be the beginning of `START`."""
        self._held = ""
        """The last characters inside a paste, if they may be the beginning of `END`."""

    def guard(self, data: str) -> str:
        """Return the next characters of the stream; some of a paste may follow later."""
        guarded: list[str] = []
        while data or self._held:
            step = self._inside if self._is_inside else self._outside
            part, data, is_over = step(data)
            guarded.append(part)
            if not is_over:
                break
        return "".join(guarded)

    def _outside(self, data: str) -> tuple[str, str, bool]:
        """Return what passes as it is, the rest, and whether a paste begins between them."""
        text = self._passed + data
        at = text.find(START)
        if at < 0:
            self._passed = text[-len(START) + 1 :]
            return data, "", False
        end = at + len(START) - len(self._passed)
        self._passed, self._is_inside = "", True
        return data[:end], data[end:], True

    def _inside(self, data: str) -> tuple[str, str, bool]:
        """Return what is pasted, the rest, and whether the paste ends between them."""
        received, self._held = self._held + data, ""
        text, mark, rest = received.partition(END)
        if mark:
            self._is_inside = False
            return text.replace(ESCAPE, STAND_IN) + END, rest, bool(rest)
        held_length = next(n for n in range(len(END) - 1, -1, -1) if text.endswith(END[:n]))
        self._held = text[len(text) - held_length :]
        return text[: len(text) - held_length].replace(ESCAPE, STAND_IN), "", False


def pasted(text: str) -> str:
    """Return the text of a paste as it was copied."""
    return text.replace(STAND_IN, ESCAPE)


class GuardedParser(XTermParser):
    """Textual's parser of terminal input, without keys inside a paste."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._guard = PasteGuard()

    def feed(self, data: str) -> Iterable[Message]:
        """Yield the events in the next characters; an empty string ends the stream."""
        guarded = self._guard.guard(data)
        if guarded or not data:
            yield from super().feed(guarded)


def guard_pastes() -> None:
    """Make Textual's driver read the terminal with `GuardedParser`."""
    from textual.drivers import linux_driver  # there is none on Windows

    linux_driver.XTermParser = GuardedParser  # type: ignore[attr-defined]
