"""Which cells of an answer changed since the answer before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.results.changes import ROWS_MAX, changed_cells
from dsql_tui.results.store import ResultStore
from tests.support.rows import chunks_of, columns

Rows = list[list[str | None]]


def store_of(rows: Rows) -> ResultStore:
    store = ResultStore(columns(id="integer", name="text"))
    for each in chunks_of(rows, 2):
        store.append(each)
    return store


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ([["1", "a"]], [["1", "a"]], {}),
        ([["1", "a"], ["2", "b"]], [["1", "a"], ["2", "c"]], {1: {1}}),
        ([["1", "a"]], [["1", None]], {0: {1}}),
        ([["1", "a"], ["2", "b"]], [["2", "b"], ["1", "x"]], {1: {1}}),
        ([["1", "a"]], [["0", "z"], ["1", "a"]], {0: {0, 1}}),
        ([["1", "a"], ["2", "b"]], [["2", "b"]], {}),
        ([["1", "a"], ["1", "b"]], [["1", "a"], ["1", "c"], ["1", "d"]], {1: {1}, 2: {0, 1}}),
        ([[None, "a"]], [[None, "b"]], {0: {1}}),
        ([["1", "a"]], [[None, "a"]], {0: {0}}),
        ([], [["1", "a"]], {0: {0, 1}}),
        ([["1", "a"]], [], {}),
    ],
)
def test_changed_cells(before: Rows, after: Rows, changes: dict[int, set[int]]) -> None:
    assert changed_cells(store_of(before), store_of(after)) == changes


def test_other_columns_are_not_compared() -> None:
    other = ResultStore(columns(id="integer", other="text"))
    assert changed_cells(other, store_of([["1", "a"]])) == {}


CELLS = st.one_of(st.none(), st.sampled_from("abc"))
ROWS: st.SearchStrategy[Rows] = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6)


@given(ROWS)
def test_an_answer_has_not_changed_since_itself(rows: Rows) -> None:
    assert changed_cells(store_of(rows), store_of(rows)) == {}


@given(ROWS, ROWS)
def test_every_row_without_changes_was_there(before: Rows, after: Rows) -> None:
    changes = changed_cells(store_of(before), store_of(after))
    assert all(after[number] in before for number in range(len(after)) if number not in changes)


def test_only_the_first_rows_are_compared() -> None:
    rows: Rows = [[str(number), "a"] for number in range(ROWS_MAX + 1)]
    changed: Rows = [[number, "b"] for number, _ in rows]
    assert len(changed_cells(store_of(rows), store_of(changed))) == ROWS_MAX
