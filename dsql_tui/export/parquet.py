"""Apache Parquet, with the optional `parquet` extra. Each chunk is one row group.

A numeric without a declared precision is written as text, so that no digit is lost; json, uuid,
interval and arrays are text too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dsql_tui.errors import InputError
from dsql_tui.export.formats import Encoder, ExportOptions, columns_of, unique_names
from dsql_tui.export.values import READERS
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import ValueKind, kind_of, type_name

if TYPE_CHECKING:
    import pyarrow

_VARHDRSZ = 4
_DECIMAL128_DIGITS = 38
_DECIMAL256_DIGITS = 76
_BITS = {21: "int16", 23: "int32"}


class _Drain:
    """A file that remembers its length and hands out what was written since last asked."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class ParquetEncoder(Encoder):
    """A Parquet file with PostgreSQL's types."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise InputError(
                "Parquet export needs an optional dependency of dsql-tui.",
                remedy="Install it with: pip install 'dsql-tui[parquet]'",
            ) from None
        self._arrow = pyarrow
        self._schema = pyarrow.schema(
            [
                pyarrow.field(name, _arrow_type(column))
                for name, column in zip(unique_names(columns), columns, strict=True)
            ]
        )
        self._drain = _Drain()
        self._writer = pyarrow.parquet.ParquetWriter(self._drain, self._schema)

    def rows(self, chunk: RowChunk) -> bytes:
        """Return a row group."""
        arrays = [self._array(index, values) for index, values in enumerate(columns_of(chunk))]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
        return self._drain.take()

    def end(self) -> bytes:
        """Return the file's footer."""
        self._writer.close()
        return self._drain.take()

    def _array(self, index: int, values: Sequence[object]) -> pyarrow.Array:
        column = self.columns[index]
        arrow_type = self._schema.field(index).type
        read = READERS.get(kind_of(column)) if arrow_type != self._arrow.string() else None
        try:
            if read:
                values = [None if value is None else read(str(value)) for value in values]
            return self._arrow.array(values, type=arrow_type)
        except (ValueError, ArithmeticError, self._arrow.ArrowException):
            raise InputError(
                f"Column “{column.name}” holds a {type_name(column)} that Parquet cannot hold, "
                "such as NaN, infinity or a year before 1.",
                remedy="Cast the column to text, or export as CSV.",
            ) from None


def _arrow_type(column: Column) -> pyarrow.DataType:
    import pyarrow as pa

    kind = kind_of(column)
    if kind is ValueKind.NUMERIC:
        return _decimal_type(column)
    if kind is ValueKind.INTEGER:
        return getattr(pa, _BITS.get(column.type_oid, "int64"))()
    return {
        ValueKind.FLOAT: pa.float64(),
        ValueKind.BOOLEAN: pa.bool_(),
        ValueKind.DATE: pa.date32(),
        ValueKind.TIMESTAMP: pa.timestamp("us"),
        ValueKind.TIMESTAMPTZ: pa.timestamp("us", tz="UTC"),
        ValueKind.BINARY: pa.binary(),
    }.get(kind, pa.string())


def _decimal_type(column: Column) -> pyarrow.DataType:
    import pyarrow as pa

    bits = column.type_modifier - _VARHDRSZ
    precision, scale = bits >> 16 & 0xFFFF, bits & 0x7FF
    if bits < 0 or precision > _DECIMAL256_DIGITS or scale > precision:
        return pa.string()
    wide = precision > _DECIMAL128_DIGITS
    return pa.decimal256(precision, scale) if wide else pa.decimal128(precision, scale)
