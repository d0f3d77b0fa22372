"""The catalog reads: one statement per catalog, however many objects there are.

They run in one transaction with an empty `search_path`, so all of them see the same database and
every name is printed with its schema. `pg_catalog` functions that print definitions are those that
DSQL offers (user guide, working-with-systems-tables). A catalog that is not offered, or not to this
role, is left out and named in a note.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from dsql_tui.errors import OccConflict, StatementCancelled, StatementError
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.pg.session import ServerSession

Row = tuple[str | None, ...]

SIZE_MAX_BYTES = 256 * 1024 * 1024
"""What one catalog may hold: DSQL allows 5,000 views of 2 MiB, which nobody wants in memory."""

_CHOSEN_SCHEMA = r"""
n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
  AND ($1::json IS NULL OR n.nspname IN (SELECT json_array_elements_text($1::json)))
"""
_CHOSEN_RELATION = f"""
{_CHOSEN_SCHEMA}
  AND ($2::json IS NULL OR c.relname IN (SELECT json_array_elements_text($2::json)))
"""
_FIRST_OWN_OID = 16384
"""Objects of users have this oid or a higher one (PostgreSQL 16, FirstNormalObjectId)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which definitions to read.

    Attributes:
        schemas: Schemas; all if empty.
        tables: Tables, views and sequences as (schema, name), the schema empty for any; if there
            are some, nothing else is read but the sequences that their columns own.
        with_access: Read roles, privileges and IAM mappings too.
        exclude: What to leave out of all this, as `exclude.without` has it.
    """

    schemas: tuple[str, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    with_access: bool = True
    exclude: tuple[str, ...] = ()

    @property
    def is_partial(self) -> bool:
        """Whether it leaves something out besides privileges."""
        return bool(self.schemas or self.tables)

    def includes(self, schema: str, name: str) -> bool:
        """Whether a relation is chosen."""
        is_in_schema = not self.schemas or schema in self.schemas
        names = {("", name), (schema, name)}
        return is_in_schema and (not self.tables or not names.isdisjoint(self.tables))


@dataclass(frozen=True, slots=True)
class Catalog:
    """One catalog read.

    Attributes:
        subject: What it reads, as the start of a sentence.
        sql: The statement.
        filters: Which of a selection's filters are its parameters: 0, 1 (schemas) or 2 (names).
        is_required: Nothing can be said without it.
        concerns_tables: It is read for chosen tables too.
    """

    subject: str
    sql: str
    filters: int = 2
    is_required: bool = False
    concerns_tables: bool = True


SCHEMAS = Catalog(
    "Schemas",
    f"""
SELECT n.oid, n.nspname, r.rolname
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
WHERE {_CHOSEN_SCHEMA}
""",  # noqa: S608 - constants
    filters=1,
    is_required=True,
    concerns_tables=False,
)
RELATIONS = Catalog(
    "Tables and views",
    f"""
SELECT c.oid, n.nspname, c.relname, c.relkind,
       CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END, c.reloptions::text
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v') AND {_CHOSEN_RELATION}
""",  # noqa: S608 - constants
    is_required=True,
)
_COLUMN = (
    *("a.attnum", "a.attname", "format_type(a.atttypid, a.atttypmod)", "a.attnotnull"),
    *("pg_get_expr(d.adbin, d.adrelid)", "a.attgenerated = 's'", "a.attidentity"),
    "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END",
    "CASE WHEN a.attcollation <> t.typcollation THEN l.collname END",
)
_COLUMN_LISTS = ", ".join(f"json_agg({value} ORDER BY a.attnum)" for value in _COLUMN)
COLUMNS = Catalog(
    "Columns",
    f"""
SELECT a.attrelid, {_COLUMN_LISTS}
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped AND {_CHOSEN_RELATION}
GROUP BY a.attrelid
""",  # noqa: S608 - constants
    is_required=True,
)
"""One row per table, its columns as JSON lists: they take a tenth of the time to decode."""
TABLE_CONSTRAINTS = Catalog(
    "Constraints",
    f"""
