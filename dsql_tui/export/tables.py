"""Tables for display: Markdown, and aligned, unaligned or expanded as psql prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dsql_tui.export.formats import Encoder, ExportOptions, columns_of
from dsql_tui.model.cells import cell_width, inert
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, kind_of

NULL_TEXT = "NULL"
_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


class MarkdownEncoder(Encoder):
    """A GitHub table; NULL is *NULL*, line breaks are `<br>`."""

    def begin(self) -> bytes:
        """Return the header and the delimiter row with each column's alignment."""
        if not self.columns:
            return b""
        names = _markdown_line(_markdown(column.name) for column in self.columns)
        rules = _markdown_line(
            "---:" if kind_of(column) in NUMBERS else "---" for column in self.columns
        )
        return (names + rules).encode()

    def rows(self, chunk: RowChunk) -> bytes:
        """Return one line per row."""
        if not self.columns:
            return b""
        encoded = [
            [f"*{NULL_TEXT}*" if value is None else _markdown(value) for value in values]
            for values in columns_of(chunk)
        ]
        return "".join(map(_markdown_line, zip(*encoded, strict=True))).encode()


def _markdown_line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _markdown(text: str) -> str:
    escaped = _MARKDOWN_SPECIAL.sub(r"\\\1", text)
    return _LINE_BREAK.sub("<br>", escaped)


class TableEncoder(Encoder):
    """Columns with headings, numbers aligned to the right, control characters escaped.

    Only the first chunk is measured, so memory stays flat; a wider cell further down pushes its
    row's end out instead of being cut.
    """

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._right = [kind_of(column) in NUMBERS for column in columns]
        self._widths: list[int] = []

    def rows(self, chunk: RowChunk) -> bytes:
        """Return one line per row, after the header if they are the first."""
        if not self.columns:
            return b"\n" * chunk.row_count
        cells = [
            [NULL_TEXT if value is None else inert(value) for value in values]
            for values in columns_of(chunk)
        ]
        lead = "" if self._widths else self._header(cells)
        return (lead + "".join(map(self._line, zip(*cells, strict=True)))).encode()

    def end(self) -> bytes:
        """Return the header if there were no rows."""
        return b"" if self._widths or not self.columns else self._header([]).encode()

    def _header(self, cells: list[list[str]]) -> str:
        names = [inert(column.name) for column in self.columns]
        self._widths = [
            max(map(cell_width, [name, *(cells[index] if cells else [])]))
            for index, name in enumerate(names)
        ]
        if not self.options.header:
            return ""
        return self._line(names) + "─┼─".join("─" * width for width in self._widths) + "\n"

    def _line(self, cells: Iterable[str]) -> str:
        padded = []
        for cell, width, right in zip(cells, self._widths, self._right, strict=True):
            padding = " " * (width - cell_width(cell))
            padded.append(padding + cell if right else cell + padding)
        return " │ ".join(padded).rstrip() + "\n"


class UnalignedEncoder(Encoder):
    """The output of `psql -A`: values separated by `|`, NULL as empty, a row count."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._rows = 0

    def begin(self) -> bytes:
        """Return the column names."""
        if not self.options.header:
            return b""
        return ("|".join(column.name for column in self.columns) + "\n").encode()

    def rows(self, chunk: RowChunk) -> bytes:
        """Return one line per row; line breaks in values are not changed."""
        self._rows += chunk.row_count
        if not self.columns:
            return b"\n" * chunk.row_count
        texts = [[value or "" for value in values] for values in columns_of(chunk)]
        return "".join("|".join(row) + "\n" for row in zip(*texts, strict=True)).encode()

    def end(self) -> bytes:
        """Return the number of rows."""
        if not self.options.header:
            return b""
        return f"({self._rows} row{'' if self._rows == 1 else 's'})\n".encode()


class ExpandedEncoder(Encoder):
    """The output of `psql -x`: a line for each column, control characters escaped."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        names = [inert(column.name) for column in columns]
        self._width = max(map(cell_width, names), default=0)
        self._names = [name + " " * (self._width - cell_width(name)) for name in names]
        self._rows = 0

    def rows(self, chunk: RowChunk) -> bytes:
        """Return the records, numbered from 1."""
        return "".join(map(self._record, chunk.rows.texts())).encode()

    def _record(self, values: Iterable[str | None]) -> str:
        self._rows += 1
        lead = "\n" if self._rows > 1 else ""
        if self.options.header:
            lead = f"─[ RECORD {self._rows} ]".ljust(self._width + 1, "─") + "\n"
        cells = [NULL_TEXT if value is None else inert(value) for value in values]
        lines = [f"{name} │ {cell}" for name, cell in zip(self._names, cells, strict=True)]
        return lead + "".join(f"{line.rstrip()}\n" for line in lines)

    def end(self) -> bytes:
        """Return the number of rows if there are none."""
        return b"(0 rows)\n" if self.options.header and not self._rows else b""
