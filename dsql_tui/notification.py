"""Bells and desktop notifications of a terminal, as the control sequences that make them.

A terminal that does not know a sequence ignores it. The texts are those of the program: they never
hold names, values or statements, because other programs may show and keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsql_tui.model.span import duration

METHODS = ("bell", "osc9", "osc777", "off")
"""`osc9`: iTerm2, WezTerm, kitty, Ghostty, Windows Terminal; `osc777`: urxvt, foot, Ghostty."""
_TITLE = "dsql-tui"
_BELL = "\a"


@dataclass(frozen=True, slots=True)
class Notifier:
    """Notifies a person who has turned to another window that work has ended.

    Attributes:
        write: Writes to the terminal.
        method: One of `METHODS`.
        after_s: Work that took less is not worth a notification.
        in_tmux: Whether tmux is between the program and the terminal. It forwards a bell by
            itself, and other sequences if its option `allow-passthrough` is on.
    """

    write: Callable[[str], object]
    method: str
    after_s: float
    in_tmux: bool

    def work_ended(self, work: str, spent_s: float, *, failed: bool = False) -> None:
        """Notify that work has ended, if it took long enough.

        Args:
            work: What has ended: `Run`, `Script`, `Job`.
            spent_s: How long it took.
            failed: Whether it failed.
        """
        if spent_s < self.after_s or self.method == "off":
            return
        outcome = "failed" if failed else "ended"
        text = f"{work} {outcome} after {duration(spent_s * 1_000)}"
        self.write(_sequence(self.method, text, in_tmux=self.in_tmux))


def _sequence(method: str, text: str, *, in_tmux: bool) -> str:
    if method == "bell":
        return _BELL
    # The terminator is BEL, which every terminal takes; in place of it, ST would end tmux's own.
    sequence = (
        f"\x1b]9;{_TITLE}: {text}{_BELL}"
        if method == "osc9"
        else f"\x1b]777;notify;{_TITLE};{text}{_BELL}"
    )
    if not in_tmux:
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