SELECT k.oid, k.conrelid, k.conname, k.contype, k.convalidated,
       CASE WHEN k.contype <> 'p' THEN pg_get_constraintdef(k.oid) END,
       k.conkey::text, k.conindid, fn.nspname, f.relname
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.contype IN ('p', 'u', 'c', 'f') AND {_CHOSEN_RELATION}
""",  # noqa: S608 - constants
    is_required=True,
)
_HAS_PLAIN_KEYS = """
i.indexprs IS NULL AND i.indpred IS NULL AND i.indoption::text !~ '[1-9]'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                    AND a.attcollation <> 0 AND a.attcollation <> ALL (i.indcollation))
"""
"""Keys that are columns in the usual order: pg_get_indexdef takes a millisecond for an index."""
INDEXES = Catalog(
    "Indexes",
    f"""
SELECT i.indexrelid, i.indrelid, x.relname, i.indisunique, i.indisvalid,
       CASE WHEN NOT ({_HAS_PLAIN_KEYS}) THEN pg_get_indexdef(i.indexrelid) END,
       i.indkey::text, i.indnkeyatts, i.indnullsnotdistinct
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND NOT i.indisprimary AND {_CHOSEN_RELATION}
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                  WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
""",  # noqa: S608 - constants
    is_required=True,
)
SEQUENCES = Catalog(
    "Sequences and identity columns",
    f"""
SELECT c.oid, n.nspname, c.relname, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
       s.seqcycle, d.deptype, d.refobjid, d.refobjsubid, tn.nspname, t.relname, a.attname
FROM pg_catalog.pg_sequence s
JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass
  AND d.objid = c.oid AND d.refclassid = d.classid AND d.refobjsubid > 0
  AND d.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE {_CHOSEN_SCHEMA}
""",  # noqa: S608 - constants
    filters=1,
)
DOMAINS = Catalog(
    "Domains",
    f"""
SELECT t.oid, n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
       pg_get_expr(t.typdefaultbin, 0), t.typacl IS NOT NULL
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype = 'd' AND {_CHOSEN_SCHEMA}
""",  # noqa: S608 - constants
    filters=1,
    concerns_tables=False,
)
DOMAIN_CONSTRAINTS = Catalog(
    "Constraints of domains",
    f"""
SELECT k.oid, k.contypid, k.conname, k.convalidated, pg_get_constraintdef(k.oid)
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_type t ON t.oid = k.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE k.contype = 'c' AND {_CHOSEN_SCHEMA}
""",  # noqa: S608 - constants
    filters=1,
    concerns_tables=False,
)
FUNCTIONS = Catalog(
    "Functions",
    f"""
SELECT p.oid, n.nspname, p.proname,
       (SELECT string_agg(format_type(argument, NULL), ', ' ORDER BY place)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS listed(argument, place)),
       pg_get_functiondef(p.oid), pg_get_function_result(p.oid), p.prosrc
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind IN ('f', 'w') AND {_CHOSEN_SCHEMA}
""",  # noqa: S608 - constants
    filters=1,
    concerns_tables=False,
)
STATISTICS = Catalog(
    "Statistics objects",
    f"""
SELECT s.oid, s.stxrelid, sn.nspname, s.stxname, pg_get_statisticsobjdef(s.oid), s.stxstattarget
FROM pg_catalog.pg_statistic_ext s
JOIN pg_catalog.pg_namespace sn ON sn.oid = s.stxnamespace
JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {_CHOSEN_RELATION}
""",  # noqa: S608 - constants
)
COMMENTS = Catalog(
    "Comments",
    f"""
