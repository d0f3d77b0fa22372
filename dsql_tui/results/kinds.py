"""The kinds of values of columns, by the oid of their type.

Kinds decide alignment and colour in the grid, types in JSON and Parquet, and order when sorting.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from dsql_tui.model.result import Column


class ValueKind(StrEnum):
    """Types with the same display, order and export."""

    TEXT = "text"
    INTEGER = "integer"
    NUMERIC = "numeric"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    TIMESTAMPTZ = "timestamptz"
    INTERVAL = "interval"
    BINARY = "binary"
    JSON = "json"
    UUID = "uuid"
    ARRAY = "array"
    OTHER = "other"


class TypeInfo(NamedTuple):
    """A built-in type: its SQL name and its kind."""

    name: str
    kind: ValueKind


_TYPES = {
    # pg_type.dat of PostgreSQL 16: oid, SQL name.
    16: TypeInfo("boolean", ValueKind.BOOLEAN),
    17: TypeInfo("bytea", ValueKind.BINARY),
    18: TypeInfo('"char"', ValueKind.TEXT),
    19: TypeInfo("name", ValueKind.TEXT),
    20: TypeInfo("bigint", ValueKind.INTEGER),
    21: TypeInfo("smallint", ValueKind.INTEGER),
    23: TypeInfo("integer", ValueKind.INTEGER),
    25: TypeInfo("text", ValueKind.TEXT),
    26: TypeInfo("oid", ValueKind.INTEGER),
    114: TypeInfo("json", ValueKind.JSON),
    700: TypeInfo("real", ValueKind.FLOAT),
    701: TypeInfo("double precision", ValueKind.FLOAT),
    1042: TypeInfo("character", ValueKind.TEXT),
    1043: TypeInfo("character varying", ValueKind.TEXT),
    1082: TypeInfo("date", ValueKind.DATE),
    1083: TypeInfo("time", ValueKind.TIME),
    1114: TypeInfo("timestamp", ValueKind.TIMESTAMP),
    1184: TypeInfo("timestamptz", ValueKind.TIMESTAMPTZ),
    1186: TypeInfo("interval", ValueKind.INTERVAL),
    1266: TypeInfo("timetz", ValueKind.TIME),
    1700: TypeInfo("numeric", ValueKind.NUMERIC),
    2950: TypeInfo("uuid", ValueKind.UUID),
    3802: TypeInfo("jsonb", ValueKind.JSON),
}
_ARRAY_OF = {
    1000: 16,
    1001: 17,
    1002: 18,
    1003: 19,
    1005: 21,
    1007: 23,
    1009: 25,
    1014: 1042,
    1015: 1043,
    1016: 20,
    1021: 700,
    1022: 701,
    1028: 26,
    1115: 1114,
    1182: 1082,
    1183: 1083,
    1185: 1184,
    1187: 1186,
    1231: 1700,
    1270: 1266,
    199: 114,
    2951: 2950,
    3807: 3802,
}

NUMBERS = frozenset({ValueKind.INTEGER, ValueKind.NUMERIC, ValueKind.FLOAT})
"""Kinds that are aligned right and ordered by value."""

_NUMERIC_OID = 1700
_LENGTHS = frozenset({1042, 1043})
_VARHDRSZ = 4


def kind_of(column: Column) -> ValueKind:
    """Return the kind of a column; an unknown type is `OTHER`."""
    if column.type_oid in _ARRAY_OF:
        return ValueKind.ARRAY
    known = _TYPES.get(column.type_oid)
    return known.kind if known else ValueKind.OTHER


def type_name(column: Column) -> str:
    """Return the type as written in SQL, with its modifier: `numeric(12,2)`, `text[]`."""
    element = _ARRAY_OF.get(column.type_oid)
    if element is not None:
        return f"{_TYPES[element].name}[]"
    known = _TYPES.get(column.type_oid)
    if known is None:
        return f"type {column.type_oid}"
    return known.name + _modifier(column)


def _modifier(column: Column) -> str:
    if column.type_modifier < _VARHDRSZ:
        return ""
    bits = column.type_modifier - _VARHDRSZ
    if column.type_oid == _NUMERIC_OID:
        return f"({bits >> 16 & 0xFFFF},{bits & 0x7FF})"
    if column.type_oid in _LENGTHS:
        return f"({bits})"
    return ""
