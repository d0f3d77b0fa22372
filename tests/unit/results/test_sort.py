"""Rows in the order PostgreSQL would give them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.results.sort import SortKey, sort_rows
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from tests.support.rows import TYPE_OIDS, chunks_of, columns


def stored(rows: list[list[str | None]], **types: str) -> ResultStore:
    store = ResultStore(columns(**types))
    for each in chunks_of(rows, 100):
        store.append(each)
    return store


def sorted_texts(
    kind: str, values: list[str | None], *, descending: bool = False
) -> list[str | None]:
    store = stored([[value] for value in values], v=kind)
    order = sort_rows(store, [SortKey(0, descending)], None, Work())
    assert order is not None
    return [values[row] for row in order]


ASCENDING: dict[str, list[str | None]] = {
    "integer": ["-10", "-9", "0", "2", "10", None],
    "numeric": ["-Infinity", "-1.5", "0.10", "0.2", "9", "10", "Infinity", "NaN", None],
    "double": ["-Infinity", "-1e+20", "1e-10", "5", "10", "Infinity", "NaN", None],
    "boolean": ["f", "t", None],
    "date": [
        "-infinity",
        "0044-03-15 BC",
        "0001-01-01",
        "2026-11-21",
        "10000-01-01",
        "infinity",
        None,
    ],
    "timestamp": ["2026-11-21 06:00:00", "2026-11-21 06:00:00.5", "2026-11-21 07:00:00", None],
    "timestamptz": [
        "2026-03-29 00:30:00+00",
        "2026-03-29 03:30:00+02",
        "2026-03-29 02:30:00+00",
        "infinity",
        None,
    ],
    "timetz": [
        "10:00:00+02",
        "09:00:00+00",
        "08:00:00-01",
        "09:00:00.5+00",
        "23:00:00-08",
        None,
    ],
    "interval": [
        "-1 days",
        "00:00:01",
        "23:59:59",
        "1 day",
        "1 day 00:00:01",
        "1 mon",
        "1 year",
        None,
    ],
    "text": ["", "10", "9", "B", "a", "é", "日", None],
    "uuid": ["0b7e1a0e-7a2f-4d4e-9d0e-3f8b2a6c1d2e", "f0000000-0000-0000-0000-000000000000", None],
}


@pytest.mark.parametrize("kind", ASCENDING)
def test_values_are_ordered_by_type_with_nulls_last(kind: str) -> None:
    assert kind in TYPE_OIDS
    values = ASCENDING[kind]
    shuffled = values[:]
    random.Random(7).shuffle(shuffled)
    assert sorted_texts(kind, shuffled) == values
    assert sorted_texts(kind, shuffled, descending=True) == [*reversed(values[:-1]), None]


@pytest.mark.parametrize(
    ("kind", "values", "remedy"),
    [
        ("date", ["01.02.2024", "03.01.2024"], "SET datestyle = ISO"),
        ("timestamptz", ["Thu Feb 01 00:00:00 2024 UTC"], "SET datestyle = ISO"),
        ("interval", ["P1Y2M", "PT1H"], "SET intervalstyle = postgres"),
        ("interval", ["@ 1 hour"], "SET intervalstyle = postgres"),
    ],
)
def test_values_in_another_style_are_not_sorted_wrongly(
    kind: str, values: list[str | None], remedy: str
) -> None:
    with pytest.raises(InputError) as refused:
        sorted_texts(kind, values)
    assert remedy in refused.value.remedy


@given(st.lists(st.none() | st.integers(-50, 50), max_size=300), st.booleans())
def test_sorting_is_stable_both_ways(numbers: list[int | None], descending: bool) -> None:
    store = stored([[None if n is None else str(n)] for n in numbers], v="integer")
    order = sort_rows(store, [SortKey(0, descending)], None, Work())
    present = sorted(
        (row for row, n in enumerate(numbers) if n is not None),
        key=lambda row: numbers[row] or 0,
        reverse=descending,
    )
    assert list(order or ()) == present + [row for row, n in enumerate(numbers) if n is None]


@pytest.mark.parametrize("distinct", [1, 3, 20_000])
def test_many_rows_are_sorted_in_buckets(distinct: int) -> None:
    generator = random.Random(11)
    numbers = [generator.randrange(distinct) for _ in range(20_000)]
    store = stored([[str(n)] for n in numbers], v="integer")
    for descending in (False, True):
        order = sort_rows(store, [SortKey(0, descending)], None, Work())
        assert list(order or ()) == sorted(
            range(20_000), key=numbers.__getitem__, reverse=descending
        )


def test_the_second_key_decides_among_equals() -> None:
    rows: list[list[str | None]] = [["b", "1"], ["a", "1"], ["b", "3"], ["a", "2"]]
    store = stored(rows, t="text", n="integer")
    order = sort_rows(store, [SortKey(0), SortKey(1, descending=True)], None, Work())
    assert [rows[row] for row in order or ()] == [["a", "2"], ["a", "1"], ["b", "3"], ["b", "1"]]


def test_a_cancelled_sort_returns_nothing() -> None:
    work = Work()
    work.cancel()
    assert sort_rows(stored([["1"]], v="integer"), [SortKey(0)], None, work) is None
