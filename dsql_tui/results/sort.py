"""Sorts stored rows by one or more columns, with short holds of the interpreter lock.

`list.sort` of a million keys is one call that stops every other thread for half a second. So the
keys are distributed to ordered buckets, separated by sampled keys, and each small bucket is sorted
separately.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dsql_tui.results.order import Orderable, column_keys
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work

BUCKET_ROWS = 4_000
"""Rows a bucket is meant to hold; sorting it takes about 2 ms."""
SAMPLES_PER_SPLITTER = 8
PACKED_ROWS = 10_000
"""Row numbers packed in one call; takes half a millisecond."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column to sort by; NULLs are last either way."""

    column: int
    descending: bool = False


def sort_rows(
    store: ResultStore, keys: Sequence[SortKey], rows: array[int] | None, work: Work
) -> array[int] | None:
    """Return row numbers in stable sorted order; `None` when cancelled.

    Args:
        store: The rows.
        keys: The first decides, the next among equals, and so on.
        rows: Only these rows, ascending; `None` is all.
        work: Progress and cancelling.
    """
    texts = _columns(store, [key.column for key in keys], work)
    if work.cancelled:
        return None
    order: Sequence[int] = range(work.total)
    if rows is not None:
        order = [row for row in rows if row < work.total]
    for key, column in reversed(list(zip(keys, texts, strict=True))):
        present = [row for row in order if column[row] is not None]
        nulls = [row for row in order if column[row] is None]
        values = column_keys(store.columns[key.column], [column[row] or "" for row in present])
        in_order = _sorted(present, values, descending=key.descending, work=work)
        if isinstance(values, list):
            _let_go(values)
        if work.cancelled:
            return None
        order = in_order + nulls
        _let_go(column)
    return _packed(order)


def _let_go(values: list[Any]) -> None:
    """Empty a list bit by bit: freeing a million objects at once would hold up every thread."""
    while values:
        del values[-PACKED_ROWS:]


def _packed(order: Sequence[int]) -> array[int]:
    packed = array("Q")
    for start in range(0, len(order), PACKED_ROWS):
        packed.extend(order[start : start + PACKED_ROWS])
    return packed


def _columns(store: ResultStore, columns: Sequence[int], work: Work) -> list[list[str | None]]:
    read: list[list[str | None]] = [[] for _ in columns]
    for _first, chunk in work.chunks(store):
        rows = chunk.rows.texts()
        for column, texts in zip(columns, read, strict=True):
            texts.extend([row[column] for row in rows])
    return read


def _sorted(
    rows: list[int], keys: Sequence[Orderable], *, descending: bool, work: Work
) -> list[int]:
    """Return rows by their keys, stable in both directions."""
    splitters = _splitters(keys)
    # Numbers of keys, not pairs: a million fresh tuples would set the garbage collector going.
    between: list[list[int]] = [[] for _ in range(len(splitters) + 1)]
    equal: list[list[int]] = [[] for _ in splitters]
    for number, key in enumerate(keys):
        at = bisect_left(splitters, key)
        if at < len(splitters) and splitters[at] == key:
            equal[at].append(number)
        else:
            between[at].append(number)
    in_order: list[int] = []
    places = range(len(between))
    for place in reversed(places) if descending else places:
        if work.cancelled:
            return []
        between[place].sort(key=keys.__getitem__, reverse=descending)
        parts = [between[place], equal[place] if place < len(equal) else []]
        for part in reversed(parts) if descending else parts:
            in_order += [rows[number] for number in part]
    return in_order


def _splitters(keys: Sequence[Orderable]) -> list[Orderable]:
    bucket_count = len(keys) // BUCKET_ROWS
    if not bucket_count:
        return []
    step = max(1, len(keys) // (bucket_count * SAMPLES_PER_SPLITTER))
    samples = sorted(keys[::step])
    splitters: list[Orderable] = []
    for sample in samples[:: max(1, len(samples) // bucket_count)]:
        if not splitters or splitters[-1] != sample:
            splitters.append(sample)
    return splitters
