"""A result as the points of a plot: columns chosen by type, values read, many points binned.

Nothing here draws. A plot has at most a few points for each column of cells that it is drawn in,
with the extremes of what they stand for, so that a million rows draw as fast as a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from dsql_tui.errors import InputError
from dsql_tui.model.result import Column
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work

TIMES = frozenset({ValueKind.DATE, ValueKind.TIMESTAMP, ValueKind.TIMESTAMPTZ})
ROW_NUMBER = "row"
SERIES_MAX = 4
BARS_MAX = 40
BINS_MAX = 60
POINTS_PER_CELL = 2
"""Braille has two dots in the width of a cell."""
MAGNITUDE_MAX = 1e150
"""The differences and squares of larger numbers overflow when a plot is scaled."""
_CATEGORIES = frozenset({ValueKind.TEXT, ValueKind.BOOLEAN, ValueKind.UUID})


class Chart(StrEnum):
    """The forms of a plot; the values are shown."""

    LINE = "line"
    BAR = "bar"
    HISTOGRAM = "histogram"
    SCATTER = "scatter"


@dataclass(frozen=True, slots=True)
class PlotChoice:
    """What to plot.

    Attributes:
        chart: The form.
        x: Column along the bottom; `None` is the number of the row. A histogram ignores it.
        ys: Columns of numbers, at least one.
    """

    chart: Chart
    x: int | None
    ys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one column, in the order in which they are drawn."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PlotData:
    """What is drawn.

    Attributes:
        choice: What was asked for.
        lines: One for each column; those of bars and histograms have `xs` from 1.
        labels: The categories of bars, and the lower bounds of a histogram's bins; else empty.
        x_is_time: Whether `xs` are seconds since 1970, UTC.
        x_label: The name of the bottom axis.
        y_label: The name of the left axis.
        row_count: Rows of the result.
        left_out: Values that are NULL, not finite, too large, or no dates of a calendar.
        undrawn_rows: Rows for which there are no bars.
    """

    choice: PlotChoice
    lines: tuple[Line, ...]
    labels: tuple[str, ...]
    x_is_time: bool
    x_label: str
    y_label: str
    row_count: int
    left_out: int
    undrawn_rows: int = 0

    @property
    def words(self) -> str:
        """What is shown and what is not, as one line."""
        chart = self.choice.chart.value
        parts = [f"{chart} of {self.y_label}", f"by {self.x_label}" if self.x_label else ""]
        parts.append(f"{self.row_count:,} row{'' if self.row_count == 1 else 's'}")
        if self.left_out:
            values = "value" if self.left_out == 1 else "values"
            parts.append(f"{self.left_out:,} {values} left out (NULL or out of range)")
        if self.undrawn_rows:
            parts.append(f"{self.undrawn_rows:,} rows not drawn")
        return " · ".join(filter(None, parts))


def guess(columns: Sequence[Column]) -> PlotChoice:
    """Return what to plot of columns of these types: time along the bottom, if there is one.

    Raises:
        InputError: There is no column of numbers.
    """
    kinds = [kind_of(column) for column in columns]
    numbers = [place for place, kind in enumerate(kinds) if kind in NUMBERS]
    if not numbers:
        raise InputError("No column of this result has numbers to plot.")
    times = [place for place, kind in enumerate(kinds) if kind in TIMES]
    names = [place for place, kind in enumerate(kinds) if kind in _CATEGORIES]
    if times:
        return PlotChoice(Chart.LINE, times[0], tuple(numbers[:SERIES_MAX]))
    if names:
        return PlotChoice(Chart.BAR, names[0], (numbers[0],))
    if len(numbers) > 1:
        return PlotChoice(Chart.SCATTER, numbers[0], (numbers[1],))
    return PlotChoice(Chart.HISTOGRAM, None, (numbers[0],))


def next_chart(choice: PlotChoice, columns: Sequence[Column]) -> PlotChoice:
    """Return the choice with the next form, and a bottom column that the form can have."""
    charts = list(Chart)
    chart = charts[(charts.index(choice.chart) + 1) % len(charts)]
    possible = bottoms(chart, columns)
    x = choice.x if chart is Chart.HISTOGRAM or choice.x in possible else possible[0]
    ys = choice.ys if chart is Chart.LINE or chart is Chart.SCATTER else choice.ys[:1]
    return PlotChoice(chart, x, ys)


def next_x(choice: PlotChoice, columns: Sequence[Column]) -> PlotChoice:
    """Return the choice with the next column along the bottom; a histogram has only one."""
    if choice.chart is Chart.HISTOGRAM:
        return choice
    possible = bottoms(choice.chart, columns)
    at = possible.index(choice.x) if choice.x in possible else -1
    return PlotChoice(choice.chart, possible[(at + 1) % len(possible)], choice.ys)


def next_y(choice: PlotChoice, columns: Sequence[Column]) -> PlotChoice:
    """Return the choice with the next column of numbers, alone."""
    numbers = [place for place, column in enumerate(columns) if kind_of(column) in NUMBERS]
    at = numbers.index(choice.ys[-1])
    return PlotChoice(choice.chart, choice.x, (numbers[(at + 1) % len(numbers)],))


def bottoms(chart: Chart, columns: Sequence[Column]) -> list[int | None]:
    """Return the columns that a form can have along its bottom; `None` is the row's number."""
    if chart is Chart.BAR:
        return [*range(len(columns)), None]
    measured = TIMES | NUMBERS
    placed = [place for place, column in enumerate(columns) if kind_of(column) in measured]
    return [*placed, None]


