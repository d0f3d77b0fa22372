"""The rows of one result, in chunks as received.

The grid appends on the UI thread; workers read the same store while it grows. Chunks and their
counts are append-only, so a reader that takes `row_count` once sees a consistent prefix.
"""

from __future__ import annotations

from bisect import bisect_right

from dsql_tui.model.result import Column, RowChunk, Rows


class ResultStore:
    """Append-only row chunks with random access by row.

    Attributes:
        columns: The result's columns, in the server's order.
        row_count: Rows stored so far.
        size_bytes: The sum of the sizes of the chunks.
        is_whole: The server has no more rows of it.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self.columns = columns
        self.row_count = 0
        self.size_bytes = 0
        self.is_whole = False
        self._chunks: list[RowChunk] = []
        self._ends: list[int] = []
        self._stride = 0

    def append(self, chunk: RowChunk) -> None:
        """Add a chunk; empty ones are ignored."""
        if not chunk.row_count:
            return
        if not self._chunks:
            self._stride = chunk.row_count
        elif chunk.row_count > self._stride or self.row_count != self._stride * len(self._chunks):
            # Only the last chunk may be short; otherwise rows are found by bisection.
            self._stride = 0
        self._chunks.append(chunk)
        self.size_bytes += chunk.size_bytes
        self._ends.append(self.row_count + chunk.row_count)
        self.row_count = self._ends[-1]

    def snapshot(self) -> tuple[RowChunk, ...]:
        """Return the current chunks in order."""
        return tuple(self._chunks)

    def so_far(self) -> ResultStore:
        """Return a store of the current rows that does not grow."""
        held = ResultStore(self.columns)
        held.row_count, held.size_bytes = self.row_count, self.size_bytes
        held.is_whole = self.is_whole
        held._chunks, held._ends, held._stride = [*self._chunks], [*self._ends], self._stride
        return held

    def locate(self, row: int) -> tuple[Rows, int]:
        """Return the chunk that contains `row`, and the row's number in it, in O(1).

        Raises:
            IndexError: There is no such row (yet).
        """
        if not 0 <= row < self.row_count:
            raise IndexError(row)
        chunk = row // self._stride if self._stride else bisect_right(self._ends, row)
        held = self._chunks[chunk]
        return held.rows, row - self._ends[chunk] + held.row_count

    def value(self, row: int, column: int) -> bytes | None:
        """Return a cell as the server sent it; `None` is SQL NULL."""
        rows, index = self.locate(row)
        return rows.get_value(index, column)

    def text(self, row: int, column: int) -> str | None:
        """Return a cell's text; `None` is SQL NULL."""
        value = self.value(row, column)
        return None if value is None else value.decode("utf-8", "replace")
