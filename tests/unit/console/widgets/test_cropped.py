"""What is cut at the edge of a table ends in a mark."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from dsql_tui.console.widgets.cropped import cropped

RED, BLUE = Style(color="red"), Style(color="blue")


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (0, 12, " 1234  name "),
        (0, 11, " 1234  name"),
        (0, 10, " 1234  na…"),
        (0, 7, " 1234 …"),
        (0, 4, " 12…"),
        (0, 1, "…"),
        (0, 0, ""),
        (1, 12, "1234  name "),
        (2, 12, "…34  name "),
        (5, 12, "… name "),
        (3, 10, "…4  na…"),
        (4, 5, "…"),
        (0, 20, " 1234  name "),
    ],
)
def test_cut_text_ends_in_a_mark_and_cut_blanks_do_not(start: int, end: int, shown: str) -> None:
    line = Strip([Segment(" 1234 ", RED), Segment(" name ", BLUE)])
    assert cropped(line, start, end).text == shown


def test_wide_characters_keep_the_width_and_marks_have_the_style_of_their_cell() -> None:
    line = Strip([Segment("名前", RED), Segment("名前", BLUE)])
    for start in range(4):
        for end in range(5, 9):
            strip = cropped(line, start, end)
            assert strip.cell_length == Strip([*strip]).cell_length == end - start
    first, *_, last = cropped(line, 2, 6)
    assert (first.text, first.style, last.text, last.style) == ("…", RED, "…", BLUE)
