"""The formats rows can be written in, and how to get a writer for one."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol, TextIO

from dsql_tui.export.delimited import DelimitedWriter
from dsql_tui.export.objects import JsonLinesWriter, JsonWriter
from dsql_tui.export.table import TableWriter
from dsql_tui.model.result import Column, RowChunk


class Format(StrEnum):
    """Names as the person types them."""

    TABLE = "table"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"


class Writer(Protocol):
    """Writes one result set: `begin`, any number of `rows`, `end`."""

    def begin(self, columns: tuple[Column, ...]) -> None:
        """Write what comes before the rows."""
        ...

    def rows(self, chunk: RowChunk) -> None:
        """Write a chunk."""
        ...

    def end(self) -> None:
        """Write what comes after the rows."""
        ...


_WRITERS: dict[Format, Callable[[TextIO], Writer]] = {
    Format.TABLE: TableWriter,
    Format.CSV: lambda out: DelimitedWriter(out, ","),
    Format.TSV: lambda out: DelimitedWriter(out, "\t"),
    Format.JSON: JsonWriter,
    Format.JSONL: JsonLinesWriter,
}


def writer(chosen: Format, out: TextIO) -> Writer:
    """Return a writer of a format on an open text stream."""
    return _WRITERS[chosen](out)
