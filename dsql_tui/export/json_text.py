"""JSON and JSON Lines; numbers keep all digits of the server.

Numbers JSON cannot hold (`NaN`, `Infinity`) are strings; json and jsonb are nested as they are;
every other value is a string with the server's text. A number is appended to a repeated column
name. `null` is SQL NULL; a row in which the JSON value of a column is `null` has an additional key
`_json_null` with a list of those columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring

from dsql_tui.errors import InputError
from dsql_tui.export.formats import Encoder, ExportOptions, Values, columns_of, unique_names
from dsql_tui.model.result import JSON_NULLS_KEY, Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of

_BOOLEANS = {"t": "true", "f": "false", None: "null"}
_DIGITS = frozenset("0123456789")
_JSON_NULLS = json.dumps(JSON_NULLS_KEY)
_JSON_SPACE = " \t\r\n"


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
    return ["null" if value is None else value for value in values]


def _documents_on_a_line(values: Values) -> list[str]:
    # A raw line break in JSON is only ever white space between tokens; a space replaces it.
    return [
        "null" if value is None else value.replace("\r", " ").replace("\n", " ") for value in values
    ]


_ENCODERS: dict[ValueKind, Callable[[Values], list[str]]] = {
    **dict.fromkeys(NUMBERS, _numbers),
    ValueKind.BOOLEAN: _booleans,
}


class JsonLinesEncoder(Encoder):
    """One object per line."""

    separator = "\n"
    documents = staticmethod(_documents_on_a_line)

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        kinds = [kind_of(column) for column in columns]
        self._names = [json.dumps(name, ensure_ascii=False) for name in unique_names(columns)]
        members = (name.replace("%", "%%") + ": %s" for name in self._names)
        self._template = "{" + ", ".join(members) + "}"
        self._encoders = [
            self.documents if kind is ValueKind.JSON else _ENCODERS.get(kind, _texts)
            for kind in kinds
        ]
        self._documents = [place for place, kind in enumerate(kinds) if kind is ValueKind.JSON]

    def objects(self, chunk: RowChunk) -> str:
        """Return the chunk's objects, separated by newlines or commas.

        Raises:
            InputError: A column has the name under which JSON nulls are listed.
        """
        if not self.columns:
            return self.separator.join(["{}"] * chunk.row_count)
        columns = columns_of(chunk)
        encoded = (encode(values) for encode, values in zip(self._encoders, columns, strict=True))
        objects = list(map(self._template.__mod__, zip(*encoded, strict=True)))
        for row, names in self._json_nulls(columns).items():
            objects[row] = f"{objects[row][:-1]}, {_JSON_NULLS}: [{', '.join(names)}]}}"
        return self.separator.join(objects)

    def _json_nulls(self, columns: Sequence[Values]) -> dict[int, list[str]]:
        """Return, by row, the names of the columns whose json value is null."""
        listed: dict[int, list[str]] = {}
        for place in self._documents:
            for row, value in enumerate(columns[place]):
                if value is not None and value.strip(_JSON_SPACE) == "null":
                    listed.setdefault(row, []).append(self._names[place])
        if listed and _JSON_NULLS in self._names:
            raise InputError(
                f"The column {JSON_NULLS_KEY} has the name under which JSON lists its nulls.",
                remedy="Rename it with AS, or export as CSV.",
            )
        return listed

    def rows(self, chunk: RowChunk) -> bytes:
        """Return one line per row."""
        return (self.objects(chunk) + "\n").encode()


class JsonEncoder(JsonLinesEncoder):
    """One array of objects."""

    separator = ",\n  "
    documents = staticmethod(_documents)

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._first = True

    def begin(self) -> bytes:
        """Return the start of the array."""
        return b"["

    def rows(self, chunk: RowChunk) -> bytes:
        """Return the objects with their separators."""
        lead = "\n  " if self._first else ",\n  "
        self._first = False
        return (lead + self.objects(chunk)).encode()

    def end(self) -> bytes:
        """Return the end of the array."""
        return b"]\n" if self._first else b"\n]\n"
