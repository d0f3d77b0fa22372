r"""CSV and TSV as PostgreSQL's COPY writes them, so that NULL and an empty text stay apart.

CSV: NULL is nothing, an empty text is `""`. TSV: NULL is `\N`, backslash escapes for the rest.
Source: PostgreSQL documentation, COPY, "File Formats".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from dsql_tui.export.formats import Encoder, Values, column_values
from dsql_tui.model.result import RowChunk
from dsql_tui.results.kinds import Kind, kind_of

_NEVER_SPECIAL = frozenset(
    {
        Kind.INTEGER,
        Kind.NUMERIC,
        Kind.FLOAT,
        Kind.BOOLEAN,
        Kind.DATE,
        Kind.TIME,
        Kind.TIMESTAMP,
        Kind.TIMESTAMPTZ,
        Kind.UUID,
    }
)
"""Kinds whose text holds no delimiter, quote, backslash or line break and is never empty."""
_FORMULA_STARTS = (b"=", b"+", b"-", b"@", b"\t", b"\r")

_CSV_SPECIAL = re.compile(rb'[",\r\n]|\\\.')  # `\.` alone on a line would end a COPY
_TSV_SPECIAL = re.compile(rb"[\\\t\r\n\b\f\v]")
_TSV_ESCAPES = {
    b"\\": b"\\\\",
    b"\t": b"\\t",
    b"\r": b"\\r",
    b"\n": b"\\n",
    b"\b": b"\\b",
    b"\f": b"\\f",
    b"\v": b"\\v",
}


class _Delimited(Encoder):
    """What CSV and TSV share: a header, one line a row, encoded column by column."""

    delimiter: bytes
    null: bytes
    special: re.Pattern[bytes]
    has_empty_mark: bool

    def begin(self) -> bytes:
        """Return the header line."""
        if not self.options.header:
            return b""
        return self.delimiter.join(self.text([name.name.encode() for name in self.columns])) + b"\n"

    def rows(self, chunk: RowChunk) -> bytes:
        """Return a line a row."""
        if not self.columns:
            return b"\n" * chunk.row_count
        encoded = [
            self._encoder(kind_of(column))(column_values(chunk, index))
            for index, column in enumerate(self.columns)
        ]
        return b"\n".join(map(self.delimiter.join, zip(*encoded, strict=True))) + b"\n"

    def _encoder(self, kind: Kind) -> Callable[[Values], Iterable[bytes]]:
        if kind in _NEVER_SPECIAL:
            return self._bare
        return self._guarded if self.options.guard_formulas else self.text

    def _bare(self, values: Values) -> list[bytes]:
        null = self.null
        return [null if value is None else value for value in values]

    def _guarded(self, values: Values) -> list[bytes]:
        return self.text(
            [
                b"'" + value if value is not None and value.startswith(_FORMULA_STARTS) else value
                for value in values
            ]
        )

    def text(self, values: Values) -> list[bytes]:
        """Encode values that may hold anything; a column without specials is only looked at."""
        bare = self._bare(values)
        empties = self.has_empty_mark and b"" in values
        if not empties and not self.special.search(b"\0".join(bare)):
            return bare
        null = self.null
        return [null if value is None else self.escape(value) for value in values]

    def escape(self, value: bytes) -> bytes:
        """Encode one value."""
        raise NotImplementedError


class CsvEncoder(_Delimited):
    """Comma-separated values."""

    delimiter = b","
    null = b""
    special = _CSV_SPECIAL
    has_empty_mark = True

    def escape(self, value: bytes) -> bytes:
        """Quote a value that needs it."""
        if value and not self.special.search(value):
            return value
        return b'"' + value.replace(b'"', b'""') + b'"'


class TsvEncoder(_Delimited):
    """Tab-separated values in COPY's text format."""

    delimiter = b"\t"
    null = b"\\N"
    special = _TSV_SPECIAL
    has_empty_mark = False

    def escape(self, value: bytes) -> bytes:
        """Escape what would end the value or the line."""
        return self.special.sub(lambda found: _TSV_ESCAPES[found.group()], value)
