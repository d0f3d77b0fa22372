"""The results that were left by following a reference, and the way back to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsql_tui.console.grid.view import GridState
from dsql_tui.console.results.arrange import ArrangedState
from dsql_tui.console.results.rows_source import RowsSource
from dsql_tui.results.arrivals import Arrivals
from dsql_tui.results.progress import FetchProgress

SEPARATOR = " › "


@dataclass(frozen=True, slots=True)
class PaneState:
    """A result as it was shown.

    Attributes:
        grid: Rows, columns, cursor and scroll position.
        arranged: Filters and sort order.
        progress: How much of it was fetched.
        first_row_ms: From sending to its first row; `None` before it.
        source: What reads further pages, if anything.
        arrivals: Where its further rows come from, if any come.
    """

    grid: GridState
    arranged: ArrangedState
    progress: FetchProgress
    first_row_ms: float | None
    source: RowsSource | None
    arrivals: Arrivals | None


class Trail:
    """The results before the one that is shown, oldest first.

    Args:
        save: Returns the result that is shown.
        restore: Shows such a result again.
        draw: Shows the trail as text; empty where nothing was followed.
    """

    def __init__(
        self,
        save: Callable[[], PaneState],
        restore: Callable[[PaneState], object],
        draw: Callable[[str], object],
    ) -> None:
        self._save = save
        self._restore = restore
        self._draw = draw
        self._left: list[PaneState] = []
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._left)

    def push(self, here: str, there: str) -> None:
        """Remember the result that is shown before another one takes its place.

        Args:
            here: Its name, used if it is the first.
            there: The name of the one that will be shown: `customers id=42`.
        """
        self._left.append(self._save())
        self._names = [*(self._names or [here]), there]
        self._draw(SEPARATOR.join(self._names))

    def back(self) -> bool:
        """Show the previous result as it was left; return whether there was one."""
        if not self._left:
            return False
        state = self._left.pop()
        self._names.pop()
        self._finish(state)
        return True

    def leave(self) -> None:
        """Show the first result again."""
        if self._left:
            state = self._left[0]
            self._left.clear()
            self._finish(state)

    def forget(self) -> None:
        """Drop the previous results because another one is shown."""
        self._left.clear()
        self._names.clear()
        self._draw("")

    def _finish(self, state: PaneState) -> None:
        if not self._left:
            self._names.clear()
        self._draw(SEPARATOR.join(self._names))
        self._restore(state)
