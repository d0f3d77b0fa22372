"""The columns of a grid: order, widths, which are frozen and which are visible."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from dsql_tui.console.widgets.cells import MAX_CELL_WIDTH

PADDING = 2
"""Padding of a column's text in cells: one on each side."""
MIN_WIDTH = 3
AUTO_WIDTH = 48
"""A column grows automatically to this many cells; the person can widen it further."""


@dataclass(frozen=True, slots=True)
class Window:
    """The visible columns, left to right.

    Attributes:
        frozen: Columns that stay at the left.
        scrolled: Columns at least partly in view to the right of them.
        cut: Cells of the first scrolled column that are scrolled out of view.
    """

    frozen: tuple[int, ...]
    scrolled: tuple[int, ...]
    cut: int


class ColumnLayout:
    """Order and widths of the shown columns.

    A *column* is the server's number of it, a *place* its position among the shown ones.

    Attributes:
        widths: Cells of text by column, without padding.
        order: The shown columns, left to right.
        frozen_count: Number of columns on the left that do not scroll.
    """

    def __init__(self, widths: Iterable[int]) -> None:
        self.widths = [max(MIN_WIDTH, width) for width in widths]
        self.order = list(range(len(self.widths)))
        self.frozen_count = 0
        self._by_hand: set[int] = set()
        self._starts: list[int] = []
        self._window: tuple[tuple[int, int], Window] | None = None
        self._measure()

    def _measure(self) -> None:
        spans = (self.widths[column] + PADDING for column in self.order)
        self._starts = [0, *accumulate(spans)]
        self._window = None

    @property
    def total_width(self) -> int:
        """The width of all shown columns in cells."""
        return self._starts[-1]

    @property
    def frozen_width(self) -> int:
        """The width of the frozen columns in cells."""
        return self._starts[self.frozen_count]

    def start(self, place: int) -> int:
        """Return the number of cells left of a column position, frozen columns included."""
        return self._starts[place]

    def span(self, column: int) -> int:
        """Return the width of a column with its padding."""
        return self.widths[column] + PADDING

    def place_at(self, x: int) -> int | None:
        """Return the column position at cell `x`, counted from the first unscrolled column."""
        if not 0 <= x < self.total_width:
            return None
        return bisect_right(self._starts, x) - 1

    def window(self, scroll_x: int, width: int) -> Window:
        """Return the columns visible in `width` cells when scrolled by `scroll_x`."""
        key = (scroll_x, width)
        if self._window and self._window[0] == key:
            return self._window[1]
        left = self.frozen_width + scroll_x
        first = max(self.frozen_count, bisect_right(self._starts, left) - 1)
        last = bisect_left(self._starts, scroll_x + width)
        window = Window(
            frozen=tuple(self.order[: self.frozen_count]),
            scrolled=tuple(self.order[first : max(first, last)]),
            cut=max(0, left - self._starts[first]) if first < len(self.order) else 0,
        )
        self._window = (key, window)
        return window

    def resize(self, column: int, width: int) -> None:
        """Set the width of a column in cells; it no longer grows automatically."""
        self._by_hand.add(column)
        self.widths[column] = max(MIN_WIDTH, min(width, MAX_CELL_WIDTH))
        self._measure()

    def hide(self, place: int) -> None:
        """Hide a column; the last visible one cannot be hidden."""
        if len(self.order) > 1:
            del self.order[place]
            self.frozen_count -= place < self.frozen_count
            self._measure()

    def show(self, columns: Iterable[int]) -> None:
        """Show these columns in the server's order; those already shown keep their positions."""
        shown = set(columns)
        kept = [column for column in self.order if column in shown]
        self.order = kept + sorted(shown.difference(kept))
        self.frozen_count = min(self.frozen_count, len(self.order))
        self._measure()

    def move(self, place: int, by: int) -> int:
        """Move a column among the shown ones and return its new position."""
        target = max(0, min(place + by, len(self.order) - 1))
        self.order.insert(target, self.order.pop(place))
        self._measure()
        return target

    def freeze(self, count: int) -> None:
        """Freeze the first `count` columns."""
        self.frozen_count = max(0, min(count, len(self.order)))
        self._measure()

    def widen(self, width_by_column: dict[int, int]) -> None:
        """Widen columns to the text seen in them, up to `AUTO_WIDTH`; never shrink one."""
        for column, width in width_by_column.items():
            if column in self._by_hand:
                continue
            self.widths[column] = max(self.widths[column], min(width, AUTO_WIDTH))
        self._measure()
