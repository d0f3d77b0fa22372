"""The formats, their options, and the interface of encoders."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.result import Column, RowChunk
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS

DEFAULT_TABLE = "exported_rows"


class Format(StrEnum):
    """A file format; the value is its name on the command line."""

    TABLE = "table"
    UNALIGNED = "unaligned"
    EXPANDED = "expanded"
    CSV = "csv"
    TSV = "tsv"
    SPREADSHEET = "spreadsheet"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    INSERT = "insert"
    VALUES = "values"
    IN_LIST = "in"
    PARQUET = "parquet"
    XLSX = "xlsx"

    @property
    def suffix(self) -> str:
        """The file name extension with its dot."""
        return _SUFFIXES.get(self, f".{self.value}")

    @property
    def is_text(self) -> bool:
        """Whether it can be pasted as text."""
        return self not in {Format.PARQUET, Format.XLSX}

    @property
    def holds_one_result(self) -> bool:
        """Whether two results in sequence would not be a valid document of the format."""
        return self in {Format.JSON, Format.PARQUET, Format.XLSX}


_SUFFIXES = {
    Format.TABLE: ".txt",
    Format.UNALIGNED: ".txt",
    Format.EXPANDED: ".txt",
    Format.MARKDOWN: ".md",
    Format.SPREADSHEET: ".tsv",
    Format.INSERT: ".sql",
    Format.VALUES: ".sql",
    Format.IN_LIST: ".sql",
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The options of a format.

    Attributes:
        header: Write column names in CSV, TSV, spreadsheet cells and tables, the count of rows of
            `unaligned`, and the line above each record of `expanded`.
        table: The table named in INSERT statements, as the user typed it.
        batch_rows: Rows of one INSERT statement, at most `TRANSACTION_ROWS`.
        guard_formulas: In CSV, TSV and spreadsheet cells, escape formulas with `'`.
    """

    header: bool = True
    table: str = DEFAULT_TABLE
    batch_rows: int = TRANSACTION_ROWS
    guard_formulas: bool = False


class Encoder(ABC):
    """Encodes one result: the bytes that `begin`, each `rows` and `end` return, in order."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        self.columns = columns
        self.options = options

    def begin(self) -> bytes:
        """Return what comes before the first row.

        Raises:
            InputError: These columns cannot be written in this format.
        """
        return b""

    @abstractmethod
    def rows(self, chunk: RowChunk) -> bytes:
        """Return the rows of a chunk.

        Raises:
            InputError: A value cannot be written in this format.
        """

    def end(self) -> bytes:
        """Return what comes after the last row."""
        return b""

    def discard(self) -> None:
        """Release resources; called last, after success and failure."""
        return


Values = Sequence[str | None]
"""One column of a chunk, as the server's text; `None` is SQL NULL."""


def columns_of(chunk: RowChunk) -> list[Values]:
    """Return a chunk's values by column, because encoders differ by column."""
    return list(zip(*chunk.rows.texts(), strict=True))


def unique_names(columns: tuple[Column, ...]) -> list[str]:
    """Return the columns' names; empty and repeated ones get a number."""
    names: list[str] = []
    taken: set[str] = set()
    for place, column in enumerate(columns, start=1):
        base = column.name or f"column_{place}"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        names.append(name)
    return names
