"""Blocks of cells from the clipboard."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.rows.paste import fill, read_block


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\tb\nc\td\n", [["a", "b"], ["c", "d"]]),
        ("a\r\n\r\nb", [["a"], [""], ["b"]]),
        ('"a\tb\n""c"""\t', [['a\tb\n"c"', ""]]),
        ("x", [["x"]]),
        ("", []),
    ],
)
def test_a_block_is_read_as_spreadsheets_write_it(text: str, block: list[list[str]]) -> None:
    assert read_block(text) == block


def test_a_quoted_cell_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="no block of cells"):
        read_block('"a\tb')


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=3))
def test_what_a_spreadsheet_writes_is_read_back(block: list[list[str]]) -> None:
    written = StringIO(newline="")
    csv.writer(written, "excel-tab").writerows(block)
    assert read_block(written.getvalue()) == block


@pytest.mark.parametrize(
    ("block", "rows", "columns", "filled"),
    [
        ([["a"]], 2, 2, [["a", "a"], ["a", "a"]]),
        ([["a", "b"]], 2, 2, [["a", "b"], ["a", "b"]]),
        ([["a", "b"]], 2, 3, [["a", "b"]]),
        ([["a"], ["b"]], 3, 1, [["a"], ["b"]]),
        ([["a"], ["b", "c"]], 2, 2, [["a"], ["b", "c"]]),
        ([], 1, 1, []),
    ],
)
def test_a_block_fills_a_selection_that_it_divides(
    block: list[list[str]], rows: int, columns: int, filled: list[list[str]]
) -> None:
    assert fill(block, rows, columns) == filled
