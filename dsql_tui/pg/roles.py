"""Roles, the IAM principals mapped to them, and what a role may do, with through whom.

Privileges are read from the ACLs themselves: `has_table_privilege` would say yes or no without
saying why. What cannot be read degrades to what can, with a note.
"""

from __future__ import annotations

from dsql_tui.errors import StatementError
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.role import IamMapping, Privilege, Role, RoleCatalog, SecurableKind
from dsql_tui.pg.session import Session

_ROLES = r"""
SELECT oid, rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls
FROM pg_catalog.pg_roles
WHERE rolname NOT LIKE 'pg\_%'
ORDER BY rolname
"""

_MEMBERSHIPS = """
SELECT m.rolname, g.rolname
FROM pg_catalog.pg_auth_members a
JOIN pg_catalog.pg_roles m ON m.oid = a.member
JOIN pg_catalog.pg_roles g ON g.oid = a.roleid
ORDER BY 1, 2
"""

_MAPPINGS = """
SELECT arn, pg_role_name, grantor_pg_role_name
FROM sys.iam_pg_role_mappings
ORDER BY arn, pg_role_name
"""

_ROLES_OF = """
WITH RECURSIVE held(oid) AS (
    SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1
    UNION
    SELECT a.roleid FROM pg_catalog.pg_auth_members a JOIN held h ON h.oid = a.member
)
"""

_RELATION_PRIVILEGES = (
    _ROLES_OF
    + r"""
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
       n.nspname, c.relname, acl.privilege_type,
       coalesce(g.rolname, 'PUBLIC'), acl.grantee = c.relowner, acl.is_grantable
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(coalesce(
    c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)
)) acl
LEFT JOIN pg_catalog.pg_roles g ON g.oid = acl.grantee
WHERE c.relkind IN ('r', 'v', 'S')
  AND n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
  AND (acl.grantee = 0 OR acl.grantee IN (SELECT oid FROM held))
ORDER BY n.nspname, c.relname, acl.privilege_type, 5
"""
)

_SCHEMA_PRIVILEGES = (
    _ROLES_OF
    + r"""
SELECT 'schema', n.nspname, n.nspname, acl.privilege_type,
       coalesce(g.rolname, 'PUBLIC'), acl.grantee = n.nspowner, acl.is_grantable
FROM pg_catalog.pg_namespace n
CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) acl
LEFT JOIN pg_catalog.pg_roles g ON g.oid = acl.grantee
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
  AND (acl.grantee = 0 OR acl.grantee IN (SELECT oid FROM held))
ORDER BY n.nspname, acl.privilege_type, 5
"""
)

_FUNCTION_PRIVILEGES = (
    _ROLES_OF
    + r"""
SELECT 'function', n.nspname, p.proname || '(' || pg_get_function_arguments(p.oid) || ')',
       acl.privilege_type, coalesce(g.rolname, 'PUBLIC'),
       acl.grantee = p.proowner, acl.is_grantable
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
LEFT JOIN pg_catalog.pg_roles g ON g.oid = acl.grantee
WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname NOT IN ('information_schema', 'sys')
  AND (acl.grantee = 0 OR acl.grantee IN (SELECT oid FROM held))
ORDER BY 2, 3, 4, 5
"""
)


def role_catalog(session: Session) -> RoleCatalog:
    """Return all roles with their memberships and IAM mappings."""
    member_of: dict[str, list[str]] = {}
    for member, group in session.fetch(_MEMBERSHIPS):
        member_of.setdefault(member or "", []).append(group or "")
    words = ("SUPERUSER", "CREATEROLE", "CREATEDB", "BYPASSRLS")
    roles = [
        Role(
            oid=int(oid or 0),
            name=name or "",
            can_login=can_login == "t",
            member_of=tuple(member_of.get(name or "", ())),
            attributes=tuple(word for word, flag in zip(words, flags, strict=True) if flag == "t"),
        )
        for oid, name, can_login, *flags in session.fetch(_ROLES)
    ]
    roles.sort(key=lambda role: (role.name != ADMIN_ROLE, role.name))
    try:
        mappings = tuple(
            IamMapping(arn or "", role or "", grantor or "")
            for arn, role, grantor in session.fetch(_MAPPINGS)
        )
    except StatementError as error:
        note = f"IAM mappings cannot be read by this role: {error.message}."
        return RoleCatalog(tuple(roles), mappings_note=note)
    return RoleCatalog(tuple(roles), mappings)


def privileges_of(session: Session, role: str) -> tuple[Privilege, ...]:
    """Return what a role holds on schemas, relations and functions: itself, by membership, PUBLIC.

    Functions are left out where DSQL does not let the role read `pg_proc`.
    """
    held = [
        *session.fetch(_SCHEMA_PRIVILEGES, [role]),
        *session.fetch(_RELATION_PRIVILEGES, [role]),
    ]
    try:
        held += session.fetch(_FUNCTION_PRIVILEGES, [role])
    except StatementError as error:
        if error.sqlstate not in {"42501", "42P01", "0A000"}:
            raise
    return tuple(
        Privilege(
            kind=SecurableKind(kind or ""),
            schema=schema or "",
            name=name or "",
            privilege=privilege or "",
            grantee=grantee or "",
            is_owner=owner == "t",
            grantable=grantable == "t",
        )
        for kind, schema, name, privilege, grantee, owner, grantable in held
    )
