"""A plot as an SVG document that any program can read."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dsql_tui.results.plot import Chart, PlotChoice, PlotData, plot_of
from dsql_tui.results.plot_svg import HEIGHT, WIDTH, svg_of, time_label
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.support.rows import chunks_of, columns

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>&\"'\x1b\x00"


def plot(choice: PlotChoice, rows: list[list[str | None]], **types: str) -> PlotData:
    store = ResultStore(columns(**types))
    for each in chunks_of(rows, 500):
        store.append(each)
    data = plot_of(store, choice, 60, Work())
    assert data is not None
    return data


@pytest.mark.parametrize("chart", Chart)
@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_every_form_is_a_document_with_its_marks_inside(chart: Chart, count: int) -> None:
    rows: list[list[str | None]] = [[str(number), str(-number)] for number in range(count)]
    x = None if chart is Chart.HISTOGRAM else 0
    data = plot(PlotChoice(chart, x, (1,)), rows, a="integer", b="integer")
    root = ElementTree.fromstring(svg_of(data))
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert data.words in texts
    assert data.x_label in texts
    for circle in root.iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= WIDTH
        assert 0 <= float(circle.get("cy", "-1")) <= HEIGHT
    marks = [each for tag in ("polyline", "circle") for each in root.iter(SVG + tag)]
    bars = list(root.iter(f"{SVG}rect"))[1:]
    assert bool(marks or bars) == (count > 0)
    assert all(float(bar.get("height", "-1")) >= 0 for bar in bars)


def test_names_cannot_become_markup() -> None:
    rows: list[list[str | None]] = [[HOSTILE, "1"]]
    document = svg_of(plot(PlotChoice(Chart.BAR, 0, (1,)), rows, **{HOSTILE: "text", "b": "real"}))
    assert "<script>" not in document
    assert "\x1b" not in document
    ElementTree.fromstring(document)


@pytest.mark.parametrize(
    ("span", "label"), [(60.0, "00:01:00"), (7_200.0, "01 Jan 00:01"), (1e6, "1970-01-01")]
)
def test_times_are_as_exact_as_their_axis(span: float, label: str) -> None:
    assert time_label(60.0, (0.0, span)) == label
