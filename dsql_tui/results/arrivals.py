"""Rows in transit from the worker that reads them to the screen that shows them.

The screen fetches them once per frame. A message for each chunk would wake the event loop a
thousand times for a million rows: measured on two cores, all rows arrived after 1.1 s with messages
and after 0.9 s without.
"""

from __future__ import annotations

import time
from collections import deque

from dsql_tui.model.result import RowChunk


class Arrivals:
    """A queue of chunks between two threads; neither waits.

    Attributes:
        sent_s: When their statement was sent, by `time.monotonic()`.
        first_row_ms: From then to the first row; `None` before it.
    """

    def __init__(self, sent_s: float | None = None) -> None:
        self.sent_s = time.monotonic() if sent_s is None else sent_s
        self.first_row_ms: float | None = None
        self._chunks: deque[RowChunk] = deque()

    def put(self, chunk: RowChunk) -> None:
        """Add rows at the end."""
        if self.first_row_ms is None:
            self.first_row_ms = (time.monotonic() - self.sent_s) * 1_000
        self._chunks.append(chunk)

    def take(self) -> list[RowChunk]:
        """Return the rows added since the last call."""
        taken: list[RowChunk] = []
        while self._chunks:
            taken.append(self._chunks.popleft())
        return taken
