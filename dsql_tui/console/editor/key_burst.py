"""Recognizes pasted keys where the terminal does not mark a paste.

GNU screen and some serial terminals send pasted text as if it were typed. Its lines are already
indented, and a tab in it is not a request to complete a name.
"""

from __future__ import annotations

from collections import deque

from textual.events import Key

BURST_KEYS, BURST_S = 8, 0.06
"""This many characters in this time were pasted: typing just two of them takes longer."""
PASTED = frozenset({"enter", "tab"})
"""Keys that a paste contains in addition to characters."""


class KeyBurst:
    """The times of the last keys."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=BURST_KEYS)

    def includes(self, key: Key) -> bool:
        """Record a key; return whether it arrived in a burst with the previous keys."""
        if not key.is_printable and key.key not in PASTED:
            self._times.clear()
            return False
        time_s = key.time
        self._times.append(time_s)
        return len(self._times) == BURST_KEYS and time_s - self._times[0] <= BURST_S
