"""A timer for waits that are nearly always over before it is due."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class Timer:
    """Calls when a wait takes long; one timer serves many waits, one after the other.

    A timer for each would cost a short statement a tenth of its round trip.

    Args:
        most_s: How long a wait may take.
        call: What is called once when it takes longer.
    """

    def __init__(self, most_s: float, call: Callable[[], object]) -> None:
        self._most_s = most_s
        self._call = call
        self._due_s = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """A wait begins."""
        loop = asyncio.get_running_loop()
        self._due_s = loop.time() + self._most_s
        if self._timer is None:
            self._timer = loop.call_at(self._due_s, self._fire)

    def end(self) -> None:
        """It is over."""
        self._due_s = math.inf

    def _fire(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._due_s <= loop.time():
            self._due_s = math.inf
            self._call()
        elif self._due_s < math.inf:
            self._timer = loop.call_at(self._due_s, self._fire)
