"""Results whose rows were changed, deleted and added afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.model.result import Column
from dsql_tui.results.patched import patched, rows_with
from dsql_tui.results.store import ResultStore
from dsql_tui.results.taking import text_chunk

Row = tuple[str | None, ...]
CELLS = st.none() | st.sampled_from(["", "a", "b", "é"])
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=4)


def store_of(chunks: list[list[Row]]) -> ResultStore:
    store = ResultStore((Column("x", 25), Column("y", 25)))
    for rows in chunks:
        store.append(text_chunk(rows))
    store.is_whole = True
    return store


def rows_of(store: ResultStore) -> list[Row]:
    by_cell = [
        tuple(store.text(row, column) for column in (0, 1)) for row in range(store.row_count)
    ]
    assert [row for chunk in store.snapshot() for row in chunk.rows.texts()] == by_cell
    assert all(chunk.rows.nfields == 2 for chunk in store.snapshot())
    assert sum(chunk.rows.ntuples for chunk in store.snapshot()) == store.row_count
    return by_cell


@given(st.lists(ROWS, max_size=4), st.data())
def test_a_patched_result_is_the_list_of_its_rows(
    chunks: list[list[Row]], data: st.DataObject
) -> None:
    store = store_of(chunks)
    before = rows_of(store)
    numbers = range(len(before))
    cells = st.dictionaries(st.sampled_from([0, 1]), CELLS)
    changed = data.draw(st.dictionaries(st.sampled_from(numbers), cells) if before else st.just({}))
    deleted = data.draw(st.sets(st.sampled_from(numbers)) if before else st.just(set()))
    added = data.draw(ROWS)
    after = patched(store, changed, deleted, added)
    expected = [
        tuple(changed.get(number, {}).get(column, row[column]) for column in (0, 1))
        for number, row in enumerate(before)
        if number not in deleted
    ]
    assert rows_of(after) == [*expected, *added]
    assert rows_of(store) == before
    assert after.is_whole
    again = patched(after, {0: {0: "again"}}) if after.row_count else after
    assert rows_of(again)[1:] == rows_of(after)[1:]


@given(st.lists(ROWS, max_size=3), st.sets(st.sampled_from(["", "a", "b"])))
def test_rows_are_found_by_key_and_null_is_no_key(chunks: list[list[Row]], keys: set[str]) -> None:
    store = store_of(chunks)
    found = rows_with(store, (1,), {(key,) for key in keys})
    for key in keys:
        numbers = [number for number, row in enumerate(rows_of(store)) if row[1] == key]
        assert found[(key,)] == numbers


@pytest.mark.parametrize("deleted", [(), (0,)])
def test_chunks_that_are_not_affected_are_the_same(deleted: tuple[int, ...]) -> None:
    store = store_of([[("a", "b")], [("c", "d")]])
    after = patched(store, {0: {0: "x"}}, deleted)
    assert after.snapshot()[-1] is store.snapshot()[-1]