def plot_of(store: ResultStore, choice: PlotChoice, width: int, work: Work) -> PlotData | None:
    """Return the points of a plot; `None` when cancelled.

    Args:
        store: The rows.
        choice: What to plot, of these columns.
        width: Cells in which it is drawn.
        work: Progress and cancelling.
    """
    reader = _PlotReader(store, choice, work)
    if choice.chart is Chart.BAR:
        data = reader.bars(max(1, min(BARS_MAX, width // 3)))
    elif choice.chart is Chart.HISTOGRAM:
        data = reader.histogram(max(1, min(BINS_MAX, width // 3)))
    else:
        data = reader.points(max(2, width * POINTS_PER_CELL))
    return None if work.cancelled else data


class _PlotReader:
    """Reads the columns of one choice."""

    def __init__(self, store: ResultStore, choice: PlotChoice, work: Work) -> None:
        self._store = store
        self._choice = choice
        self._work = work
        self._left_out = 0

    def _name(self, column: int | None) -> str:
        return ROW_NUMBER if column is None else self._store.columns[column].name

    def _rows(self) -> Iterator[tuple[int, tuple[str | None, ...]]]:
        number = 0
        for _first, chunk in self._work.chunks(self._store):
            for row in chunk.rows.texts():
                number += 1
                yield number, row

    def _number(self, text: str | None) -> float | None:
        """Return a number that can be drawn; count what is none."""
        value = math.nan if text is None else float(text)
        if abs(value) <= MAGNITUDE_MAX:
            return value
        self._left_out += 1
        return None

    def _data(
        self,
        lines: Sequence[Line],
        x_label: str,
        *,
        labels: Sequence[str] = (),
        x_is_time: bool = False,
        y_label: str = "",
        undrawn_rows: int = 0,
    ) -> PlotData:
        y_names = ", ".join(self._name(column) for column in self._choice.ys)
        return PlotData(
            self._choice,
            tuple(lines),
            tuple(labels),
            x_is_time,
            x_label,
            y_label or y_names,
            self._store.row_count,
            self._left_out,
            undrawn_rows,
        )

    def points(self, bins: int) -> PlotData:
        """Return the points of a line or scatter plot, binned."""
        choice = self._choice
        x_kind = None if choice.x is None else kind_of(self._store.columns[choice.x])
        pairs: list[list[tuple[float, float]]] = [[] for _ in choice.ys]
        for number, row in self._rows():
            x = float(number)
            if choice.x is not None:
                text = row[choice.x]
                read = _time(text) if x_kind in TIMES else self._number(text)
                if read is None:
                    self._left_out += x_kind in TIMES
                    continue
                x = read
            for place, column in enumerate(choice.ys):
                if (y := self._number(row[column])) is not None:
                    pairs[place].append((x, y))
        thin = _extremes if choice.chart is Chart.LINE else _distinct
        lines = []
        for column, found in zip(choice.ys, pairs, strict=True):
            kept = thin(sorted(found) if choice.chart is Chart.LINE else found, bins)
            lines.append(_line(self._name(column), kept))
        return self._data(lines, self._name(choice.x), x_is_time=x_kind in TIMES)

    def bars(self, count_max: int) -> PlotData:
        """Return one bar for each of the first rows."""
        choice = self._choice
        labels: list[str] = []
        heights: list[float] = []
        for number, row in self._rows():
            if len(heights) < count_max:
                label = str(number) if choice.x is None else row[choice.x]
                if (height := self._number(row[choice.ys[0]])) is not None:
                    labels.append("NULL" if label is None else label)
                    heights.append(height)
        undrawn = self._store.row_count - len(heights) - self._left_out
        xs = tuple(float(place) for place in range(1, len(heights) + 1))
        line = Line(self._name(choice.ys[0]), xs, tuple(heights))
        return self._data([line], self._name(choice.x), labels=labels, undrawn_rows=undrawn)

    def histogram(self, bins_max: int) -> PlotData:
        """Return how many values are in each of some ranges of equal width."""
        column = self._choice.ys[0]
        values = [
            value for _, row in self._rows() if (value := self._number(row[column])) is not None
        ]
        counts, bounds = _counted(values, bins_max)
        xs = tuple(float(place) for place in range(1, len(counts) + 1))
        line = Line("rows", xs, tuple(map(float, counts)))
        name = self._name(column)
        labels = [f"{bound:g}" for bound in bounds]
        return self._data([line], name, labels=labels, y_label="rows")


def _line(name: str, points: Sequence[tuple[float, float]]) -> Line:
    return Line(name, tuple(x for x, _ in points), tuple(y for _, y in points))


def _counted(values: Sequence[float], bins_max: int) -> tuple[list[int], list[float]]:
    """Return the number of values in each bin, and the bins' lower bounds."""
    if not values:
        return [], []
    least, most = min(values), max(values)
    bins = 1 if least == most else min(bins_max, max(1, math.ceil(math.sqrt(len(values)))))
    width = most / bins - least / bins
    counts = [0] * bins
    for value in values:
        place = int((value - least) / width) if width else 0
        counts[min(place, bins - 1)] += 1
    return counts, [least + width * place for place in range(bins)]


def _extremes(points: Sequence[tuple[float, float]], bins: int) -> list[tuple[float, float]]:
    """Return at most four points for each bin of `x`: the first, lowest, highest and last."""
    if len(points) <= bins:
        return list(points)
    kept: list[tuple[float, float]] = []
    for members in _binned(points, bins):
        chosen = {0, len(members) - 1}
        heights = [y for _, y in members]
        chosen |= {heights.index(min(heights)), heights.index(max(heights))}
        kept += [members[place] for place in sorted(chosen)]
    return kept


def _binned(
    points: Sequence[tuple[float, float]], bins: int
) -> Iterator[list[tuple[float, float]]]:
    """Yield the points in each bin of `x`, in ascending order; empty bins are left out."""
    least, most = points[0][0], points[-1][0]
    width = most / bins - least / bins
    members: list[tuple[float, float]] = []
    current = 0
    for point in points:
        place = int((point[0] - least) / width) if width else 0
        if place != current and members:
            yield members
            members = []
        current = place
        members.append(point)
    if members:
        yield members


def _distinct(points: Sequence[tuple[float, float]], bins: int) -> list[tuple[float, float]]:
    """Return one point for each cell of a grid of `bins` by `bins`."""
    if len(points) <= bins:
        return list(points)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    x_step = (max(xs) - min(xs)) / bins or 1.0
    y_step = (max(ys) - min(ys)) / bins or 1.0
    cells = {(x // x_step, y // y_step): (x, y) for x, y in points}
    return list(cells.values())


def _time(text: str | None) -> float | None:
    """Return a date or timestamp as seconds since 1970; one without a zone counts as UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None  # infinity, years before 1, another DateStyle
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
