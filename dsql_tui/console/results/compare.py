"""Comparing a result with a pinned one, and summarizing a column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.results.result_progress import ResultProgress
from dsql_tui.console.results.result_work import ResultWork, Say
from dsql_tui.console.results.selected import Selected
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.console.shared.ui import Ui
from dsql_tui.model.span import count
from dsql_tui.results.compare import Comparison, compare
from dsql_tui.results.progress import FetchOutcome, FetchProgress
from dsql_tui.results.store import ResultStore
from dsql_tui.results.summary import Summary, summarize


@dataclass
class Pin:
    """The pinned result that others are compared with, shared by the results of a pane."""

    store: ResultStore | None = None


class Comparer:
    """Shows what changed since the pinned result, in place of the result.

    Args:
        grid: Shows the rows.
        selected: The columns that identify rows.
        progress: How the result is getting on.
        pin: The pinned result.
        work: Reads the rows in a worker.
        say: Reports why there is no comparison.
        show_store: Shows other rows in place of the result's, or those again.
        changed: Called when the status line needs an update.
    """

    def __init__(
        self,
        grid: ResultGrid,
        selected: Selected,
        progress: ResultProgress,
        pin: Pin,
        work: ResultWork,
        *,
        say: Say,
        show_store: Callable[[ResultStore], object],
        changed: Callable[[], object],
    ) -> None:
        self._grid = grid
        self._selected = selected
        self._progress = progress
        self._pin = pin
        self._work = work
        self._say = say
        self._show_store = show_store
        self._changed = changed
        self._compared: tuple[ResultStore, FetchProgress] | None = None

    def begin(self) -> None:
        """Reset for a new result."""
        self._compared = None

    def toggle_pin(self) -> None:
        """Pin this result to compare others with, or unpin it."""
        store = self._grid.store
        if self._pin.store is store:
            self._pin.store = None
            self._say("Unpinned the result.")
        else:
            self._pin.store = store
            self._say(
                f"Pinned {count(store.row_count, 'row')}. "
                + with_keys("Press {results.compare} on another result to compare.")
            )

    def compare(self) -> None:
        """Show what changed since the pinned result; the selected columns identify rows."""
        self._work.begin(self._compare())

    async def _compare(self) -> None:
        if self._progress.outcome is FetchOutcome.RUNNING:
            self._say("Rows are still arriving. Compare when the result is complete.")
            return
        before, after, keys = self._pin.store, self._grid.store, self._selected.columns
        if before is None or before is after or not keys:
            self._say(
                with_keys(
                    "Pin a result first: press {results.pin} on the other result, "
                    "then {results.compare} here."
                )
            )
            return
        comparison = await self._work.run("Comparing", partial(compare, before, after, keys))
        if comparison:
            self._show(comparison, after, whole=before.is_whole and after.is_whole)

    def _show(self, comparison: Comparison, after: ResultStore, *, whole: bool) -> None:
        if self._progress.outcome is FetchOutcome.RUNNING:
            return  # Another comparison was requested meanwhile.
        shown = ResultStore(comparison.columns)
        for chunk in comparison.chunks:
            shown.append(chunk)
        progress = self._progress.now
        self._show_store(shown)
        self._compared = (after, progress)
        words = (
            f"{comparison.added:,} added · {comparison.removed:,} removed · "
            f"{comparison.changed:,} changed · {comparison.unchanged:,} unchanged"
            f"{'' if whole else ' · the results are incomplete'}"
        )
        self._progress.now = FetchProgress(
            shown.row_count, outcome=FetchOutcome.COMPLETE, words=words
        )
        self._changed()

    def leave(self) -> bool:
        """Leave the comparison; return whether one was shown."""
        if self._compared is None:
            return False
        after, self._progress.now = self._compared
        self._compared = None
        self._show_store(after)
        return True


class Summarizer:
    """Shows a summary of a column.

    Args:
        grid: Shows the rows.
        selected: The column.
        work: Reads the rows in a worker.
        ui: Shows the summary.
    """

    def __init__(self, grid: ResultGrid, selected: Selected, work: ResultWork, ui: Ui) -> None:
        self._grid = grid
        self._selected = selected
        self._work = work
        self._ui = ui

    def summarize(self) -> None:
        """Summarize the cursor's column over the rows shown."""
        self._work.begin(self._summarize())

    async def _summarize(self) -> None:
        column = self._selected.column
        if column is None:
            return
        job = partial(summarize, self._grid.store, column, self._grid.order)
        summary = await self._work.run("Summarizing", job)
        if summary:
            self._ui.start(self._show(summary))

    async def _show(self, summary: Summary) -> None:
        from dsql_tui.console.results.dialogs.summary import SummaryDialog

        await self._ui.ask(SummaryDialog(summary))
