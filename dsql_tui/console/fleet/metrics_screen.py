"""Metrics of a cluster as plots with axes; missing data is drawn as a gap."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option
from textual_plotext import PlotextPlot

from dsql_tui.config import Config
from dsql_tui.console.fleet import messages as m
from dsql_tui.console.fleet import workers
from dsql_tui.console.shared.fleet_services import Fleet, SettingsOf
from dsql_tui.console.shared.key import Place
from dsql_tui.console.shared.keys import LIST_KEYS, bindings, bindings_of, with_keys
from dsql_tui.console.shared.words import explanation
from dsql_tui.console.widgets.footer import KeyLine
from dsql_tui.console.widgets.listing import fit
from dsql_tui.model.cluster import Cluster
from dsql_tui.model.metrics import MetricRange, MetricsReport, Points, Series, cost_of, in_unit

_TICKS = 5
_SCALES = {"bytes": ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))}


class MetricList(OptionList):
    """A list that posts a message when its width changes."""

    class Resized(Message):
        """Posted when the width has changed and the lines must be redrawn."""

    def on_resize(self) -> None:
        """Post `Resized` if the width has changed."""
        self.post_message(self.Resized())


class MetricsScreen(Screen[None]):
    """Metrics on the left, the plot of the selected one on the right.

    Args:
        fleet: The source of clusters and their details.
        sides: The cluster's endpoints; each has its own metrics.
        settings: Returns the settings that apply to a cluster.
    """

    CSS_PATH = "../style/fleet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.METRICS), *bindings_of(*LIST_KEYS)]

    def __init__(self, fleet: Fleet, sides: tuple[Cluster, ...], settings: SettingsOf) -> None:
        super().__init__(id="metrics-screen")
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
        self._fleet, self._sides, self._settings = fleet, sides, settings
        self._side = 0
        self._range = MetricRange.HOUR
        self._report: MetricsReport | None = None

    def compose(self) -> ComposeResult:
        """Yield the list, the plot, a description and the cost."""
        with Horizontal(id="metrics-columns"):
            with Vertical(id="metrics-list") as left:
                left.border_title = Content(self._sides[0].name)
                yield MetricList(markup=False)
            with Vertical(id="metrics-plot") as right:
                right.border_title = "…"
                yield PlotextPlot()
                yield Static("Loading metrics…", id="metrics-caption", markup=False)
                yield Static("", id="metrics-cost", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """Query the last hour."""
        self.query_one(OptionList).focus()
        self.action_refresh_list()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the peer for a single-Region cluster, and the filter."""
        if action in {"filter", "fold", "unfold"}:
            return False
        if action == "show_peer":
            return len(self._sides) > 1
        return super().check_action(action, parameters)

    def action_refresh_list(self) -> None:
        """Query the metrics again."""
        side = self._sides[self._side]
        self.query_one("#metrics-list").border_subtitle = Content(f"{side.region} · {self._range}")
        job = partial(workers.read_metrics, self._fleet, side, self._range, self.post_message)
        self.run_worker(job, thread=True, group="metrics", exclusive=True)

    def action_look_back(self, chosen: str) -> None:
        """Select the time range."""
        self._range = MetricRange(chosen)
        self.action_refresh_list()

    def action_show_peer(self) -> None:
        """Show the peer's metrics."""
        self._side = (self._side + 1) % len(self._sides)
        self.action_refresh_list()

    def action_cursor_down(self) -> None:
        """Go to the next metric."""
        self.query_one(OptionList).action_cursor_down()

    def action_cursor_up(self) -> None:
        """Go to the previous metric."""
        self.query_one(OptionList).action_cursor_up()

    def action_scroll_home(self) -> None:
        """Go to the first metric."""
        self.query_one(OptionList).action_first()

    def action_scroll_end(self) -> None:
        """Go to the last metric."""
        self.query_one(OptionList).action_last()

    def action_back(self) -> None:
        """Return to the previous screen."""
        self.dismiss()

    def on_metrics_read(self, message: m.MetricsRead) -> None:
        """Fill the list; the same metric stays selected."""
        report, shown = message.report, self._sides[self._side]
        if (report.range, report.region) != (self._range, shown.region):
            # The request was made before another range or cluster was selected.
            return
        self._report = report
        self.on_metric_list_resized()
        self._draw()
        self._draw_cost(report, self._settings(shown))

    def on_metric_list_resized(self) -> None:
        """Format the list's lines for its current width."""
        if (report := self._report) is None:
            return
        options = self.query_one(MetricList)
        chosen = options.highlighted or 0
        options.clear_options()
        width = max(self.query_one("#metrics-list").content_region.width - 4, 14)
        options.add_options(Option(_label(series, width)) for series in report.series)
        if report.series:
            options.highlighted = min(chosen, len(report.series) - 1)

    def on_metrics_missing(self, message: m.MetricsMissing) -> None:
        """Show why there are no metrics."""
        lines = (
            message.error.message,
            *explanation(message.error),
            with_keys("Press {list.refresh} to retry."),
        )
        self.query_one("#metrics-caption", Static).update(Content("\n".join(lines)))

    @on(OptionList.OptionHighlighted)
    def _draw(self) -> None:
        if (report := self._report) is None:
            return
        plot = self.query_one(PlotextPlot)
        plot.plt.clear_figure()
        plot.display = bool(report.series)
        frame = self.query_one("#metrics-plot")
        caption = self.query_one("#metrics-caption", Static)
        if not report.series:
            frame.border_title = "No metrics"
            caption.update("CloudWatch has no metrics for this cluster. It has not been used yet.")
            return
        series = report.series[self.query_one(OptionList).highlighted or 0]
        frame.border_title = Content(f"{series.metric.label}, last {report.range}")
        caption.update(
            Content(f"{series.metric.caption} {_statistic(series, report.range)}{_absent(series)}")
        )
        self._plot(plot, report, series)

    def _plot(self, plot: PlotextPlot, report: MetricsReport, series: Series) -> None:
        plt = plot.plt
        start, end = report.start.timestamp(), report.end.timestamp()
        divisor, unit = _scale(series)
        color = Color.parse(self.app.theme_variables.get("accent", "blue")).rgb
        for part in _unbroken(series.points, report.range.period_s):
            moments = [moment.timestamp() for moment, _ in part]
            plt.plot(moments, [value / divisor for _, value in part], color=color, marker="braille")
            if len(part) == 1:
                plt.scatter(moments, [part[0][1] / divisor], color=color, marker="dot")
        plt.xlim(start, end)
        top = _round_up(max((value for _, value in series.points), default=0.0) / divisor)
        plt.ylim(0, top)
        plt.yticks(
            [top * step / 4 for step in range(5)], [f"{top * step / 4:g}" for step in range(5)]
        )
        ticks = [start + (end - start) * step / (_TICKS - 1) for step in range(_TICKS)]
        form = "%H:%M" if report.range.span.days < 2 else "%d %b"
        span = (report.end - report.start) / (_TICKS - 1)
        labels = [(report.start + span * step).strftime(form) for step in range(_TICKS)]
        plt.xticks(ticks, labels)
        plt.ylabel(unit)
        plt.xlabel("UTC")
        plot.refresh()

    def _draw_cost(self, report: MetricsReport, config: Config) -> None:
        cost = cost_of(
            report.month,
            self._fleet.now(),
            million_dpu=config.dpu_price,
            gb_month=config.storage_price,
        )
        lines = []
        if cost is not None:
            lines.append(
                f"This month ${cost.so_far:,.2f}, projected ${cost.forecast:,.2f} after free tier "
                f"({in_unit(report.month.dpu, 'DPU')}, "
                f"{in_unit(report.month.storage_bytes, 'bytes')})"
            )
        if report.alarms is None:
            lines.append(f"Could not read alarms: {report.alarms_problem}")
        lines += [
            f"{'✗' if alarm.state == 'ALARM' else '●'} {alarm.name}: {alarm.state}"
            for alarm in report.alarms or ()
        ]
        self.query_one("#metrics-cost", Static).update(Content("\n".join(lines)))


