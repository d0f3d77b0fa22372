"""Reads the tables that columns of a result come from: columns, keys, and what the role may do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Protocol

from dsql_tui.model.source_table import SourceTable, TableColumn
from dsql_tui.sql.lexing.names import qualified

_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind = 'r' AS is_table,
       has_table_privilege(c.oid, 'DELETE'), keys.list,
       a.attnum, a.attname,
       CASE t.typtype WHEN 'd' THEN quote_ident(tn.nspname) || '.' || quote_ident(t.typname)
            ELSE format_type(a.atttypid, a.atttypmod) END,
       CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END,
       NOT (a.attnotnull OR t.typnotnull), coalesce(pg_get_expr(d.adbin, d.adrelid), ''),
       a.attgenerated <> '' OR a.attidentity <> '',
       has_column_privilege(c.oid, a.attnum, 'UPDATE'),
       has_column_privilege(c.oid, a.attnum, 'INSERT')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
    SELECT string_agg(i.indnkeyatts || ' ' || i.indkey::text, ','
                      ORDER BY NOT i.indisprimary, i.indexrelid) AS list
    FROM pg_catalog.pg_index i
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL) AS keys ON true
WHERE c.oid = ANY (string_to_array($1, ',')::oid[]) OR c.oid = to_regclass($2)
ORDER BY c.oid, a.attnum
"""


class CatalogReader(Protocol):
    """The part of a session that is used."""

    def fetch(
        self, statement: str, parameters: Sequence[str | int | None] = ()
    ) -> list[tuple[str | None, ...]]:
        """Return all rows of a small result."""
        ...


def source_tables(
    session: CatalogReader, oids: Collection[int], name: Sequence[str] = ()
) -> dict[int, SourceTable]:
    """Return relations by oid; those that no longer exist are left out.

    Args:
        session: As the role that would edit them.
        oids: Of the relations.
        name: Of one more relation, with or without its schema, unquoted.

    Raises:
        StatementError: The catalogs cannot be read.
        SessionLost: The connection ended.
    """
    listed = ",".join(map(str, sorted(oids)))
    rows = session.fetch(_TABLES, [listed, qualified(name) or None])
    grouped = groupby(rows, key=lambda row: row[:6])
    tables = (_table(first, columns) for first, columns in grouped)
    return {table.oid: table for table in tables}


def _table(first: tuple[str | None, ...], rows: Iterable[tuple[str | None, ...]]) -> SourceTable:
    oid, schema, name, is_table, may_delete, keys = first
    columns = tuple(_column(row[6:]) for row in rows)
    nullable = {column.number for column in columns if column.is_nullable}
    return SourceTable(
        oid=int(oid or 0),
        schema=schema or "",
        name=name or "",
        is_table=is_table == "t",
        columns=columns,
        keys=tuple(key for key in _keys(keys or "") if not nullable.intersection(key)),
        may_delete=may_delete == "t",
    )


def _keys(listed: str) -> Iterable[tuple[int, ...]]:
    """Read the keys of indexes: how many columns each has, then those with the included ones."""
    for index in filter(None, listed.split(",")):
        count, *numbers = map(int, index.split())
        yield tuple(numbers[:count])


def _column(row: tuple[str | None, ...]) -> TableColumn:
    number, name, type_name, type_oid, nullable, default, computed, may_update, may_insert = row
    return TableColumn(
        number=int(number or 0),
        name=name or "",
        type_name=type_name or "",
        type_oid=int(type_oid or 0),
        is_nullable=nullable == "t",
        default=default or "",
        is_computed=computed == "t",
        may_update=may_update == "t",
        may_insert=may_insert == "t",
    )
