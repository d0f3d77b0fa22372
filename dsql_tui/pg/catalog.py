"""Schemas, relations and their details, read on demand from DSQL's catalogs.

No query here reads sizes, `pg_stat_*` or `pg_database`: DSQL refuses them. Row counts are
`reltuples`, as AWS recommends, and always estimates. Index definitions are returned without the
`INCLUDE` list that every primary key carries and without `btree_index`, which is the only method.
"""

from __future__ import annotations

import re

from dsql_tui.model.catalog import NamedFunction
from dsql_tui.model.relation import (
    Attribute,
    Constraint,
    Index,
    Relation,
    RelationDetails,
    RelationKind,
)
from dsql_tui.pg.session import Session

_KINDS = {
    "r": RelationKind.TABLE,
    "v": RelationKind.VIEW,
    "S": RelationKind.SEQUENCE,
}

_SCHEMAS = r"""
SELECT nspname
FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_%'
ORDER BY nspname IN ('information_schema', 'sys'), nspname <> 'public', nspname
"""

_RELATIONS = """
SELECT c.oid, c.relname, c.relkind, c.reltuples, obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'v', 'S')
ORDER BY c.relkind = 'S', c.relname
"""

_FUNCTIONS = """
SELECT p.proname,
       '(' || pg_get_function_arguments(p.oid) || ') → ' || format_type(p.prorettype, NULL)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = $1
ORDER BY 1, 2
"""

_ATTRIBUTES = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attnum
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary, i.indisvalid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = $1::oid
ORDER BY NOT i.indisprimary, c.relname
"""

_CONSTRAINTS = """
SELECT con.conname, pg_get_constraintdef(con.oid), con.convalidated, con.contype,
       con.conkey::text, f.relname, fn.nspname
FROM pg_catalog.pg_constraint con
LEFT JOIN pg_catalog.pg_class f ON f.oid = con.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
WHERE con.conrelid = $1::oid
ORDER BY con.contype <> 'p', con.contype, con.conname
"""

_REFERENCED_COLUMNS = re.compile(r"REFERENCES\s+\S+\(([^)]*)\)")
_PRIMARY_KEY_INCLUDE = re.compile(r"^(PRIMARY KEY \(.*?\)) INCLUDE \(.*\)$")


def constraint_text(definition: str | None) -> str:
    """Return a constraint's definition without the INCLUDE list that every primary key has."""
    return _PRIMARY_KEY_INCLUDE.sub(r"\1", definition or "")


def index_text(definition: str | None) -> str:
    """Return an index's definition without DSQL's only access method."""
    return (definition or "").replace(" USING btree_index", "")


def schemas(session: Session) -> list[str]:
    """Return schema names: `public`, then the user's, then `sys` and the standard ones."""
    return [name for (name,) in session.fetch(_SCHEMAS) if name is not None]


def relations(session: Session, schema: str) -> list[Relation]:
    """Return a schema's tables, views and then sequences, by name."""
    return [
        Relation(
            oid=int(oid or 0),
            schema=schema,
            name=name or "",
            kind=_KINDS[kind or "r"],
            estimated_rows=_estimate(tuples),
            comment=comment or "",
        )
        for oid, name, kind, tuples, comment in session.fetch(_RELATIONS, [schema])
    ]


def functions(session: Session, schema: str) -> list[NamedFunction]:
    """Return a schema's functions and procedures, by name."""
    return [
        NamedFunction(schema, name or "", signature or "")
        for name, signature in session.fetch(_FUNCTIONS, [schema])
    ]


def relation_details(session: Session, relation: Relation) -> RelationDetails:
    """Return a relation's columns, indexes and constraints."""
    constraint_rows = session.fetch(_CONSTRAINTS, [relation.oid])
    primary_key: set[int] = set()
    references: dict[int, str] = {}
    for _name, definition, _valid, kind, keys, table, schema in constraint_rows:
        numbers = [int(number) for number in (keys or "{}").strip("{}").split(",") if number]
        if kind == "p":
            primary_key.update(numbers)
        elif kind == "f" and (match := _REFERENCED_COLUMNS.search(definition or "")):
            targets = [column.strip() for column in match.group(1).split(",")]
            references.update(
                (number, f"{schema}.{table}({target})")
                for number, target in zip(numbers, targets, strict=False)
            )
    attributes = tuple(
        Attribute(
            name=name or "",
            type_name=type_name or "",
            nullable=not_null != "t",
            default=default or "",
            is_primary_key=int(number or 0) in primary_key,
            references=references.get(int(number or 0), ""),
        )
        for name, type_name, not_null, default, number in session.fetch(_ATTRIBUTES, [relation.oid])
    )
    indexes = tuple(
        Index(
            name=name or "",
            definition=index_text(definition),
            is_unique=unique == "t",
            is_primary=primary == "t",
            is_valid=valid == "t",
        )
        for name, definition, unique, primary, valid in session.fetch(_INDEXES, [relation.oid])
    )
    constraints = tuple(
        Constraint(
            name=name or "",
            definition=constraint_text(definition),
            is_validated=valid == "t",
        )
        for name, definition, valid, *_ in constraint_rows
    )
    return RelationDetails(attributes, indexes, constraints)


def _estimate(tuples: str | None) -> int | None:
    """Return `reltuples` as a count; it is -1 until the table was analysed."""
    count = float(tuples or -1)
    return None if count < 0 else round(count)
