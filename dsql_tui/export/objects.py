"""JSON and JSON Lines: an object a row, numbers with all their digits, json as it is."""

from __future__ import annotations

import json
import re
from typing import TextIO

from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, Kind, kind_of

_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?").fullmatch


class _ObjectWriter:
    """Writes each row as a JSON object; a repeated column name gets a number: `id`, `id_2`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._keys: list[str] = []
        self._kinds: list[Kind] = []

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Take the keys from the columns' names."""
        self._keys = [json.dumps(key, ensure_ascii=False) for key in _unique_names(columns)]
        self._kinds = [kind_of(column) for column in columns]

    def _object(self, chunk: RowChunk, row: int) -> str:
        members = (
            f"{key}: {_value(chunk.text(row, column), kind)}"
            for column, (key, kind) in enumerate(zip(self._keys, self._kinds, strict=True))
        )
        return "{" + ", ".join(members) + "}"


class JsonLinesWriter(_ObjectWriter):
    """One object a line."""

    def rows(self, chunk: RowChunk) -> None:
        """Write a line per row."""
        for row in range(chunk.row_count):
            self._out.write(self._object(chunk, row) + "\n")

    def end(self) -> None:
        """Nothing follows the rows."""


class JsonWriter(_ObjectWriter):
    """One array of objects."""

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._separator = ""

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Open the array."""
        super().begin(columns)
        self._out.write("[")
        self._separator = "\n  "

    def rows(self, chunk: RowChunk) -> None:
        """Write an element per row."""
        for row in range(chunk.row_count):
            self._out.write(self._separator + self._object(chunk, row))
            self._separator = ",\n  "

    def end(self) -> None:
        """Close the array."""
        self._out.write("\n]\n" if self._separator.startswith(",") else "]\n")


def _unique_names(columns: tuple[Column, ...]) -> list[str]:
    names: list[str] = []
    for column in columns:
        name, number = column.name, 2
        while name in names:
            name, number = f"{column.name}_{number}", number + 1
        names.append(name)
    return names


def _value(text: str | None, kind: Kind) -> str:
    if text is None:
        return "null"
    if kind is Kind.BOOLEAN:
        return "true" if text == "t" else "false"
    if kind is Kind.JSON:
        return " ".join(text.splitlines()) if "\n" in text else text
    # NaN and infinities are numbers to PostgreSQL and not to JSON; they stay text.
    if kind in NUMBERS and _JSON_NUMBER(text):
        return text
    return json.dumps(text, ensure_ascii=False)
