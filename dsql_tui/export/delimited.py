r"""CSV and TSV as PostgreSQL's COPY writes them, and cells for pasting into spreadsheets.

CSV: NULL is an empty field, an empty string is `""`. TSV: NULL is `\N`, special characters are
escaped with a backslash. Spreadsheet: NULL and an empty string are both empty. Source: PostgreSQL
documentation, COPY, "File Formats".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from dsql_tui.export.formats import Encoder, ExportOptions, Values, columns_of
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import ValueKind, kind_of

_NEVER_SPECIAL = frozenset(
    {
        ValueKind.INTEGER,
        ValueKind.NUMERIC,
        ValueKind.FLOAT,
        ValueKind.BOOLEAN,
        ValueKind.DATE,
        ValueKind.TIME,
        ValueKind.TIMESTAMP,
        ValueKind.TIMESTAMPTZ,
        ValueKind.UUID,
    }
)
"""Kinds whose text holds no delimiter, quote, backslash or line break and is never empty."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_BOM = "\ufeff"
"""At the very start of a file it would be taken for a byte order mark, and dropped."""
_CSV_SPECIAL = re.compile(rf'[",\r\n{_BOM}]|\\\.')  # `\.` alone on a line would end a COPY
_CELL_SPECIAL = re.compile(r'["\t\r\n]')
_TSV_SPECIAL = re.compile(r"[\\\t\r\n\b\f\v]")
_TSV_ESCAPES = {
    "\\": "\\\\",
    "\t": "\\t",
    "\r": "\\r",
    "\n": "\\n",
    "\b": "\\b",
    "\f": "\\f",
    "\v": "\\v",
}


class _Delimited(Encoder):
    """The common parts of CSV and TSV: a header, one line per row, encoded column by column."""

    delimiter: str
    null: str
    special: re.Pattern[str]
    has_empty_mark: bool

    def begin(self) -> bytes:
        """Return the header line."""
        if not self.options.header:
            return b""
        names = self._encoder(ValueKind.TEXT)([column.name for column in self.columns])
        return (self.delimiter.join(names) + "\n").encode()

    def rows(self, chunk: RowChunk) -> bytes:
        """Return a line a row."""
        if not self.columns:
            return b"\n" * chunk.row_count
        encoded = (
            self._encoder(kind_of(column))(values)
            for column, values in zip(self.columns, columns_of(chunk), strict=True)
        )
        lines = "\n".join(map(self.delimiter.join, zip(*encoded, strict=True)))
        return f"{lines}\n".encode()

    def _encoder(self, kind: ValueKind) -> Callable[[Values], Iterable[str]]:
        if kind in _NEVER_SPECIAL:
            return self._bare
        return self._guarded if self.options.guard_formulas else self.text

    def _bare(self, values: Values) -> Sequence[str]:
        if None not in values:
            return cast("Sequence[str]", values)
        null = self.null
        return [null if value is None else value for value in values]

    def _guarded(self, values: Values) -> Sequence[str]:
        return self.text(
            [
                "'" + value if value is not None and value.startswith(_FORMULA_STARTS) else value
                for value in values
            ]
        )

    def text(self, values: Values) -> Sequence[str]:
        """Encode values that may hold anything; a column without specials is only looked at."""
        bare = self._bare(values)
        empties = self.has_empty_mark and "" in values
        if not empties and not self.special.search("\0".join(bare)):
            return bare
        return self.escaped(values)

    def escaped(self, values: Values) -> list[str]:
        """Encode values one by one."""
        null, escape = self.null, self.escape
        return [null if value is None else escape(value) for value in values]

    def escape(self, value: str) -> str:
        """Encode one value."""
        raise NotImplementedError


class CsvEncoder(_Delimited):
    """Comma-separated values."""

    delimiter = ","
    null = ""
    special = _CSV_SPECIAL
    has_empty_mark = True

    def escaped(self, values: Values) -> list[str]:
        """Encode values one by one, with a fast path for values that contain quotes."""
        escape = self.escape
        return [
            ""
            if value is None
            else '"' + value.replace('"', '""') + '"'
            if '"' in value
            else escape(value)
            for value in values
        ]

    def escape(self, value: str) -> str:
        """Quote a value if needed."""
        if value and not self.special.search(value):
            return value
        return '"' + value.replace('"', '""') + '"'


class SpreadsheetEncoder(CsvEncoder):
    """Tab-separated cells for pasting into spreadsheets; NULL is empty."""

    delimiter = "\t"
    special = _CELL_SPECIAL
    has_empty_mark = False

    def escape(self, value: str) -> str:
        """Quote a value that contains a quote, a tab or a line break."""
        return super().escape(value) if value else ""


class TsvEncoder(_Delimited):
    """Tab-separated values in COPY's text format."""

    delimiter = "\t"
    null = "\\N"
    special = _TSV_SPECIAL
    has_empty_mark = False

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._is_empty = True

    def begin(self) -> bytes:
        """Return the header line."""
        return self._appended(super().begin())

    def rows(self, chunk: RowChunk) -> bytes:
        """Return one line per row."""
        return self._appended(super().rows(chunk))

    def _appended(self, data: bytes) -> bytes:
        """Return what is added to the file, its first character with a backslash if it must be."""
        opens_with_bom = self._is_empty and data.startswith(_BOM.encode())
        self._is_empty = self._is_empty and not data
        return b"\\" + data if opens_with_bom else data

    def escape(self, value: str) -> str:
        """Escape characters that would end the value or the line."""
        return self.special.sub(lambda match: _TSV_ESCAPES[match.group()], value)
