"""A plot as an SVG document, with axes and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from dsql_tui.results.plot import Chart, Line, PlotData

WIDTH, HEIGHT = 900, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 20, 40, 70
_TICKS = 5
_COLORS = ("#2563eb", "#d97706", "#059669", "#9333ea")
_LABEL_MAX = 14


def svg_of(plot: PlotData) -> str:
    """Return a document of 900 × 480 points; names are escaped."""
    body = "\n".join(_parts(plot))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n{body}\n</svg>\n'
    )


def _parts(plot: PlotData) -> Iterator[str]:
    yield _text(WIDTH / 2, 20, plot.words, anchor="middle")
    yield _text(WIDTH / 2, HEIGHT - 10, plot.x_label, anchor="middle")
    yield _text(10, _TOP - 10, plot.y_label)
    scale = _Scale(plot)
    yield from scale.axes()
    for place, line in enumerate(plot.lines):
        color = _COLORS[place % len(_COLORS)]
        if len(plot.lines) > 1:
            yield _text(WIDTH - _RIGHT, _TOP + 14 * place, line.name, anchor="end", fill=color)
        yield from scale.marks(line, color)


class _Scale:
    """Places values in the drawing."""

    def __init__(self, plot: PlotData) -> None:
        self._plot = plot
        self._is_bars = plot.choice.chart in {Chart.BAR, Chart.HISTOGRAM}
        xs = [x for line in plot.lines for x in line.xs]
        ys = [y for line in plot.lines for y in line.ys]
        margin = 0.5 if self._is_bars else 0.0
        self._x = _range(xs, margin)
        self._y = _range([*ys, 0.0] if self._is_bars else ys, 0.0)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is, in points from the top left."""
        width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
        return _LEFT + width * _share(x, self._x), _TOP + height * (1 - _share(y, self._y))

    def axes(self) -> Iterator[str]:
        """Yield the axes with their ticks."""
        left, bottom = _LEFT, HEIGHT - _BOTTOM
        yield f'<path d="M{left} {_TOP}V{bottom}H{WIDTH - _RIGHT}" fill="none" stroke="#888"/>'
        for y in _ticks(self._y):
            _, top = self.at(self._x[0], y)
            yield _text(left - 6, top + 4, f"{y:.6g}", anchor="end")
        for x, label in self._bottom_labels():
            place, _ = self.at(x, self._y[0])
            yield _text(place, bottom + 18, label, anchor="middle")

    def _bottom_labels(self) -> Iterator[tuple[float, str]]:
        if self._is_bars:
            step = max(1, len(self._plot.labels) // 10)
            for place in range(0, len(self._plot.labels), step):
                yield place + 1.0, self._plot.labels[place][:_LABEL_MAX]
            return
        for x in _ticks(self._x):
            yield x, time_label(x, self._x) if self._plot.x_is_time else f"{x:.6g}"

    def marks(self, line: Line, color: str) -> Iterator[str]:
        """Yield the drawing of one column."""
        points = [self.at(x, y) for x, y in zip(line.xs, line.ys, strict=True)]
        if self._is_bars:
            _, base = self.at(self._x[0], 0.0)
            width = 0.8 * (WIDTH - _LEFT - _RIGHT) / max(len(points), 1)
            for x, y in points:
                top, height = min(y, base), abs(base - y)
                yield (
                    f'<rect x="{x - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}"'
                    f' height="{height:.1f}" fill="{color}"/>'
                )
        elif self._plot.choice.chart is Chart.LINE and len(points) > 1:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            yield f'<polyline points="{path}" fill="none" stroke="{color}"/>'
        else:
            for x, y in points:
                yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{color}"/>'


def time_label(seconds: float, bounds: tuple[float, float]) -> str:
    """Return a time in UTC, as exact as the ends of its axis are far apart."""
    span = bounds[1] - bounds[0]
    moment = datetime.fromtimestamp(seconds, UTC)
    if span > 3 * 86_400:
        return moment.strftime("%Y-%m-%d")
    return moment.strftime("%d %b %H:%M" if span > 600 else "%H:%M:%S")


def _range(values: list[float], margin: float) -> tuple[float, float]:
    least, most = min(values, default=0.0), max(values, default=1.0)
    if least == most:
        least, most = least - 0.5, most + 0.5
    return least - margin, most + margin


def _share(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return (value / 2 - low / 2) / (high / 2 - low / 2)


def _ticks(bounds: tuple[float, float]) -> list[float]:
    low, high = bounds
    return [
        low * (1 - step / (_TICKS - 1)) + high * (step / (_TICKS - 1)) for step in range(_TICKS)
    ]


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = "#222") -> str:
    shown = escape("".join(each if each.isprintable() else "\ufffd" for each in text))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{shown}</text>'
