"""The progress of a result: number of rows, elapsed time, outcome."""

from __future__ import annotations

import time
from dataclasses import replace

from dsql_tui.console.shared.keys import key_name
from dsql_tui.model.result import Completed
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.progress import FetchOutcome, FetchProgress, describe
from dsql_tui.results.store import ResultStore

MS_PER_S = 1000.0


class ResultProgress:
    """Measures one result after the other.

    Attributes:
        now: The current state of the result.
        first_row_ms: When its first row came, from sending; `None` before.
    """

    def __init__(self) -> None:
        self.now = FetchProgress(outcome=FetchOutcome.COMPLETE)
        self.first_row_ms: float | None = None
        self._started_s = 0.0

    @property
    def outcome(self) -> FetchOutcome:
        """How the result has ended; unfinished while it has not."""
        return self.now.outcome

    @property
    def is_whole(self) -> bool:
        """Whether all of the server's rows were received, as far as is known."""
        return self.outcome not in {FetchOutcome.RUNNING, FetchOutcome.PAUSED, FetchOutcome.PARTIAL}

    def elapsed_ms(self) -> float:
        """The time since the statement was sent."""
        return (time.monotonic() - self._started_s) * MS_PER_S

    def begin(self, arrivals: Arrivals | None) -> None:
        """Start the clock at the time the statement was sent, if that is known."""
        self._started_s = arrivals.sent_s if arrivals else time.monotonic()
        self.first_row_ms = None
        self.now = FetchProgress()

    def clear(self) -> None:
        """Reset: there is no result."""
        self._started_s = time.monotonic()
        self.now = FetchProgress(outcome=FetchOutcome.COMPLETE)

    def resume(self) -> None:
        """Record that more rows are arriving."""
        self.now = replace(self.now, outcome=FetchOutcome.RUNNING)

    def stand(self, outcome: FetchOutcome, store: ResultStore, words: str = "") -> None:
        """Record the number of rows received so far."""
        self.now = FetchProgress(
            store.row_count, store.size_bytes, self.first_row_ms, self.elapsed_ms(), outcome, words
        )

    def complete(self, completed: Completed, store: ResultStore, words: str) -> None:
        """Record the end, with the times measured when the response was received."""
        self.now = FetchProgress(
            store.row_count,
            store.size_bytes,
            completed.first_row_ms,
            completed.elapsed_ms,
            FetchOutcome.COMPLETE,
            words,
        )

    def words(self) -> str:
        """Return the progress as one line."""
        return describe(self.now, more_key=key_name("results.more"))
