"""Rows beyond the bound go to a file and come back."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.results.spill import CACHED_CHUNKS, ChunkSpiller, Texts, packed, unpacked
from dsql_tui.results.store import ResultStore
from tests.support.full_disk import file_limit
from tests.support.rows import chunk, columns, numbered

TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))


def kept(spiller: ChunkSpiller, chunks: int, rows: int = 10) -> ResultStore:
    store = ResultStore(columns(id="bigint", name="text"))
    fill(store, spiller, chunks, rows)
    return store


def fill(store: ResultStore, spiller: ChunkSpiller, chunks: int, rows: int = 10) -> None:
    for _ in range(chunks):
        store.append(spiller.keep(numbered(store.row_count + 1, rows)))


def test_memory_stays_within_the_bound_and_every_row_is_there() -> None:
    spiller = ChunkSpiller(bound_bytes=500)
    store = kept(spiller, 2 * CACHED_CHUNKS)
    assert spiller.memory_bytes <= 500
    assert spiller.spilled_bytes + spiller.memory_bytes == store.size_bytes
    assert [store.text(row, 0) for row in range(store.row_count)] == [
        str(row + 1) for row in range(20 * CACHED_CHUNKS)
    ]
    assert [row[1] for each in store.snapshot() for row in each.rows.texts()][5] == "row 6"


def test_null_empty_and_any_character_come_back() -> None:
    spiller = ChunkSpiller(bound_bytes=1)
    odd = chunk([None, ""], ["\x01\u2028\U0001f600", 'quote " \\ \n'])
    first = spiller.keep(odd)
    spiller.keep(numbered(1, 1))
    assert spiller.spilled_bytes
    assert list(first.rows.texts()) == list(odd.rows.texts())
    assert first.rows.get_value(0, 0) is None
    assert first.rows.get_value(0, 1) == b""


@given(st.lists(st.tuples(*[st.none() | TEXT] * 3), max_size=5))
def test_any_rows_are_unpacked_as_they_were_packed(rows: list[Texts]) -> None:
    assert list(unpacked(packed(rows))) == rows


def test_rows_without_columns_are_still_counted() -> None:
    assert list(unpacked(packed([(), ()]))) == [(), ()]


def test_without_a_bound_chunks_are_handed_on_untouched() -> None:
    one = numbered(1, 1)
    assert ChunkSpiller(0).keep(one) is one


def test_one_huge_chunk_stays_in_memory() -> None:
    spiller = ChunkSpiller(bound_bytes=1)
    spiller.keep(numbered(1, 100))
    assert spiller.spilled_bytes == 0


def test_the_file_has_no_name_and_goes_with_its_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = kept(ChunkSpiller(bound_bytes=1), 5)
    assert list(tmp_path.iterdir()) == []
    del store
    gc.collect(0)  # what the test has made; older objects are those of all tests before it


def test_a_full_disk_is_reported_and_stored_data_stays() -> None:
    spiller = ChunkSpiller(bound_bytes=200)
    store = kept(spiller, 5)
    with (
        file_limit(spiller.spilled_bytes + 500),
        pytest.raises(InputError, match="cannot be written"),
    ):
        fill(store, spiller, 50)
    assert store.row_count > 50
    assert [store.text(row, 0) for row in range(store.row_count)] == [
        str(row + 1) for row in range(store.row_count)
    ]
