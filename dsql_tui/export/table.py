"""Aligned text for reading on a terminal; what a cell holds can neither break a line nor act."""

from __future__ import annotations

import unicodedata
from typing import TextIO

from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, kind_of

NULL_MARK = "NULL"
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
}


class TableWriter:
    """Writes columns under their names, as wide as the first chunk needs; numbers to the right.

    Only the first chunk is measured, so memory stays flat; a wider cell further down pushes its
    row's end out instead of being cut.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._columns: tuple[Column, ...] = ()
        self._right: list[bool] = []
        self._widths: list[int] = []

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Remember the columns; the header waits for the first chunk's widths."""
        self._columns = columns
        self._right = [kind_of(column) in NUMBERS for column in columns]
        self._widths = []

    def rows(self, chunk: RowChunk) -> None:
        """Write a line per row."""
        rows = [
            [_shown(chunk.text(row, column)) for column in range(len(self._columns))]
            for row in range(chunk.row_count)
        ]
        if not self._widths:
            self._write_header(rows)
        for row in rows:
            self._write(row, " │ ")

    def end(self) -> None:
        """Write the header of a result without rows."""
        if not self._widths:
            self._write_header([])

    def _write_header(self, rows: list[list[str]]) -> None:
        names = [_shown(column.name) for column in self._columns]
        self._widths = [max(map(_width, column)) for column in zip(names, *rows, strict=True)]
        self._write(names, " │ ")
        self._write(["─" * width for width in self._widths], "─┼─")

    def _write(self, cells: list[str], separator: str) -> None:
        line = separator.join(
            (" " * gap + cell) if right else (cell + " " * gap)
            for cell, gap, right in zip(cells, self._gaps(cells), self._right, strict=True)
        )
        self._out.write(line.rstrip() + "\n")

    def _gaps(self, cells: list[str]) -> list[int]:
        return [width - _width(cell) for cell, width in zip(cells, self._widths, strict=True)]


def _shown(text: str | None) -> str:
    return NULL_MARK if text is None else text.translate(_CONTROL)


def _width(text: str) -> int:
    """Return terminal cells: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
