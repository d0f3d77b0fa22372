"""Rows as SQL: INSERT statements within DSQL's transaction limit, VALUES lists, IN lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dsql_tui.errors import InputError
from dsql_tui.export.formats import Encoder, ExportOptions, Values, columns_of
from dsql_tui.model.result import Column, RowChunk
from dsql_tui.results.kinds import NUMBERS, ValueKind, kind_of, type_name
from dsql_tui.sql.dsql.limits import TRANSACTION_ROWS
from dsql_tui.sql.lexing.string_constants import literal

BATCH_BYTES = 4 * 1024 * 1024
"""Text of one INSERT statement; a transaction holds 10 MiB with its index entries (CHAP_quotas)."""
_BOOLEANS = {"t": "true", "f": "false", None: "NULL"}
_DIGITS = frozenset("0123456789")
"""Every number ends in one; NaN and Infinity do not."""
_UNTYPED = frozenset({ValueKind.TEXT, ValueKind.OTHER})


def identifier(name: str) -> str:
    """Quote a name so that it can be used in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literals(values: Values, column: Column, *, cast: bool) -> list[str]:
    """Format a column as literals; `cast` adds its type where SQL cannot infer it."""
    kind = kind_of(column)
    if kind is ValueKind.BOOLEAN:
        return [_BOOLEANS[value] for value in values]
    suffix = f"::{type_name(column)}" if cast and kind not in _UNTYPED else ""

    def quoted(value: str) -> str:
        return literal(value) + suffix

    if kind in NUMBERS:
        return [
            "NULL" if value is None else value if value[-1] in _DIGITS else quoted(value)
            for value in values
        ]
    return ["NULL" if value is None else quoted(value) for value in values]


class _Tuples(Encoder):
    """The common part of INSERT and VALUES: rows in parentheses."""

    cast = False

    def begin(self) -> bytes:
        """Refuse a result that has no values to write."""
        if not self.columns:
            raise InputError("A result without columns cannot be written as SQL.")
        return b""

    def tuples(self, chunk: RowChunk) -> Iterator[bytes]:
        """Return each row as `(…)`."""
        encoded = (
            literals(values, column, cast=self.cast)
            for column, values in zip(self.columns, columns_of(chunk), strict=True)
        )
        return (f"({', '.join(row)})".encode() for row in zip(*encoded, strict=True))


class InsertEncoder(_Tuples):
    """INSERT statements of at most `batch_rows` rows and about `BATCH_BYTES` of text."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._batch_rows = max(1, min(options.batch_rows, TRANSACTION_ROWS))
        self._open_rows = 0
        self._open_bytes = 0
        self._head = b""

    def begin(self) -> bytes:
        """Check that the columns can be named."""
        super().begin()
        names = [column.name for column in self.columns]
        if "" in names or len(set(names)) < len(names):
            raise InputError(
                "INSERT needs distinct column names.",
                remedy="Name the columns with AS and run the query again.",
            )
        listed = ", ".join(map(identifier, names))
        self._head = f"INSERT INTO {self.options.table} ({listed}) VALUES\n".encode()
        return b""

    def rows(self, chunk: RowChunk) -> bytes:
        """Return rows, starting a new statement when the last one is full."""
        return b"".join(self._pieces(self.tuples(chunk)))

    def _pieces(self, rows: Iterable[bytes]) -> Iterator[bytes]:
        for row in rows:
            full = self._open_rows >= self._batch_rows
            if full or self._open_bytes + len(row) > BATCH_BYTES:
                yield self.end()
            yield b",\n  " if self._open_rows else self._head + b"  "
            yield row
            self._open_rows += 1
            self._open_bytes += len(row)

    def end(self) -> bytes:
        """Return the end of the open statement."""
        closing = b";\n" if self._open_rows else b""
        self._open_rows = self._open_bytes = 0
        return closing


class ValuesEncoder(_Tuples):
    """A VALUES list in which every literal has its type."""

    cast = True

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._first = True

    def rows(self, chunk: RowChunk) -> bytes:
        """Return the tuples with their separators."""
        lead = b"VALUES\n  " if self._first else b",\n  "
        self._first = False
        return lead + b",\n  ".join(self.tuples(chunk))

    def end(self) -> bytes:
        """Return the end of the line."""
        return b"" if self._first else b"\n"


class InListEncoder(Encoder):
    """`IN (…)` of the first column, without NULL, which never equals anything."""

    def __init__(self, columns: tuple[Column, ...], options: ExportOptions) -> None:
        super().__init__(columns, options)
        self._first = True

    def begin(self) -> bytes:
        """Return the start of the list."""
        if not self.columns:
            raise InputError("A result without columns cannot be written as SQL.")
        return b"IN ("

    def rows(self, chunk: RowChunk) -> bytes:
        """Return the literals with their separators."""
        column = self.columns[0]
        listed = [row[0] for row in chunk.rows.texts() if row[0] is not None]
        if not listed:
            return b""
        lead = b"" if self._first else b", "
        self._first = False
        return lead + ", ".join(literals(listed, column, cast=True)).encode()

    def end(self) -> bytes:
        """Return the end of the list; an empty one contains NULL, to be valid SQL."""
        return b"NULL)\n" if self._first else b")\n"
