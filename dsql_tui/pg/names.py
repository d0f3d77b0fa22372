"""Reads every name of a database for completion.

Names from a catalog that cannot be read are left out (DSQL's documentation and the service differ
on `pg_proc`): completion without the database's functions is better than none.
"""

from __future__ import annotations

from dsql_tui.errors import StatementError
from dsql_tui.model.access.role import Role
from dsql_tui.model.catalog import (
    CatalogSnapshot,
    NamedColumn,
    NamedFunction,
    NamedRelation,
    Reference,
)
from dsql_tui.model.relation import RelationKind
from dsql_tui.pg.keys import PAIRED_COLUMNS
from dsql_tui.pg.session import Session

_KINDS = {"v": RelationKind.VIEW, "S": RelationKind.SEQUENCE}
_RELATIONS = r"""
SELECT n.nspname, c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_attribute a
    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
WHERE c.relkind IN ('r', 'v', 'S') AND n.nspname NOT LIKE 'pg\_%'
    AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname, a.attnum
"""
_REFERENCES = f"""
SELECT con.oid, n.nspname, c.relname, a.attname, fn.nspname, f.relname, fa.attname
{PAIRED_COLUMNS}
WHERE con.contype = 'f'
ORDER BY con.oid, k.place
"""
_FUNCTIONS = r"""
SELECT n.nspname, p.proname,
       '(' || pg_get_function_arguments(p.oid) || ') → ' || format_type(p.prorettype, NULL)
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
ORDER BY n.nspname, p.proname
"""
_SCHEMAS = r"""
SELECT nspname FROM pg_catalog.pg_namespace
WHERE nspname NOT LIKE 'pg\_toast%' AND nspname NOT LIKE 'pg\_temp%' ORDER BY nspname
"""
_ROLES = r"""
SELECT oid, rolname, rolcanlogin FROM pg_catalog.pg_roles
WHERE rolname NOT LIKE 'pg\_%' ORDER BY rolname
"""
_SEARCH_PATH = "SELECT unnest(current_schemas(true))"

_Row = tuple[str | None, ...]


def names(session: Session) -> CatalogSnapshot:
    """Read the names a session can see; unreadable catalogs are left out.

    Raises:
        SessionLost: The connection ended.
    """
    roles = [
        Role(int(oid or 0), name or "", can_login=can_login == "t")
        for oid, name, can_login in _fetch(session, _ROLES)
    ]
    return CatalogSnapshot(
        relations=_relations(_fetch(session, _RELATIONS)),
        references=_references(_fetch(session, _REFERENCES)),
        functions=tuple(
            NamedFunction(schema or "", name or "", signature or "")
            for schema, name, signature in _fetch(session, _FUNCTIONS)
        ),
        schemas=_column(_fetch(session, _SCHEMAS)),
        roles=tuple(role.name for role in roles),
        session_roles=tuple(role.name for role in roles if role.can_connect),
        search_path=_column(_fetch(session, _SEARCH_PATH)) or ("pg_catalog", "public"),
    )


def _fetch(session: Session, query: str) -> list[_Row]:
    try:
        return session.fetch(query)
    except StatementError:
        return []


def _column(rows: list[_Row]) -> tuple[str, ...]:
    return tuple(value for (value,) in rows if value is not None)


def _relations(rows: list[_Row]) -> tuple[NamedRelation, ...]:
    kinds: dict[tuple[str, str], RelationKind] = {}
    columns: dict[tuple[str, str], list[NamedColumn]] = {}
    for schema, name, kind, column, type_name in rows:
        key = (schema or "", name or "")
        kinds[key] = _KINDS.get(kind or "", RelationKind.TABLE)
        columns_of_relation = columns.setdefault(key, [])
        if column is not None:
            columns_of_relation.append(NamedColumn(column, type_name or ""))
    return tuple(
        NamedRelation(schema, name, tuple(columns[schema, name]), kind)
        for (schema, name), kind in kinds.items()
    )


def _references(rows: list[_Row]) -> tuple[Reference, ...]:
    references: dict[str, Reference] = {}
    for key, schema, name, column, target_schema, target_name, target_column in rows:
        before = references.get(key or "")
        references[key or ""] = Reference(
            (schema or "", name or ""),
            (*(before.columns if before else ()), column or ""),
            (target_schema or "", target_name or ""),
            (*(before.target_columns if before else ()), target_column or ""),
        )
    return tuple(references.values())
