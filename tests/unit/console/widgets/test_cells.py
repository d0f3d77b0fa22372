"""What cannot be seen is marked on request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from dsql_tui.console.widgets.cells import with_invisible


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
