"""Reads the primary key of a table."""

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
