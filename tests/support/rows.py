"""Row chunks for tests: as libpq would hold them, made from Python text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dsql_tui.model.result import Column, RowChunk

TYPE_OIDS = {
    "boolean": 16,
    "bytea": 17,
    "bigint": 20,
    "integer": 23,
    "text": 25,
    "json": 114,
    "real": 700,
    "double": 701,
    "date": 1082,
    "time": 1083,
    "timestamp": 1114,
    "timestamptz": 1184,
    "interval": 1186,
    "timetz": 1266,
    "numeric": 1700,
    "uuid": 2950,
    "jsonb": 3802,
    "text[]": 1009,
}


class HeldRows:
    """Rows in preferences, shaped like libpq's result."""

    def __init__(self, rows: Sequence[Sequence[str | None]]) -> None:
        self._rows = [[None if v is None else v.encode() for v in row] for row in rows]

    @property
    def ntuples(self) -> int:
        return len(self._rows)

    @property
    def nfields(self) -> int:
        return len(self._rows[0]) if self._rows else 0

    def get_value(self, row_number: int, column_number: int, /) -> bytes | None:
        return self._rows[row_number][column_number]

    def texts(self) -> list[tuple[str | None, ...]]:
        return [tuple(None if v is None else v.decode() for v in row) for row in self._rows]


def columns(**types: str) -> tuple[Column, ...]:
    """Columns by name and type: `columns(id="bigint", name="text")`."""
    return tuple(Column(name, TYPE_OIDS[kind]) for name, kind in types.items())


def chunk(*rows: Sequence[str | None]) -> RowChunk:
    size_bytes = sum(len(value or "") for row in rows for value in row)
    return RowChunk(HeldRows(rows), len(rows), size_bytes)


def numbered(first: int, count: int) -> RowChunk:
    """Rows `(n, "row n")`."""
    return chunk(*((str(n), f"row {n}") for n in range(first, first + count)))


def chunks_of(rows: Iterable[Sequence[str | None]], size: int) -> list[RowChunk]:
    held = list(rows)
    return [chunk(*held[start : start + size]) for start in range(0, len(held), size)]
