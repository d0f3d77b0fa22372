"""What is painted has a certain width, and what cannot be seen is marked on request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dsql_tui.console.widgets.cells import inert, visible, with_invisible

SEQUENCES = {
    "thumb, tinted": ("\U0001f44d\U0001f3fd", "\U0001f44d"),
    "woman at a laptop": ("\U0001f469\u200d\U0001f4bb", "\U0001f469\U0001f4bb"),
    "tinted, joined": ("\U0001f469\U0001f3fd\u200d\U0001f4bb", "\U0001f469\U0001f4bb"),
    "red heart": ("\u2764\ufe0f", "\u2764"),
    "heart on fire": ("\u2764\ufe0f\u200d\U0001f525", "\u2764\U0001f525"),
    "family": ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\U0001f469\U0001f467"),
    "keycap": ("1\ufe0f\u20e3", "1\u20e3"),
}


@pytest.mark.parametrize(("text", "painted"), SEQUENCES.values(), ids=SEQUENCES)
def test_an_emoji_of_several_characters_is_painted_as_its_parts(text: str, painted: str) -> None:
    assert inert(text) == painted
    assert len(visible(text)) == len(text), "the editor's columns are characters"
    for part in (inert(text), visible(text)):
        assert cell_len(part) == sum(map(cell_len, part)), "whatever a terminal can join"


@pytest.mark.parametrize("text", ["\U0001f3fd", "e\u0301", "ي\u200cب", "क्षि", "日本", "⚠"])
def test_what_is_no_sequence_of_emoji_is_painted_as_it_is(text: str) -> None:
    assert inert(text) == visible(text) == text


def test_invisible_characters_are_marked() -> None:
    text = "a\xa0b\xadc\u2009d\u202fe  f  "
    assert with_invisible(text) == "a⍽b¬c⍽d⍽e  f··"
    assert with_invisible("\u3000") == "\uff3f"
    assert with_invisible("  ") == "··"
    assert with_invisible("") == ""


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_mark_is_as_wide_as_what_it_marks(text: str) -> None:
    marked = with_invisible(text)
    assert len(marked) == len(text)
    assert [cell_len(each) for each in marked] == [cell_len(each) for each in text]
