from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from dsql_tui.config import Config
from dsql_tui.console.app.app import ConsoleApp
from dsql_tui.console.app.inert_filter import InertFilter
from dsql_tui.console.shared.preferences import Preferences
from tests.support.fakes import FakeServices
from tests.unit.model.test_cells import ACTED_ON, ORDINARY, SEEDS, hostile_text

BLACK = Color(0, 0, 0)


def filtered(*segments: Segment) -> list[Segment]:
    return InertFilter().apply(list(segments), BLACK)


def test_no_active_character_passes_and_every_segment_stays_as_wide_as_it_was() -> None:
    flag_parts = set(ORDINARY[8])
    for seed in SEEDS:
        before = [Segment(hostile_text(seed * 3 + part)) for part in range(3)]
        after = filtered(*before)
        assert [cell_len(each.text) for each in after] == [cell_len(each.text) for each in before]
        assert not set("".join(each.text for each in after)) & (ACTED_ON - flag_parts), seed


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_passes_as_it_is(text: str) -> None:
    segment = Segment(text, Style(bold=True))
    assert filtered(segment) == [segment]


def test_half_a_surrogate_pair_which_cannot_be_written_at_all_becomes_a_mark() -> None:
    assert filtered(Segment("a\udcffb")) == [Segment("a\ufffdb")]


def test_a_hyperlink_of_others_never_reaches_the_terminal() -> None:
    style = Style(bold=True, link="https://evil.example/\x1b]0;x\x07")
    (segment,) = filtered(Segment("docs", style))
    assert segment.style is not None
    assert (segment.style.link, segment.style.bold) == (None, True)
    console = ConsoleApp(FakeServices(), Config(), Preferences()).console
    assert "\x1b]" not in Strip([segment]).render(console)


def test_a_line_without_anything_wrong_is_not_copied() -> None:
    segments = [Segment("│ ", Style(dim=True)), Segment("日本語 é")]
    assert InertFilter().apply(segments, BLACK) is segments


def test_the_console_filters_every_line_last() -> None:
    app = ConsoleApp(FakeServices(), Config(), Preferences())
    assert isinstance(app.get_line_filters()[-1], InertFilter)
