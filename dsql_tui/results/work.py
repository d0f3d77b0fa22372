"""Progress and cancellation of a long computation.

The worker thread increments `done`; the UI thread reads it periodically and may `cancel`. Neither
thread calls the other, so neither ever waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from dsql_tui.model.result import RowChunk
from dsql_tui.results.store import ResultStore


class Work:
    """One run over a result.

    Attributes:
        done: Rows processed.
        total: Rows there are to look at.
        cancelled: The user cancelled the computation; the worker returns nothing.
    """

    def __init__(self, total: int = 0) -> None:
        self.done = 0
        self.total = total
        self.cancelled = False
        self._interrupt: Callable[[], object] | None = None

    def cancel(self) -> None:
        """Ask the worker to stop at the next chunk, and interrupt what it waits for."""
        self.cancelled = True
        if (interrupt := self._interrupt) is not None:
            self._interrupt = None
            Thread(target=interrupt, name="interrupt", daemon=True).start()

    @contextmanager
    def interruptible(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """Wait for something that a function interrupts; it is called once, in its own thread."""
        self._interrupt = interrupt
        try:
            yield
        finally:
            self._interrupt = None

    def chunks(self, store: ResultStore) -> Iterator[tuple[int, RowChunk]]:
        """Yield each chunk with its first row's number, until the end or a cancellation.

        Rows that arrive meanwhile are not included: `total` is the number of rows at the start.
        """
        first = 0
        self.total = store.row_count
        for chunk in store.snapshot():
            if self.cancelled:
                return
            yield first, chunk
            first += chunk.row_count
            self.done = first

    @property
    def share(self) -> float:
        """The completed share, from 0 to 1."""
        return self.done / self.total if self.total else 0.0