SELECT classoid::regclass, objoid, objsubid, description
FROM pg_catalog.pg_description
WHERE objoid >= {_FIRST_OWN_OID}
   OR (classoid = 'pg_catalog.pg_namespace'::regclass
       AND objoid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'))
""",  # noqa: S608 - constants
    filters=0,
)
DEPENDENCIES = Catalog(
    "Dependencies",
    f"""
SELECT DISTINCT classid::regclass, objid, refclassid::regclass, refobjid, deptype
FROM pg_catalog.pg_depend d
WHERE objid >= {_FIRST_OWN_OID} AND refobjid >= {_FIRST_OWN_OID} AND deptype IN ('n', 'a', 'i')
  AND refclassid <> 'pg_catalog.pg_namespace'::regclass
  AND (classid <> 'pg_catalog.pg_attrdef'::regclass
       OR EXISTS (SELECT FROM pg_catalog.pg_depend n
                  WHERE n.classid = d.classid AND n.objid = d.objid AND n.deptype = 'n'))
""",  # noqa: S608 - constants
    filters=0,
    concerns_tables=False,
)
ALL = (
    *(SCHEMAS, RELATIONS, COLUMNS, TABLE_CONSTRAINTS, INDEXES, SEQUENCES, DOMAINS),
    *(DOMAIN_CONSTRAINTS, FUNCTIONS, STATISTICS, COMMENTS, DEPENDENCIES),
)


@dataclass(frozen=True, slots=True)
class CatalogRows:
    """What was read.

    Attributes:
        rows: Catalog → its rows, each value as text; a catalog that was not read has none.
        notes: What could not be read and why, a sentence each.
    """

    rows: Mapping[Catalog, Sequence[Row]]
    notes: tuple[str, ...] = field(default=())

    def of(self, catalog: Catalog) -> Sequence[Row]:
        """Return the rows of a catalog."""
        return self.rows.get(catalog, ())


def read_catalogs(
    session: ServerSession, selection: Selection, *, unread: Collection[Catalog] = ()
) -> CatalogRows:
    """Read the catalogs in one transaction; a conflict with the DDL of others is retried.

    Args:
        session: It must be idle.
        selection: Which definitions to read.
        unread: Catalogs to leave out.

    Raises:
        StatementError: A catalog without which nothing can be said was refused.
        InputError: A catalog holds more than `SIZE_MAX_BYTES`.
        SessionLost: The connection ended.
    """
    wanted = [
        each
        for each in ALL
        if (each.concerns_tables or not selection.tables) and each not in unread
    ]
    notes: list[str] = []
    while True:
        read = partial(_in_one_transaction, session, wanted, _filters(selection))
        rows, refusal = retrying(read, Retries(RetryPolicy()))
        if refusal is None:
            return CatalogRows(rows, tuple(notes))
        # The refusal ended the transaction: read everything again without that catalog.
        catalog, error = refusal
        wanted.remove(catalog)
        notes.append(f"{catalog.subject} cannot be read here: {error.message.rstrip('.')}.")


def _in_one_transaction(
    session: ServerSession, wanted: Sequence[Catalog], filters: Sequence[str | None]
) -> tuple[dict[Catalog, Sequence[Row]], tuple[Catalog, StatementError] | None]:
    """Return the rows, or which catalog was refused."""
    rows: dict[Catalog, Sequence[Row]] = {}
    session.fetch("BEGIN READ ONLY")
    try:
        session.fetch("SET LOCAL search_path = ''")
        for catalog in wanted:
            parameters = filters[: catalog.filters]
            try:
                rows[catalog] = session.fetch(
                    catalog.sql, parameters, size_max_bytes=SIZE_MAX_BYTES
                )
            except (OccConflict, StatementCancelled):
                raise
            except StatementError as error:
                if catalog.is_required:
                    raise
                return rows, (catalog, error)
    finally:
        if session.is_open:
            session.fetch("ROLLBACK")
    return rows, None


def _filters(selection: Selection) -> tuple[str | None, str | None]:
    schemas = set(selection.schemas)
    if not schemas and selection.tables and all(schema for schema, _ in selection.tables):
        schemas = {schema for schema, _ in selection.tables}
    names = {name for _, name in selection.tables}
    return (
        json.dumps(sorted(schemas)) if schemas else None,
        json.dumps(sorted(names)) if names else None,
    )