def _label(series: Series, width: int) -> str:
    value = series.total if series.metric.is_total else series.latest
    words = in_unit(value, series.metric.unit)
    return f"{fit(series.metric.label, width - len(words) - 1)} {words}"


def _statistic(series: Series, chosen: MetricRange) -> str:
    period = chosen.period_s
    length = f"{period // 3600} h" if period >= 3600 else f"{period // 60} min"
    words = {"Sum": "Sum", "p50": "Median", "Average": "Average", "Maximum": "Maximum"}
    return f"{words.get(series.metric.statistic, series.metric.statistic)} per {length}."


def _absent(series: Series) -> str:
    if series.points:
        return ""
    return " No data in this range: an idle cluster sends no metrics."


def _scale(series: Series) -> tuple[float, str]:
    highest = max((value for _, value in series.points), default=0.0)
    for size, name in _SCALES.get(series.metric.unit, ()):
        if highest >= size:
            return size, name
    return 1.0, series.metric.unit


def _round_up(highest: float) -> float:
    """Return the next number whose quarters read well: 1, 2, 4, 6, 8 of a power of ten."""
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= highest)


def _unbroken(points: Points, period_s: int) -> list[Points]:
    """Return runs of points without a period missing between them."""
    runs: list[list[int]] = [[0]] if points else []
    for index, ((one, _), (other, _)) in enumerate(pairwise(points), start=1):
        if (other - one).total_seconds() > period_s * 1.5:
            runs.append([])
        runs[-1].append(index)
    return [tuple(points[index] for index in run) for run in runs]
