"""Reads the keys of tables."""

from __future__ import annotations

from collections.abc import Sequence

from dsql_tui.errors import InputError
from dsql_tui.pg.session import Session
from dsql_tui.sql.lexing.names import qualified

_KEY = """
SELECT a.attname
FROM pg_catalog.pg_constraint con
CROSS JOIN LATERAL unnest(con.conkey) WITH ORDINALITY AS k (number, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number
WHERE con.contype = 'p' AND con.conrelid = to_regclass($1)
ORDER BY k.place
"""
PAIRED_COLUMNS = """\
FROM pg_catalog.pg_constraint con
JOIN pg_catalog.pg_class c ON c.oid = con.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class f ON f.oid = con.confrelid
JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
CROSS JOIN LATERAL unnest(con.conkey, con.confkey) WITH ORDINALITY AS k (own, target, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.own
JOIN pg_catalog.pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = k.target"""
"""Columns of foreign keys, a row each: own `c.a` in schema `n`, referenced `f.fa` in schema `fn`.

`k.place` is the column's place in its key; `con.contype = 'f'` is left to the query."""


def primary_key(session: Session, relation: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of the primary key in order.

    Args:
        session: Where the table is; its search path counts.
        relation: The table's name, with or without its schema, unquoted.

    Raises:
        InputError: There is no such table, or it has no primary key.
        SessionLost: The connection ended.
    """
    name = qualified(relation)
    columns = tuple(column or "" for (column,) in session.fetch(_KEY, [name]))
    if not columns:
        raise InputError(
            f"{name} has no primary key, or does not exist.",
            remedy="Name columns that are unique and never NULL with --key.",
        )
    return columns
