"""Sessions that threads share, each used by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue

from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.session import Session


class SessionPool:
    """Sessions of one cluster and role; thread-safe.

    There are as many sessions as threads used one at the same time. The one that was used last is
    used next.

    Args:
        connect: Opens a session.
    """

    def __init__(self, connect: Callable[[], Session]) -> None:
        self._connect = connect
        self._idle: LifoQueue[RenewingSession[Session]] = LifoQueue()

    @contextmanager
    def session(self) -> Iterator[RenewingSession[Session]]:
        """Yield a session that no other thread uses meanwhile; it need not be open yet."""
        try:
            renewing = self._idle.get_nowait()
        except Empty:
            renewing = RenewingSession(self._connect)
        try:
            yield renewing
        finally:
            self._idle.put(renewing)

    def close(self) -> None:
        """Close the sessions that no thread uses."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
