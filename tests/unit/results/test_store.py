"""Rows are found in the chunk that holds them."""

from __future__ import annotations

import pytest

from dsql_tui.results.store import ResultStore
from tests.support.rows import columns, numbered


@pytest.mark.parametrize("sizes", [[3, 3, 3], [3, 3, 1], [1, 3, 2], [2, 1, 3, 3], [5]])
def test_every_row_is_found_whatever_the_chunks_were(sizes: list[int]) -> None:
    store = ResultStore(columns(id="bigint", name="text"))
    for size in sizes:
        store.append(numbered(store.row_count + 1, size))
    assert store.row_count == sum(sizes)
    assert [store.text(row, 0) for row in range(store.row_count)] == [
        str(row + 1) for row in range(sum(sizes))
    ]


def test_an_empty_chunk_changes_nothing() -> None:
    store = ResultStore(columns(id="bigint", name="text"))
    store.append(numbered(1, 0))
    assert store.row_count == 0
    assert not store.snapshot()


def test_a_row_that_is_not_there_is_an_index_error() -> None:
    store = ResultStore(columns(id="bigint", name="text"))
    store.append(numbered(1, 2))
    with pytest.raises(IndexError):
        store.locate(2)


def test_bytes_are_counted() -> None:
    store = ResultStore(columns(id="bigint", name="text"))
    store.append(numbered(1, 2))
    assert store.size_bytes == len("1row 12row 2")
