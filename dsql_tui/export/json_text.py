"""JSON and JSON Lines: numbers as the server wrote them, so no digit is lost.

Numbers JSON cannot hold (`NaN`, `Infinity`) are strings; json and jsonb are nested as they are;
everything else is a string of the server's text. A repeated column name gets a number.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from json.encoder import encode_basestring

from dsql_tui.export.formats import Encoder, ExportOptions, Values, columns_of, unique_names
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, Kind, kind_of

_BOOLEANS = {"t": "true", "f": "false", None: "null"}
_DIGITS = frozenset("0123456789")


def _texts(values: Values) -> list[str]:
    encode = encode_basestring
    return ["null" if value is None else encode(value) for value in values]


def _numbers(values: Values) -> list[str]:
    # Every number ends in a digit; NaN and Infinity do not.
    return [
        "null" if value is None else value if value[-1] in _DIGITS else f'"{value}"'
        for value in values
    ]


def _booleans(values: Values) -> list[str]:
    return [_BOOLEANS[value] for value in values]


def _documents(values: Values) -> list[str]:
    # A raw line break in JSON is only ever white space between tokens.
    return [
        "null" if value is None else value.replace("\r", " ").replace("\n", " ") for value in values
    ]


def _column_encoder(column: Column) -> Callable[[Values], list[str]]:
    kind = kind_of(column)
    if kind in NUMBERS:
        return _numbers
    return {Kind.BOOLEAN: _booleans, Kind.JSON: _documents}.get(kind, _texts)


class JsonLinesEncoder(Encoder):
    """One object a line."""

    separator = "\n"

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        names = (json.dumps(name, ensure_ascii=False) for name in unique_names(columns))
        members = (name.replace("%", "%%") + ": %s" for name in names)
        self._template = "{" + ", ".join(members) + "}"
        self._encoders = [_column_encoder(column) for column in columns]

    def objects(self, chunk: RowChunk) -> str:
        """Return the chunk's objects, separated."""
        if not self.columns:
            return self.separator.join(["{}"] * chunk.row_count)
        encoded = (
            encode(values) for encode, values in zip(self._encoders, columns_of(chunk), strict=True)
        )
        return self.separator.join(map(self._template.__mod__, zip(*encoded, strict=True)))

    def rows(self, chunk: RowChunk) -> bytes:
        """Return a line a row."""
        return (self.objects(chunk) + "\n").encode()


class JsonEncoder(JsonLinesEncoder):
    """One array of objects."""

    separator = ",\n  "

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._first = True

    def begin(self) -> bytes:
        """Open the array."""
        return b"["

    def rows(self, chunk: RowChunk) -> bytes:
        """Return the objects with what separates them from those before."""
        lead = "\n  " if self._first else ",\n  "
        self._first = False
        return (lead + self.objects(chunk)).encode()

    def end(self) -> bytes:
        """Close the array."""
        return b"]\n" if self._first else b"\n]\n"
