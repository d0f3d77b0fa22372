"""The points of a plot: guessed by type, read exactly, thinned without losing what is extreme."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.results.plot import (
    BARS_MAX,
    Chart,
    PlotChoice,
    PlotData,
    guess,
    next_chart,
    next_x,
    next_y,
    plot_of,
)
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.support.rows import chunks_of, columns

Rows = Sequence[Sequence[str | None]]
WIDTH = 60


def drawn(rows: Rows, choice: PlotChoice, width: int = WIDTH, **types: str) -> PlotData:
    store = ResultStore(columns(**types))
    for each in chunks_of([list(row) for row in rows], 500):
        store.append(each)
    data = plot_of(store, choice, width, Work())
    assert data is not None
    return data


@pytest.mark.parametrize(
    ("types", "choice"),
    [
        ({"at": "timestamptz", "n": "integer"}, PlotChoice(Chart.LINE, 0, (1,))),
        ({"n": "integer", "day": "date", "m": "real"}, PlotChoice(Chart.LINE, 1, (0, 2))),
        ({"name": "text", "n": "bigint"}, PlotChoice(Chart.BAR, 0, (1,))),
        ({"a": "real", "b": "double"}, PlotChoice(Chart.SCATTER, 0, (1,))),
        ({"n": "numeric"}, PlotChoice(Chart.HISTOGRAM, None, (0,))),
    ],
)
def test_columns_are_guessed_by_their_types(types: dict[str, str], choice: PlotChoice) -> None:
    assert guess(columns(**types)) == choice


@pytest.mark.parametrize("types", [{"name": "text"}, {"at": "timestamp"}, {}])
def test_without_numbers_there_is_nothing_to_plot(types: dict[str, str]) -> None:
    with pytest.raises(InputError, match="No column of this result has numbers to plot"):
        guess(columns(**types))


def test_a_line_is_in_the_order_of_time_and_null_is_left_out_and_counted() -> None:
    rows: list[list[str | None]] = [
        ["2026-11-30 12:00:10+00", "2"],
        ["2026-11-30 12:00:00+00", "1.5"],
        ["2026-11-30 13:00:05+01", None],
        [None, "7"],
        ["infinity", "8"],
        ["2026-11-30 12:00:20+00", "NaN"],
    ]
    data = drawn(rows, PlotChoice(Chart.LINE, 0, (1,)), at="timestamptz", n="numeric")
    (line,) = data.lines
    assert line.ys == (1.5, 2.0)
    assert line.xs[1] - line.xs[0] == 10
    assert data.x_is_time
    assert (data.left_out, data.row_count) == (4, 6)
    assert data.words == "line of n · by at · 6 rows · 4 values left out (NULL or out of range)"


def test_dates_and_timestamps_without_zone_count_as_utc() -> None:
    choice = PlotChoice(Chart.LINE, 0, (1,))
    assert drawn([["1970-01-02", "1"]], choice, d="date", n="integer").lines[0].xs == (86_400.0,)
    at = drawn([["1970-01-01 00:00:01.5", "1"]], choice, d="timestamp", n="integer")
    assert at.lines[0].xs == (1.5,)


def test_one_row_and_no_rows_are_drawn() -> None:
    for chart in Chart:
        choice = PlotChoice(chart, None if chart is Chart.HISTOGRAM else 0, (1,))
        one = drawn([["1", "2"]], choice, a="integer", b="integer")
        assert [len(line.ys) for line in one.lines] == [1]
        none = drawn([], choice, a="integer", b="integer")
        assert [len(line.ys) for line in none.lines] == [0]


def test_bars_are_the_first_rows_and_the_others_are_counted() -> None:
    rows = [[f"name {number}", str(number)] for number in range(100)]
    data = drawn(rows, PlotChoice(Chart.BAR, 0, (1,)), width=500, name="text", n="integer")
    assert len(data.labels) == BARS_MAX
    assert data.lines[0].ys[:3] == (0.0, 1.0, 2.0)
    assert data.undrawn_rows == 100 - BARS_MAX
    assert data.words.endswith(f"{100 - BARS_MAX} rows not drawn")
    nulls = drawn([[None, "1"], ["x", None]], data.choice, name="text", n="integer")
    assert (nulls.labels, nulls.left_out, nulls.undrawn_rows) == (("NULL",), 1, 0)


def test_a_histogram_counts_every_value_once() -> None:
    rows = [[str(number % 10)] for number in range(1_000)]
    data = drawn(rows, PlotChoice(Chart.HISTOGRAM, None, (0,)), n="integer")
    assert sum(data.lines[0].ys) == 1_000
    assert data.labels[0] == "0"
    assert (data.x_label, data.y_label) == ("n", "rows")
    same = drawn([["5"]] * 9, data.choice, n="integer")
    assert (same.lines[0].ys, same.labels) == ((9.0,), ("5",))


NUMBERS = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), max_size=400)


@given(NUMBERS, st.integers(1, 40))
def test_a_thinned_line_keeps_its_extremes_and_is_short(
    pairs: list[tuple[int, int]], width: int
) -> None:
    rows = [[str(x), str(y)] for x, y in pairs]
    data = drawn(rows, PlotChoice(Chart.LINE, 0, (1,)), width, a="integer", b="integer")
    (line,) = data.lines
    assert len(line.xs) <= 2 * max(2, 2 * width) * 4
    assert list(line.xs) == sorted(line.xs)
    if pairs:
        ys = [y for _, y in pairs]
        assert (min(line.ys), max(line.ys)) == (min(ys), max(ys))
    assert {(int(x), int(y)) for x, y in zip(line.xs, line.ys, strict=True)} <= {*pairs}


@given(NUMBERS, st.integers(1, 40))
def test_a_thinned_scatter_plot_keeps_points_that_are_there(
    pairs: list[tuple[int, int]], width: int
) -> None:
    rows = [[str(x), str(y)] for x, y in pairs]
    data = drawn(rows, PlotChoice(Chart.SCATTER, 0, (1,)), width, a="integer", b="integer")
    (line,) = data.lines
    points = {(int(x), int(y)) for x, y in zip(line.xs, line.ys, strict=True)}
    assert points <= {*pairs}
    assert bool(points) == bool(pairs)


def test_very_large_numbers_are_drawn() -> None:
    rows = [["1e150", "1"], ["-1e150", "2"], ["1.1e150", "3"], ["-Infinity", "4"]] * 200
    for chart in Chart:
        x = None if chart is Chart.HISTOGRAM else 1
        data = drawn(rows, PlotChoice(chart, x, (0,)), a="double", b="integer")
        assert data.lines[0].ys
        assert data.left_out == 400 or chart is Chart.BAR


def test_forms_and_columns_are_stepped_through() -> None:
    shape = columns(at="timestamp", name="text", a="integer", b="real")
    choice = guess(shape)
    seen = []
    for _ in Chart:
        choice = next_chart(choice, shape)
        seen.append(choice.chart)
    assert seen == [Chart.BAR, Chart.HISTOGRAM, Chart.SCATTER, Chart.LINE]
    assert choice.x == 0, "a form that has no such column loses it, a histogram does not"
    line = PlotChoice(Chart.LINE, 0, (2,))
    xs = []
    for _ in range(4):
        line = next_x(line, shape)
        xs.append(line.x)
    assert xs == [2, 3, None, 0]
    assert next_y(line, shape).ys == (3,)
    assert next_y(next_y(line, shape), shape).ys == (2,)


def test_a_cancelled_plot_is_none() -> None:
    work = Work()
    work.cancel()
    choice = PlotChoice(Chart.LINE, None, (0,))
    assert plot_of(ResultStore(columns(n="integer")), choice, WIDTH, work) is None
