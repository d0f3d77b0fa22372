"""Text is found in cells, and rows are kept by it."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.results.find import Filter, Matches, Pattern, filter_rows, find_cells
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.support.rows import chunk, chunks_of, columns

ROWS: list[list[str | None]] = [
    ["1", "Espresso"],
    ["2", None],
    ["3", "espresso pot"],
    ["4", ""],
    ["5", "a.b"],
]


def store_of(rows: list[list[str | None]], size: int = 2) -> ResultStore:
    store = ResultStore(columns(id="integer", name="text"))
    for each in chunks_of(rows, size):
        store.append(each)
    return store


def found(pattern: Pattern, order: array[int] | None = None) -> list[tuple[int, int]]:
    matches = find_cells(store_of(ROWS), pattern, order, Work())
    assert matches is not None
    return [divmod(cell, 2) for cell in matches.cells]


def test_lower_case_finds_either_case() -> None:
    assert found(Pattern("espresso")) == [(0, 1), (2, 1)]


def test_upper_case_counts() -> None:
    assert found(Pattern("Esp")) == [(0, 1)]


def test_a_regular_expression_is_anchored_to_its_cell() -> None:
    assert found(Pattern(r"^.\.b$", regex=True)) == [(4, 1)]
    assert found(Pattern("a.b")) == [(4, 1)]


def test_what_spans_two_cells_is_not_found() -> None:
    assert found(Pattern("1\0esp")) == []


def test_matches_follow_the_order_shown() -> None:
    assert found(Pattern("espresso"), array("Q", [2, 1, 0])) == [(0, 1), (2, 1)]
    assert found(Pattern("espresso"), array("Q", [3, 2])) == [(1, 1)]


@pytest.mark.parametrize(
    ("text", "regex", "cells"),
    [
        ("true", False, [0, 4]),
        ("fal", False, [2]),
        ("^t$", True, [3, 5]),
        ("t", False, [0, 3, 4, 5]),
    ],
)
def test_a_boolean_is_found_as_it_is_shown(text: str, regex: bool, cells: list[int]) -> None:
    store = ResultStore(columns(b="boolean", t="text"))
    store.append(chunk(["t", "x"], ["f", "t"], ["t", "t"]))
    pattern = Pattern(text, regex=regex)
    found = find_cells(store, pattern, None, Work())
    assert found is not None
    assert list(found.cells) == cells
    kept = filter_rows(store, [Filter(pattern)], Work())
    assert kept is not None
    assert list(kept) == sorted({cell // 2 for cell in cells})


def test_an_invalid_regular_expression_is_reported() -> None:
    with pytest.raises(InputError, match="not a regular expression"):
        find_cells(store_of(ROWS), Pattern("(", regex=True), None, Work())


def test_next_and_previous_go_round() -> None:
    matches = Matches(array("Q", [1, 5]), 2, complete=True)
    assert matches.after(0, 0) == (0, 1)
    assert matches.after(0, 1) == (2, 1)
    assert matches.after(2, 1) == (0, 1)
    assert matches.before(0, 1) == (2, 1)
    assert matches.before(2, 1) == (0, 1)
    assert (matches.number(2, 1), matches.number(2, 0)) == (2, 0)
    assert Matches(array("Q"), 2, complete=True).after(0, 0) is None


@given(st.lists(st.text("aAbß", max_size=3), max_size=20), st.text("aAbß", min_size=1, max_size=2))
def test_joining_chunks_misses_nothing(texts: list[str], needle: str) -> None:
    store = store_of([[None, text] for text in texts], 3)
    matches = find_cells(store, Pattern(needle), None, Work())
    assert matches is not None
    ignore = needle == needle.lower()
    expected = [
        row for row, text in enumerate(texts) if needle in (text.lower() if ignore else text)
    ]
    assert [cell // 2 for cell in matches.cells] == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Filter(Pattern("espresso")), [0, 2]),
        (Filter(Pattern("espresso"), inverted=True), [1, 3, 4]),
        (Filter(Pattern("3"), column=0), [2]),
        (Filter(Pattern("3"), column=1), []),
        (Filter(column=1, is_null=True), [1]),
        (Filter(column=1, is_null=True, inverted=True), [0, 2, 3, 4]),
        (Filter(Pattern(""), column=1, exact=True), [3]),
        (Filter(Pattern("^[12]$", regex=True), column=0), [0, 1]),
    ],
)
def test_a_filter_keeps_rows(kept: Filter, expected: list[int]) -> None:
    assert list(filter_rows(store_of(ROWS), [kept], Work()) or ()) == expected


def test_every_filter_must_keep_a_row() -> None:
    both = [Filter(Pattern("espresso")), Filter(Pattern("3"), column=0)]
    assert list(filter_rows(store_of(ROWS), both, Work()) or ()) == [2]


def test_cancelled_work_returns_nothing() -> None:
    work = Work()
    work.cancel()
    assert find_cells(store_of(ROWS), Pattern("e"), None, work) is None
    assert filter_rows(store_of(ROWS), [Filter(Pattern("e"))], work) is None
