"""A result after rows of it were changed: the same chunks with other cells, fewer and more rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence

from dsql_tui.model.result import RowChunk, Rows
from dsql_tui.results.store import ResultStore
from dsql_tui.results.taking import text_chunk

Cells = Mapping[int, str | None]
"""Texts by the column's number; `None` is NULL."""


class PatchedRows:
    """Rows of a chunk, some of them changed or left out.

    Args:
        rows: The rows as received.
        kept: The numbers of those that are left.
        changed: New texts by the row's number among `rows` and the column's number.
    """

    def __init__(self, rows: Rows, kept: Sequence[int], changed: Mapping[int, Cells]) -> None:
        self._rows = rows
        self._kept = kept
        self._changed = changed

    @property
    def ntuples(self) -> int:
        """The number of rows."""
        return len(self._kept)

    @property
    def nfields(self) -> int:
        """The number of columns."""
        return self._rows.nfields

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        """Return the cell's text in UTF-8; `None` is SQL NULL."""
        row = self._kept[row_number]
        cells = self._changed.get(row, {})
        if column_number in cells:
            text = cells[column_number]
            return None if text is None else text.encode()
        return self._rows.get_value(row, column_number)

    def texts(self) -> Sequence[tuple[str | None, ...]]:
        """Return all rows decoded; each call decodes them again."""
        received = self._rows.texts()
        return [self._patched(received[row], self._changed.get(row)) for row in self._kept]

    def _patched(self, row: tuple[str | None, ...], cells: Cells | None) -> tuple[str | None, ...]:
        if not cells:
            return row
        return tuple(cells.get(column, text) for column, text in enumerate(row))


def patched(
    store: ResultStore,
    changed: Mapping[int, Cells],
    deleted: Collection[int] = (),
    added: Sequence[tuple[str | None, ...]] = (),
) -> ResultStore:
    """Return a store with changed, deleted and added rows; `store` stays as it is.

    Args:
        store: The rows.
        changed: New texts by the row's number and the column's.
        deleted: The numbers of rows to leave out.
        added: Rows to add at the end.
    """
    after = ResultStore(store.columns)
    after.is_whole = store.is_whole
    affected, removed = sorted({*changed, *deleted}), set(deleted)
    start = 0
    for chunk in store.snapshot():
        end = start + chunk.row_count
        own = affected[bisect_left(affected, start) : bisect_left(affected, end)]
        after.append(_patched(chunk, start, own, changed, removed) if own else chunk)
        start = end
    if added:
        after.append(text_chunk(added))
    return after


def _patched(
    chunk: RowChunk,
    start: int,
    affected: Sequence[int],
    changed: Mapping[int, Cells],
    removed: Collection[int],
) -> RowChunk:
    """Return a chunk, whose first row has the number `start`, with its affected rows changed."""
    kept = [row for row in range(chunk.row_count) if row + start not in removed]
    cells = {row - start: changed[row] for row in affected if row in changed}
    return RowChunk(PatchedRows(chunk.rows, kept, cells), len(kept), chunk.size_bytes)


def rows_with(
    store: ResultStore, places: Sequence[int], keys: Collection[tuple[str, ...]]
) -> dict[tuple[str, ...], list[int]]:
    """Return the numbers of the rows that have one of these keys, by key.

    Args:
        store: The rows.
        places: The numbers of the columns with the key.
        keys: The texts of the keys.
    """
    wanted = {tuple(text.encode() for text in key): key for key in keys}
    rows: dict[tuple[str, ...], list[int]] = {key: [] for key in keys}
    number = 0
    for chunk in store.snapshot():
        get = chunk.rows.get_value
        for row in range(chunk.row_count):
            key = wanted.get(tuple(get(row, place) or b"" for place in places))
            if key is not None and None not in [get(row, place) for place in places]:
                rows[key].append(number)
            number += 1
    return rows
