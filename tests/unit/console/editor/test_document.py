"""The editor's document holds exactly the text it was given, changed by the edits alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Size

from dsql_tui.console.editor.document import SqlDocument
from dsql_tui.console.editor.sql_editor import SqlEditor
from dsql_tui.console.widgets.cells import visible
from dsql_tui.sql.lexing.split import StatementIndex
from dsql_tui.sql.text.lines import dominant_ending, join_lines, split_lines
from tests.unit.sql.sql_texts import ENDINGS, ODD_CHARACTERS

PIECES = ["a", "é", "𝔘", "表", "\t", " ", ";", "'", *ENDINGS, *ODD_CHARACTERS]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(TEXTS)
def test_lines_and_their_endings_are_the_text(text: str) -> None:
    document = SqlDocument(text)
    assert document.text == text
    assert len(document.endings) == document.line_count
    if dominant_ending(text) != "\r":
        assert document.lines == [each.removesuffix("\r") for each in text.split("\n")[:-1]] + [
            text.split("\n")[-1]
        ]


@pytest.mark.parametrize("odd", ODD_CHARACTERS)
def test_an_odd_character_is_one_of_its_line_and_drawn_in_one_cell(odd: str) -> None:
    document = SqlDocument(f"a{odd}b\nc")
    assert document.lines == [f"a{odd}b", "c"]
    assert visible(f"a{odd}b").isprintable()
    assert document.get_size(2).width == 3


def test_a_cr_ends_lines_only_where_nothing_else_does() -> None:
    assert SqlDocument("a\rb\r").lines == ["a", "b", ""]
    assert SqlDocument("a\rb\n").lines == ["a\rb", ""]


@given(TEXTS)
def test_each_offset_has_a_location_and_each_location_its_offset(text: str) -> None:
    document = SqlDocument(text)
    for offset in range(len(text) + 1):
        row, column = document.location_of(offset)
        within_an_ending = text[offset - 1 : offset + 1] == "\r\n" and document.endings[row]
        assert document.offset_of((row, column)) == offset - bool(within_an_ending)
    for row, line in enumerate(document.lines):
        for column in range(len(line) + 1):
            assert document.location_of(document.offset_of((row, column))) == (row, column)
    assert document.location_of(len(text) + 5) == document.end


def test_a_location_after_the_last_line_is_the_end() -> None:
    document = SqlDocument("a\r\nb")
    assert document.get_text_range((1, 0), (2, 0)) == "b"
    assert document.replace_range((1, 0), (2, 0), "").end_location == (1, 0)
    assert document.text == "a\r\n"


EDITS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), TEXTS), max_size=6)


@given(TEXTS, EDITS)
def test_an_edit_changes_the_text_as_it_would_a_string(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    document = SqlDocument(text)
    for one, other, inserted in edits:
        start, end = sorted(map(document.location_of, (one, other)))
        first, last = document.offset_of(start), document.offset_of(end)
        before = document.text
        result = document.replace_range(start, end, inserted)
        assert document.text == before[:first] + inserted + before[last:]
        assert result.replaced_text == before[first:last]
        assert document.offset_of(result.end_location) == first + len(inserted)
        assert document.drawn == [*map(visible, document.lines)]
        for tab in (2, 4):
            widest = max(cell_len(line.expandtabs(tab)) for line in document.drawn)
            assert document.get_size(tab) == Size(widest, document.line_count)
        assert document.get_text_range((0, 0), document.end) == document.text


@given(TEXTS, EDITS)
def test_what_is_kept_of_each_line_follows_the_edits(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    editor = SqlEditor(text)
    for one, other, inserted in edits:
        start, end = sorted(map(editor.location_of, (one, other)))
        editor.replace(inserted, start, end)
        kept = vars(editor.wrapped_document).copy()
        editor.wrapped_document.wrap(0)
        assert kept == vars(editor.wrapped_document)
        fresh = StatementIndex(editor.document.lines)
        for row in range(editor.document.line_count):
            assert editor.index.statement_at(row, 0) == fresh.statement_at(row, 0)
            assert editor.index.state_before(row) == fresh.state_before(row)


@given(TEXTS, EDITS)
def test_undo_and_redo_bring_back_every_character(
    text: str, edits: list[tuple[int, int, str]]
) -> None:
    editor = SqlEditor(text)
    for one, other, inserted in edits:
        start, end = sorted(map(editor.location_of, (one, other)))
        editor.replace_exactly(inserted, start, end)
        editor.history.checkpoint()
    changed = editor.text
    while editor.history.undo_stack:
        editor.undo()
    assert editor.text == text
    while editor.history.redo_stack:
        editor.redo()
    assert editor.text == changed


@pytest.mark.parametrize(
    ("text", "at", "typed"),
    [("\r", (1, 0), "\n"), ("a\n", (0, 1), "\r"), ("a\r\n\r", (1, 0), "\n")],
)
def test_undo_takes_apart_again_what_looks_like_one_line_ending(
    text: str, at: tuple[int, int], typed: str
) -> None:
    editor = SqlEditor(text)
    editor.replace_exactly(typed, at, at)
    editor.history.checkpoint()
    editor.replace_exactly("", (0, 0), editor.document.end)
    editor.undo()
    editor.undo()
    assert editor.text == text


@given(TEXTS)
def test_lines_are_joined_as_they_were(text: str) -> None:
    for at_cr in (False, True):
        assert join_lines(*split_lines(text, at_cr=at_cr)) == text
