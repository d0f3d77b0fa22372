"""Selects the encoder of a format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsql_tui.export.delimited import CsvEncoder, SpreadsheetEncoder, TsvEncoder
from dsql_tui.export.formats import Encoder, ExportOptions, Format
from dsql_tui.export.json_text import JsonEncoder, JsonLinesEncoder
from dsql_tui.export.sql_text import InListEncoder, InsertEncoder, ValuesEncoder
from dsql_tui.export.tables import (
    ExpandedEncoder,
    MarkdownEncoder,
    TableEncoder,
    UnalignedEncoder,
)
from dsql_tui.model.result import Column, RowChunk

_ENCODERS: dict[Format, type[Encoder]] = {
    Format.TABLE: TableEncoder,
    Format.UNALIGNED: UnalignedEncoder,
    Format.EXPANDED: ExpandedEncoder,
    Format.CSV: CsvEncoder,
    Format.TSV: TsvEncoder,
    Format.SPREADSHEET: SpreadsheetEncoder,
    Format.JSON: JsonEncoder,
    Format.JSONL: JsonLinesEncoder,
    Format.MARKDOWN: MarkdownEncoder,
    Format.INSERT: InsertEncoder,
    Format.VALUES: ValuesEncoder,
    Format.IN_LIST: InListEncoder,
}
DEFAULTS = ExportOptions()


def encoder(
    file_format: Format, columns: tuple[Column, ...], options: ExportOptions = DEFAULTS
) -> Encoder:
    """Return the encoder of a format for one result.

    Raises:
        InputError: The format needs an extra that is not installed.
    """
    if file_format is Format.PARQUET:
        from dsql_tui.export.parquet import ParquetEncoder

        return ParquetEncoder(columns, options)
    if file_format is Format.XLSX:
        from dsql_tui.export.xlsx import XlsxEncoder

        return XlsxEncoder(columns, options)
    return _ENCODERS[file_format](columns, options)


def encode(
    file_format: Format,
    columns: tuple[Column, ...],
    chunks: Iterable[RowChunk],
    options: ExportOptions = DEFAULTS,
) -> Iterator[bytes]:
    """Yield an encoded result piece by piece.

    Raises:
        InputError: The result cannot be written in this format.
    """
    chosen = encoder(file_format, columns, options)
    try:
        yield chosen.begin()
        for chunk in chunks:
            if chunk.row_count:
                yield chosen.rows(chunk)
        yield chosen.end()
    finally:
        chosen.discard()
