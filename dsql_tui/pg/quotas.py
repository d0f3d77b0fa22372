"""The usage of a database's quotas, read from its catalog."""

from __future__ import annotations

from dsql_tui.errors import StatementError
from dsql_tui.model.quota import QuotaUse
from dsql_tui.pg.session import Session
from dsql_tui.sql.dsql import limits

_COUNTS = """
    WITH own AS (
        SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT IN ('sys', 'information_schema') AND left(n.nspname, 3) <> 'pg_'
    ), indexed AS (
        SELECT own.name, count(*) AS number
        FROM pg_catalog.pg_index i JOIN own ON own.oid = i.indrelid
        GROUP BY own.name ORDER BY number DESC, own.name LIMIT 1
    )
    SELECT
        (SELECT count(*) FROM pg_catalog.pg_namespace
         WHERE nspname NOT IN ('public', 'sys', 'information_schema')
             AND left(nspname, 3) <> 'pg_'),
        (SELECT count(*) FROM own WHERE relkind = 'r'),
        (SELECT count(*) FROM own WHERE relkind = 'v'),
        (SELECT count(*) FROM own WHERE relkind = 'S'),
        (SELECT number FROM indexed),
        (SELECT name FROM indexed)
"""
_STORAGE = "SELECT sys.cluster_size(), sys.cluster_size_limit()"
_BYTES_FROM = 2**40
"""No limit is below a tebibyte; one that reads smaller is not in bytes, which nothing documents."""


def database_quotas(session: Session) -> tuple[QuotaUse, ...]:
    """Return schemas, tables, views, sequences, the most indexes on one table, and storage.

    Raises:
        StatementError: The catalog cannot be read.
        SessionLost: The connection ended.
    """
    [(schemas, tables, views, sequences, indexes, most_indexed)] = session.fetch(_COUNTS)
    of_table = f" of {most_indexed}" if most_indexed else " of a table"
    return (
        QuotaUse("schemas", int(schemas or 0), limits.SCHEMAS, False),
        QuotaUse("tables", int(tables or 0), limits.TABLES, False),
        QuotaUse("views", int(views or 0), limits.VIEWS, False),
        QuotaUse("sequences", int(sequences or 0), limits.SEQUENCES, False),
        QuotaUse(f"indexes{of_table}", int(indexes or 0), limits.INDEXES_PER_TABLE, False),
        _storage(session),
    )


def _storage(session: Session) -> QuotaUse:
    """Ask the service; its functions are not documented, so nothing depends on them."""
    unknown = QuotaUse("storage", None, limits.STORAGE_BYTES, True, "bytes")
    try:
        [(size, limit)] = session.fetch(_STORAGE)
    except StatementError:
        return unknown
    if not size or not limit or int(limit) < _BYTES_FROM:
        return unknown
    return QuotaUse("storage", int(size), int(limit), True, "bytes")
