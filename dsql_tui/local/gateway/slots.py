"""Limits open connections; the oldest unauthenticated one is closed at the limit.

Used on one event loop. A slot is occupied from the accept of a connection until its descriptor is
closed, not only until it is refused: a refused client may keep its end open for seconds.
"""

from __future__ import annotations

from collections.abc import Callable


class Slot:
    """One counted connection.

    Args:
        cut: Ends the connection at once.

    Attributes:
        cut: Ends the connection at once; replaced when TLS wraps the connection.
    """

    def __init__(self, cut: Callable[[], object]) -> None:
        self.cut = cut


class Slots:
    """The connections of one listener.

    Args:
        unauthenticated_max: Most unauthenticated connections.
        authenticated_max: Most authenticated connections.
    """

    def __init__(self, unauthenticated_max: int, authenticated_max: int) -> None:
        self._unauthenticated_max = unauthenticated_max
        self._authenticated_max = authenticated_max
        self._unauthenticated: dict[Slot, None] = {}  # oldest first
        self._authenticated: set[Slot] = set()

    def take(self, slot: Slot) -> None:
        """Count a new connection; close the oldest unauthenticated one if there are too many."""
        if len(self._unauthenticated) >= self._unauthenticated_max:
            self.cut_oldest()
        self._unauthenticated[slot] = None

    def cut_oldest(self) -> None:
        """End the oldest unauthenticated connection, if there is one."""
        oldest = next(iter(self._unauthenticated), None)
        if oldest is not None:
            del self._unauthenticated[oldest]
            oldest.cut()

    def authenticate(self, slot: Slot) -> bool:
        """Count a connection as authenticated; return `False` if there are too many."""
        is_full = len(self._authenticated) >= self._authenticated_max
        if is_full or slot not in self._unauthenticated:  # it may have been closed
            return False
        del self._unauthenticated[slot]
        self._authenticated.add(slot)
        return True

    def give_back(self, slot: Slot) -> None:
        """Stop counting a connection, which is closed."""
        self._unauthenticated.pop(slot, None)
        self._authenticated.discard(slot)
