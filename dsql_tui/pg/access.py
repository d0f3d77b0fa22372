"""Reads roles, memberships, IAM mappings, objects and acls of a cluster.

There is one query per catalog, never one per role or table: a thousand tables need as many queries
as ten. Acls are read as text, so neither `aclexplode` nor `pg_authid` is needed. If DSQL does not
offer a catalog, or not to this role, its information is missing and a note says so (user guide,
working-with-systems-tables; the service offers more catalogs than that page lists).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dsql_tui.errors import OccConflict, StatementError
from dsql_tui.model.access.acl import default_acl, parse_acl
from dsql_tui.model.access.role import IamMapping, Role, SecurableKind
from dsql_tui.model.access.snapshot import (
    AccessSnapshot,
    ColumnAcl,
    DefaultKind,
    DefaultPrivileges,
    Membership,
    Securable,
)
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.pg.session import Session

Row = tuple[str | None, ...]

_ROLES = """
SELECT oid, rolname, rolcanlogin,
       rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, NOT rolinherit
FROM pg_catalog.pg_roles
ORDER BY rolname
"""
_ATTRIBUTES = ("SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS", "NOINHERIT")

_MEMBERSHIPS = """
SELECT m.rolname, g.rolname, bool_or(a.inherit_option), bool_or(a.admin_option)
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles m ON m.oid = a.member
JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
GROUP BY 1, 2
ORDER BY 1, 2
"""

_DATABASE_OWNERS = """
SELECT r.rolname
FROM pg_catalog.pg_roles r
WHERE r.rolname <> 'pg_database_owner' AND NOT r.rolsuper
  AND pg_catalog.pg_has_role(r.oid, 'pg_database_owner', 'USAGE')
"""

_MAPPINGS = """
SELECT arn, pg_role_name, grantor_pg_role_name
FROM sys.iam_pg_role_mappings
ORDER BY arn, pg_role_name
"""

_SCHEMAS = r"""
SELECT n.nspname, o.rolname, n.nspacl::text
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner
WHERE n.nspname NOT LIKE 'pg\_%'
  AND n.nspname NOT IN ('information_schema', 'sys')
ORDER BY n.nspname
"""

_RELATIONS = r"""
SELECT n.nspname, c.relname, c.relkind, o.rolname, c.relacl::text,
       (SELECT t.relname FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class t ON t.oid = d.refobjid
        WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::regclass
          AND d.refclassid = d.classid AND d.objid = c.oid AND d.refobjsubid > 0
          AND d.deptype IN ('a', 'i') LIMIT 1)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles o ON o.oid = c.relowner
WHERE c.relkind IN ('r', 'v', 'S') AND n.nspname NOT LIKE 'pg\_%'
  AND n.nspname NOT IN ('information_schema', 'sys')
ORDER BY n.nspname, c.relkind = 'S', c.relname
"""

_COLUMNS = r"""
SELECT n.nspname, c.relname, a.attname, a.attacl::text
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND n.nspname NOT LIKE 'pg\_%'
  AND n.nspname NOT IN ('information_schema', 'sys')
ORDER BY n.nspname, c.relname, a.attnum
"""

_COLUMN_NAMES = r"""
SELECT n.nspname, c.relname, json_agg(a.attname ORDER BY a.attnum)::text
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
GROUP BY 1, 2
"""

_FUNCTIONS = r"""
SELECT n.nspname,
       p.proname || '(' || coalesce((
           SELECT string_agg(format_type(argument, NULL), ', ' ORDER BY place)
           FROM unnest(p.proargtypes) WITH ORDINALITY AS listed(argument, place)
       ), '') || ')',
       o.rolname, p.proacl::text
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
WHERE n.nspname NOT LIKE 'pg\_%'
  AND n.nspname NOT IN ('information_schema', 'sys')
