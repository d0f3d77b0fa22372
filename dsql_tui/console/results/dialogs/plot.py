"""A result as a plot: form and columns chosen by keys, live while the result is watched."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.widgets import Static
from textual_plotext import PlotextPlot

from dsql_tui.console.grid.widget import ResultGrid
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import bindings
from dsql_tui.console.shared.ui import WidgetUi
from dsql_tui.console.widgets.cells import fit, inert
from dsql_tui.console.widgets.dialog import Dialog
from dsql_tui.console.widgets.paths import PathDialog
from dsql_tui.errors import InputError
from dsql_tui.results.plot import (
    Chart,
    Line,
    PlotChoice,
    PlotData,
    next_chart,
    next_x,
    next_y,
    plot_of,
)
from dsql_tui.results.plot_svg import svg_of, time_label
from dsql_tui.results.work import Work

FOLLOW_S = 0.5
"""How often a plot looks whether the rows were replaced or have grown."""
TICKS = 5
LABEL_CELLS = 10
COLORS = ("accent", "warning", "success", "secondary")
NOTHING = "There is nothing to draw: every value is NULL or out of range."


class PlotDialog(Dialog[None]):
    """Shows a plot of the rows of a grid.

    Args:
        grid: Has the rows.
        choice: What to plot first.
    """

    DEFAULT_CSS = """
    PlotDialog PlotextPlot { height: 1fr; }
    PlotDialog #plot-caption { height: auto; color: $text-muted; }
    """
    HEADING = "Plot"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.PLOT)]
    HINTS: ClassVar[tuple[str, ...]] = (
        "{plot.chart} form",
        "{plot.x} bottom",
        "{plot.y} values",
        "{plot.save} save",
    )

    def __init__(self, grid: ResultGrid, choice: PlotChoice) -> None:
        super().__init__()
        self._grid = grid
        self._choice = choice
        self._ui = WidgetUi(self)
        self._work = Work()
        self._data: PlotData | None = None
        self._drawn: tuple[int, int, PlotChoice, int] | None = None

    def body(self) -> ComposeResult:
        """Yield the plot and its caption."""
        yield PlotextPlot()
        yield Static("", id="plot-caption", markup=False)

    def on_mount(self) -> None:
        """Draw, and follow the rows."""
        self.set_interval(FOLLOW_S, self._follow)
        self.call_after_refresh(self._follow)

    def on_unmount(self) -> None:
        """Stop reading."""
        self._work.cancel()
        self._ui.cancel()

    def _follow(self) -> None:
        """Draw again if the rows, the choice or the size are others than those drawn."""
        width = self.query_one(PlotextPlot).size.width
        wanted = (id(self._grid.store), self._grid.store.row_count, self._choice, width)
        if width and wanted != self._drawn:
            self._drawn = wanted
            self._work.cancel()
            self._work = Work()
            self._ui.start(self._draw(width, self._work))

    async def _draw(self, width: int, work: Work) -> None:
        store = self._grid.store.so_far()
        read = partial(plot_of, store, self._choice, width, work)
        data = await self._ui.call(read, group="plot")
        if data is None:
            return
        self._data = data
        plot = self.query_one(PlotextPlot)
        plot.plt.clear_figure()
        has_points = any(line.xs for line in data.lines)
        plot.display = has_points
        if has_points:
            self._draw_lines(plot, data)
        words = data.words if has_points else f"{data.words} · {NOTHING}"
        self.query_one("#plot-caption", Static).update(inert(words))
        plot.refresh()

    def _draw_lines(self, plot: PlotextPlot, data: PlotData) -> None:
        for place, line in enumerate(data.lines):
            name = COLORS[place % len(COLORS)]
            color = Color.parse(self.app.theme_variables.get(name, "blue")).rgb
            label = inert(line.name) if len(data.lines) > 1 else None
            _draw_line(plot, data.choice.chart, line, color, label)
        plot.plt.xlabel(inert(data.x_label) + (" (UTC)" if data.x_is_time else ""))
        plot.plt.ylabel(inert(data.y_label))
        if data.labels:
            step = max(1, len(data.labels) * LABEL_CELLS // max(plot.size.width, 1))
            shown = range(0, len(data.labels), step)
            labels = [fit(inert(data.labels[place]), LABEL_CELLS).rstrip() for place in shown]
            plot.plt.xticks([place + 1 for place in shown], labels)
        elif data.x_is_time:
            _time_ticks(plot, [x for line in data.lines for x in line.xs])

    def _choose(self, choice: PlotChoice) -> None:
        self._choice = choice
        self._follow()

    def action_turn_chart(self) -> None:
        """Draw in another form."""
        self._choose(next_chart(self._choice, self._grid.store.columns))

    def action_turn_x(self) -> None:
        """Put another column along the bottom."""
        self._choose(next_x(self._choice, self._grid.store.columns))

    def action_turn_y(self) -> None:
        """Draw the values of another column."""
        self._choose(next_y(self._choice, self._grid.store.columns))

    def action_save_plot(self) -> None:
        """Save the plot as SVG or as text."""
        self._ui.start(self._save())

    async def _save(self) -> None:
        """Ask for a path until the plot can be written to it; nothing is replaced."""
        data, problem, answer = self._data, "", "plot.svg"
        if data is None:
            return
        text = Text.from_ansi(self.query_one(PlotextPlot).plt.build()).plain
        caption = inert(data.words)
        while True:
            dialog = PathDialog(
                "Save plot", answer, "plot.svg or plot.txt", verb="Save", problem=problem
            )
            given = await self._ui.ask(dialog)
            if not given:
                return
            answer, path = given, _absolute(given)
            content = svg_of(data) if path.suffix.lower() == ".svg" else f"{text}\n{caption}\n"
            try:
                await self._ui.call(partial(_write_new, path, content), group="plot")
            except InputError as error:
                problem = error.message
            else:
                self._ui.notify(f"Saved {path}.")
                return


def _draw_line(
    plot: PlotextPlot, chart: Chart, line: Line, color: tuple[int, int, int], label: str | None
) -> None:
    xs, ys = list(line.xs), list(line.ys)
    match chart:
        case Chart.BAR | Chart.HISTOGRAM:
            plot.plt.bar(xs, ys, color=color, label=label, width=0.8)
        case Chart.LINE if len(xs) > 1:
            plot.plt.plot(xs, ys, color=color, marker="braille", label=label)
        case _:
            plot.plt.scatter(xs, ys, color=color, marker="dot", label=label)


def _time_ticks(plot: PlotextPlot, xs: Sequence[float]) -> None:
    bounds = min(xs), max(xs)
    step = (bounds[1] - bounds[0]) / (TICKS - 1)
    ticks = [bounds[0] + step * place for place in range(TICKS if step else 1)]
    plot.plt.xticks(ticks, [time_label(tick, bounds) for tick in ticks])


def _absolute(name: str) -> Path:
    return Path(name).expanduser().absolute()


def _write_new(path: Path, text: str) -> None:
    """Write a file that does not exist.

    Raises:
        InputError: It exists, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} already exists.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}.") from None
