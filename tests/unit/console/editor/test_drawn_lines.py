"""Lines are drawn where Textual draws them; long lines are not measured."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from textual.document._wrapped_document import WrappedDocument
from textual.geometry import Offset

from dsql_tui.console.editor import drawn_lines
from dsql_tui.console.editor.document import SqlDocument
from dsql_tui.console.editor.drawn_lines import LONGEST_MEASURED, DrawnDocument, DrawnLines

TEXTS = st.text("ab ,('\t\n名é\u0301", max_size=60)


def both(text: str, width: int) -> tuple[SqlDocument, DrawnLines, WrappedDocument]:
    document = SqlDocument(text)
    ours = DrawnLines(document, tab_width=2)
    ours.wrap(width, tab_width=2)
    return document, ours, WrappedDocument(DrawnDocument(document), width, tab_width=2)


@given(TEXTS, st.integers(0, 12))
@example("\t\u0301", 1)
@settings(max_examples=100)
def test_each_location_is_drawn_where_textual_draws_it(text: str, width: int) -> None:
    document, ours, theirs = both(text, width)
    assert ours.height == theirs.height
    for row, line in enumerate(document.lines):
        assert ours.get_offsets(row) == theirs.get_offsets(row)
        for column in range(len(line) + 1):
            offset = ours.location_to_offset((row, column))
            assert offset == theirs.location_to_offset((row, column))
    for y in range(ours.height):
        for x in range(14):
            at = Offset(x, y)
            assert ours.offset_to_location(at) == theirs.offset_to_location(at)


@given(TEXTS, TEXTS, st.integers(0, 12), st.data())
@settings(max_examples=100)
def test_an_edit_leaves_the_rows_of_a_new_document(
    text: str, put: str, width: int, data: st.DataObject
) -> None:
    document, ours, _ = both(text, width)
    rows = st.integers(0, document.line_count - 1)
    top, bottom = sorted((data.draw(rows), data.draw(rows)))
    start = (top, data.draw(st.integers(0, len(document.lines[top]))))
    end = (bottom, data.draw(st.integers(0, len(document.lines[bottom]))))
    start, end = sorted((start, end))
    result = document.replace_range(start, end, put)
    ours.wrap_range(start, end, result.end_location)
    fresh = DrawnLines(document, tab_width=2)
    fresh.wrap(width, tab_width=2)
    places = [ours.row_at(y) for y in range(ours.height + 1)]
    assert places == [fresh.row_at(y) for y in range(fresh.height + 1)]
    for row, line in enumerate(document.lines):
        location = (row, len(line))
        assert ours.location_to_offset(location) == fresh.location_to_offset(location)
        assert ours.get_tab_widths(row) == fresh.get_tab_widths(row)


@pytest.mark.parametrize("width", [0, 70])
@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_long_line_is_placed_without_measuring_it(
    width: int, letter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(*_arguments: object) -> None:
        pytest.fail("the line was measured")

    for name in ("compute_wrap_offsets", "get_tab_widths"):
        monkeypatch.setattr(drawn_lines, name, measured)
    length = LONGEST_MEASURED * 20
    ours = DrawnLines(SqlDocument(letter * length), tab_width=2)
    ours.wrap(width, tab_width=2)
    for column in (0, 1, 69, 70, 71, 12_345, length - 1):
        offset = ours.location_to_offset((0, column))
        assert offset == (Offset(column % width, column // width) if width else (column, 0))
        assert ours.offset_to_location(offset) == (0, column)
    if width:
        assert ours.row_at(100) == (0, 100, 7_000)
    assert ours.row_at(ours.height) is None