ORDER BY 1, 2
"""

_DEFAULTS = """
SELECT o.rolname, n.nspname, d.defaclobjtype, d.defaclacl::text
FROM pg_catalog.pg_default_acl d
JOIN pg_catalog.pg_roles o ON o.oid = d.defaclrole
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
ORDER BY 1, 2 NULLS FIRST, 3
"""

_RELATION_KINDS = {
    "r": SecurableKind.TABLE,
    "v": SecurableKind.VIEW,
    "S": SecurableKind.SEQUENCE,
}
_DEFAULT_KINDS = {
    "r": DefaultKind.TABLES,
    "S": DefaultKind.SEQUENCES,
    "f": DefaultKind.FUNCTIONS,
    "T": DefaultKind.TYPES,
    "n": DefaultKind.SCHEMAS,
}


def read_access(session: Session) -> AccessSnapshot:
    """Read all roles and grants of a cluster.

    The reads are single statements; inside a transaction of the person's a missing catalog would
    end it, so the session must be idle.

    Raises:
        StatementError: `pg_roles` itself cannot be read.
        SessionLost: The connection ended.
    """
    notes: list[str] = []

    def offered(subject: str, statement: str) -> Sequence[Row]:
        return _offered(session.fetch, subject, statement, notes)

    roles = [_role(row) for row in session.fetch(_ROLES)]
    roles.sort(key=lambda role: (role.name != ADMIN_ROLE, role.name))
    memberships = [
        Membership(_text(member), _text(group), inherits == "t", admin == "t")
        for member, group, inherits, admin in offered("Memberships", _MEMBERSHIPS)
    ]
    memberships += [
        Membership(_text(owner), "pg_database_owner", is_implicit=True)
        for (owner,) in offered("The database's owner", _DATABASE_OWNERS)
    ]
    columns: dict[tuple[str, str], list[ColumnAcl]] = {}
    for schema, relation, column, acl in offered("Privileges on columns", _COLUMNS):
        key = (_text(schema), _text(relation))
        columns.setdefault(key, []).append(ColumnAcl(_text(column), parse_acl(acl)))
    names = {
        (_text(schema), _text(relation)): tuple(json.loads(listed or "[]"))
        for schema, relation, listed in offered("Columns", _COLUMN_NAMES)
    }
    objects = [
        *(_schema(row) for row in offered("Schemas", _SCHEMAS)),
        *(_relation(row, columns, names) for row in offered("Tables", _RELATIONS)),
        *(_function(row) for row in offered("Functions", _FUNCTIONS)),
    ]
    objects.sort(key=lambda each: (each.schema, list(SecurableKind).index(each.kind)))
    return AccessSnapshot(
        reader=session.endpoint.role,
        roles=tuple(roles),
        memberships=tuple(memberships),
        mappings=tuple(
            IamMapping(_text(arn), _text(role), _text(grantor))
            for arn, role, grantor in offered("IAM mappings", _MAPPINGS)
        ),
        objects=tuple(objects),
        default_privileges=tuple(
            DefaultPrivileges(
                _text(creator), _text(schema), _DEFAULT_KINDS[_text(kind)], parse_acl(acl)
            )
            for creator, schema, kind, acl in offered("Default privileges", _DEFAULTS)
            if kind in _DEFAULT_KINDS
        ),
        notes=tuple(notes),
    )


def _offered(
    fetch: Callable[[str], list[Row]], subject: str, statement: str, notes: list[str]
) -> Sequence[Row]:
    """Return a catalog's rows, or none and a note if it is not offered."""
    try:
        return fetch(statement)
    except OccConflict:
        # Conflict with the DDL of another session (OC001); the catalog itself exists.
        return fetch(statement)
    except StatementError as error:
        notes.append(f"{subject} cannot be read here: {error.message.rstrip('.')}.")
        return ()


def _text(value: str | None) -> str:
    return value or ""


def _role(row: Row) -> Role:
    oid, name, can_login, *flags = row
    return Role(
        oid=int(oid or 0),
        name=_text(name),
        can_login=can_login == "t",
        attributes=tuple(
            word for word, flag in zip(_ATTRIBUTES, flags, strict=True) if flag == "t"
        ),
    )


def _schema(row: Row) -> Securable:
    name, owner, acl = row
    return _securable(SecurableKind.SCHEMA, _text(name), "", _text(owner), acl)


def _relation(
    row: Row,
    columns: Mapping[tuple[str, str], Sequence[ColumnAcl]],
    names: Mapping[tuple[str, str], tuple[str, ...]],
) -> Securable:
    schema, name, kind, owner, acl, table = row
    key = (_text(schema), _text(name))
    made = _securable(
        _RELATION_KINDS[_text(kind)], *key, _text(owner), acl, tuple(columns.get(key, ())), table
    )
    return replace(made, column_names=names.get(key, ()))


def _function(row: Row) -> Securable:
    schema, name, owner, acl = row
    return _securable(SecurableKind.FUNCTION, _text(schema), _text(name), _text(owner), acl)


def _securable(
    kind: SecurableKind,
    schema: str,
    name: str,
    owner: str,
    acl: str | None,
    columns: tuple[ColumnAcl, ...] = (),
    follows: str | None = None,
) -> Securable:
    return Securable(
        kind=kind,
        schema=schema,
        name=name,
        owner=owner,
        acl=default_acl(kind, owner) if acl is None else parse_acl(acl),
        has_default_acl=acl is None,
        columns=columns,
        follows=_text(follows),
    )
