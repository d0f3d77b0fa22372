"""Two results side by side."""

from __future__ import annotations

import pytest

from dsql_tui.errors import InputError
from dsql_tui.results.arrangement import Arrangement, arrange_rows
from dsql_tui.results.compare import compare
from dsql_tui.results.find import Filter, Pattern
from dsql_tui.results.sort import SortKey
from dsql_tui.results.store import ResultStore
from dsql_tui.results.taking import take
from dsql_tui.results.work import Work
from tests.support.rows import chunks_of, columns

Rows = list[list[str | None]]


def store_of(rows: Rows) -> ResultStore:
    store = ResultStore(columns(id="integer", name="text"))
    for each in chunks_of(rows, 2):
        store.append(each)
    return store


def test_rows_are_added_removed_and_changed_by_key() -> None:
    before = store_of([["1", "a"], ["2", "b"], ["3", None]])
    after = store_of([["3", "c"], ["1", "a"], ["4", "d"]])
    comparison = compare(before, after, [0], Work())
    assert comparison is not None
    assert (comparison.added, comparison.removed, comparison.changed, comparison.unchanged) == (
        1,
        1,
        1,
        1,
    )
    assert [row for chunk in comparison.chunks for row in chunk.rows.texts()] == [
        ("~ changed", "3", "NULL → c"),
        ("+ added", "4", "d"),
        ("- removed", "2", "b"),
    ]
    assert [column.name for column in comparison.columns] == ["change", "id", "name"]


def test_rows_with_one_key_are_matched_in_order() -> None:
    comparison = compare(store_of([["1", "a"], ["1", "b"]]), store_of([["1", "a"]]), [0], Work())
    assert comparison is not None
    assert (comparison.unchanged, comparison.removed) == (1, 1)


def test_other_columns_cannot_be_compared() -> None:
    with pytest.raises(InputError, match="different columns"):
        compare(store_of([]), ResultStore(columns(other="text")), [0], Work())


def test_filters_and_keys_arrange_together() -> None:
    store = store_of([["1", "pear"], ["2", "apple"], ["3", None], ["4", "peach"]])
    wanted = Arrangement().keep(Filter(Pattern("pea"))).sort(1, further=False)
    assert list(arrange_rows(store, wanted, Work()) or ()) == [3, 0]


def test_sorting_turns_up_down_and_off() -> None:
    one = Arrangement().sort(1, further=False)
    assert one.keys == (SortKey(1),)
    two = one.sort(0, further=True)
    assert two.marks == {1: "▲1 ", 0: "▲2 "}
    turned = two.sort(1, further=True)
    assert turned.keys == (SortKey(1, descending=True), SortKey(0))
    assert turned.sort(1, further=True).keys == (SortKey(0),)
    assert two.sort(1, further=False).keys == (SortKey(1, descending=True),)


def test_a_filter_is_described_in_words() -> None:
    shape = columns(id="integer", name="text")
    wanted = Arrangement().keep(Filter(Pattern("x"), column=1, exact=True))
    assert wanted.keep(Filter(Pattern("^a", regex=True))).words(shape) == (
        "name = “x” and any column matches “^a”"
    )


def test_selected_rows_come_in_the_requested_order() -> None:
    store = store_of([["1", "a"], ["2", None], ["3", ""]])
    assert [row for chunk in take(store, [2, 0], [1]) for row in chunk.rows.texts()] == [
        ("",),
        ("a",),
    ]
    assert [row for chunk in take(store, None, [1, 0]) for row in chunk.rows.texts()] == [
        ("a", "1"),
        (None, "2"),
        ("", "3"),
    ]
    assert list(take(store, None, [0, 1])) == list(store.snapshot())
