"""CSV and TSV (RFC 4180): NULL is an empty field, the empty string is `""`, so both read back."""

from __future__ import annotations

import re
from typing import TextIO

from dsql_tui.model.result import Column, RowChunk


class DelimitedWriter:
    """Writes delimited text with a header; the same distinctions as PostgreSQL's COPY … CSV."""

    def __init__(self, out: TextIO, delimiter: str) -> None:
        self._out = out
        self._delimiter = delimiter
        self._needs_quotes = re.compile(rf'[{re.escape(delimiter)}"\r\n]|\A\Z').search
        self._width = 0

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Write the header."""
        self._width = len(columns)
        self._write([column.name for column in columns])

    def rows(self, chunk: RowChunk) -> None:
        """Write a line per row."""
        for row in range(chunk.row_count):
            self._write([chunk.text(row, column) for column in range(self._width)])

    def end(self) -> None:
        """Nothing follows the rows."""

    def _write(self, cells: list[str | None]) -> None:
        self._out.write(self._delimiter.join(map(self._field, cells)) + "\n")

    def _field(self, cell: str | None) -> str:
        if cell is None:
            return ""
        if self._needs_quotes(cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell
