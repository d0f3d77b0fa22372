"""Selected rows and columns of a store, in some order, as chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from dsql_tui.model.result import CHUNK_ROWS, Column, RowChunk
from dsql_tui.results.store import ResultStore

Texts = tuple[str | None, ...]


class TextRows:
    """Rows of Python strings with the interface of libpq's result."""

    def __init__(self, rows: Sequence[Texts]) -> None:
        self._rows = rows

    @property
    def ntuples(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def nfields(self) -> int:
        """The number of columns."""
        return len(self._rows[0]) if self._rows else 0

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        """Return the cell's text in UTF-8; `None` is SQL NULL."""
        value = self._rows[row_number][column_number]
        return None if value is None else value.encode()

    def texts(self) -> Sequence[Texts]:
        """Return every row."""
        return self._rows


def text_chunk(rows: Sequence[Texts]) -> RowChunk:
    """Return rows of text as a chunk."""
    size = sum(len(cell or "") for row in rows for cell in row)
    return RowChunk(TextRows(rows), len(rows), size)


def columns_taken(store: ResultStore, columns: Sequence[int]) -> tuple[Column, ...]:
    """Return the columns with these numbers."""
    return tuple(store.columns[column] for column in columns)


def take(
    store: ResultStore, rows: Sequence[int] | None, columns: Sequence[int]
) -> Iterator[RowChunk]:
    """Yield rows of a store as chunks of at most `CHUNK_ROWS`.

    Args:
        store: Where from; rows that arrive meanwhile are left out.
        rows: Their numbers in the requested order; `None` for all in the order received.
        columns: The columns, in the order wanted.
    """
    if rows is None:
        yield from _whole(store, columns)
        return
    numbers = iter(rows)
    while some := list(islice(numbers, CHUNK_ROWS)):
        yield text_chunk([_row(store, number, columns) for number in some])


def _whole(store: ResultStore, columns: Sequence[int]) -> Iterator[RowChunk]:
    everything = list(columns) == list(range(len(store.columns)))
    for chunk in store.snapshot():
        if everything:
            yield chunk
        else:
            rows = [tuple(row[column] for column in columns) for row in chunk.rows.texts()]
            yield RowChunk(TextRows(rows), chunk.row_count)


def _row(store: ResultStore, number: int, columns: Sequence[int]) -> Texts:
    rows, index = store.locate(number)
    values = (rows.get_value(index, column) for column in columns)
    return tuple(None if value is None else value.decode("utf-8", "replace") for value in values)
