"""Lines end at line endings and nowhere else, in every place that shows or sends SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dsql_tui
from dsql_tui.sql.text.lines import dominant_ending, join_lines, lines_of, split_lines, with_endings
from tests.unit.sql.sql_texts import ENDINGS, ODD_CHARACTERS

TEXTS = st.lists(st.sampled_from(["a", "", *ENDINGS, *ODD_CHARACTERS])).map("".join)


@given(TEXTS)
def test_lines_are_joined_as_they_were(text: str) -> None:
    for at_cr in (False, True):
        assert join_lines(*split_lines(text, at_cr=at_cr)) == text


@pytest.mark.parametrize("ending", ENDINGS)
def test_lines_are_shown_without_their_endings(ending: str) -> None:
    odd = "".join(ODD_CHARACTERS)
    assert lines_of(f"a{odd}{ending}{ending}b{ending}") == [f"a{odd}", "", "b"]
    assert lines_of("") == []


@given(TEXTS, st.sampled_from(ENDINGS))
@example("\r\r\n", "\n")
def test_endings_are_changed_and_nothing_else(text: str, ending: str) -> None:
    changed = with_endings(text, ending)
    assert with_endings(changed, ending) == changed
    assert [each for each in changed if each not in "\r\n"] == [
        each for each in text if each not in "\r\n"
    ]
    if "\n" in changed:
        assert dominant_ending(changed) == ending


def test_a_script_of_several_endings_is_taken_for_what_most_lines_have() -> None:
    assert dominant_ending("a\r\nb\r\nc\n") == "\r\n"
    assert dominant_ending("a\nb\r\nc\n\r") == "\n"
    assert dominant_ending("a\rb") == "\r"
    assert dominant_ending("a") == "\n"


NOT_SQL = {
    "doctor.py",  # output of psql
    "clusters/doctor.py",
    "stream.py",  # messages of libpq
    "translate.py",
    "render.py",  # our own templates
    "edit.py",  # tags that are typed
}


def test_no_text_of_sql_is_cut_by_splitlines() -> None:
    package = Path(dsql_tui.__file__).parent
    cut = {
        str(path.relative_to(package))
        for room in ("sql", "console", "scripts", "load", "cli")
        for path in (package / room).rglob("*.py")
        if ".splitlines(" in path.read_text(encoding="utf-8")
    }
    assert not {path for path in cut if Path(path).name not in NOT_SQL}
