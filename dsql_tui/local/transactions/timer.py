"""A timer for waits that nearly always end before it fires."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class Timer:
    """Calls a function when a wait takes long; one event-loop timer serves many waits in turn.

    A timer for each wait would cost a short statement a tenth of its round trip.

    Args:
        most_s: How long a wait may take, seconds.
        call: Called once if a wait takes longer.
    """

    def __init__(self, most_s: float, call: Callable[[], object]) -> None:
        self._most_s = most_s
        self._call = call
        self._due_s = math.inf
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Start a wait."""
        loop = asyncio.get_running_loop()
        self._due_s = loop.time() + self._most_s
        if self._timer is None:
            self._timer = loop.call_at(self._due_s, self._fire)

    def end(self) -> None:
        """End the wait."""
        self._due_s = math.inf

    def _fire(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._due_s <= loop.time():
            self._due_s = math.inf
            self._call()
        elif self._due_s < math.inf:
            self._timer = loop.call_at(self._due_s, self._fire)
