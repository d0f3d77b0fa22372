"""The results of one statement: the grid and, below it, the truth about where they stand.

The workspace calls `begin`, `append`, `finish` or `fail`; a statement that returns no rows is
`finish` alone. `clear` shows a sentence instead of a result.
"""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.model.result import Column, Completed, RowChunk
from dsql_tui.results.progress import Outcome, Progress, describe

TICK_S = 0.1
MS_PER_S = 1000.0

__all__ = ["ResultGrid", "ResultPane"]


class ResultPane(Vertical):
    """A result grid with its status line."""

    DEFAULT_CSS = """
    ResultPane {
        & > ResultGrid { height: 1fr; }
        & > #result-status { height: 1; padding: 0 1; color: $text-muted; }
        & > #result-status.-failed { color: $text-error; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.grid = ResultGrid()
        self.progress = Progress(outcome=Outcome.COMPLETE)
        self._status = Static("", id="result-status", markup=False)
        self._started_s = 0.0
        self._first_row_ms: float | None = None
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        """The grid above, the status line below."""
        yield self.grid
        yield self._status

    def on_mount(self) -> None:
        """Tick only while rows arrive."""
        self._ticking = self.set_interval(TICK_S, self._tick, pause=True)

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Show an empty result with these columns; rows follow by `append`."""
        self.grid.begin(columns)
        self._started_s = time.monotonic()
        self._first_row_ms = None
        if self._ticking:
            self._ticking.resume()
        self._tick()

    def append(self, chunk: RowChunk) -> None:
        """Add rows at the end."""
        if self._first_row_ms is None and chunk.row_count:
            self._first_row_ms = (time.monotonic() - self._started_s) * MS_PER_S
        self.grid.append(chunk)

    def finish(self, completed: Completed) -> None:
        """The statement ended well; without columns its command tag is all there is to show."""
        if not self.grid.has_result:
            self.grid.clear(completed.command_tag)
        self.grid.finish()
        self._show(
            Outcome.COMPLETE,
            first_row_ms=completed.first_row_ms,
            elapsed_ms=completed.elapsed_ms,
            words="" if self.grid.has_result else completed.command_tag,
        )

    def fail(self, words: str) -> None:
        """The statement ended badly or was cancelled; rows that came before stay."""
        self.grid.finish()
        self._show(
            Outcome.FAILED,
            first_row_ms=self._first_row_ms,
            elapsed_ms=self._elapsed_ms(),
            words=words,
        )

    def clear(self, text: str = "") -> None:
        """Show no result, only a sentence."""
        self.grid.clear(text)
        self._pause()
        self._started_s = time.monotonic()
        self._status.update("")

    def _elapsed_ms(self) -> float:
        return (time.monotonic() - self._started_s) * MS_PER_S

    def _pause(self) -> None:
        if self._ticking:
            self._ticking.pause()

    def _tick(self) -> None:
        self._show(
            Outcome.RUNNING,
            first_row_ms=self._first_row_ms,
            elapsed_ms=self._elapsed_ms(),
            words="",
        )

    def _show(
        self, outcome: Outcome, *, first_row_ms: float | None, elapsed_ms: float, words: str
    ) -> None:
        if outcome is not Outcome.RUNNING:
            self._pause()
        store = self.grid.store
        self.progress = Progress(
            store.row_count, store.size_bytes, first_row_ms, elapsed_ms, outcome, words
        )
        self._status.set_class(outcome is Outcome.FAILED, "-failed")
        self._status.update(describe(self.progress), layout=False)
