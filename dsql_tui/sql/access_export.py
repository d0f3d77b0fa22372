"""A cluster's roles, IAM mappings and grants as SQL that rebuilds them elsewhere.

The order is that of dependence: roles, memberships, mappings, schemas, then what needs tables. Only
what differs from what a new object has by itself is written, so an untouched cluster exports its
roles and nothing else, and exporting the copy gives the same text again.
"""

from __future__ import annotations

from collections.abc import Iterator

from dsql_tui.model.access import AccessSnapshot, DefaultPrivileges, Securable
from dsql_tui.model.acl import PUBLIC, Acl, Right, default_acl
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.role import SecurableKind
from dsql_tui.model.why import PUBLIC_SCHEMA
from dsql_tui.sql.grants import (
    alter_default_privileges,
    create_role,
    grant,
    grant_role,
    map_iam,
    revoke,
    set_owner,
)
from dsql_tui.sql.names import quoted


def export_access(snapshot: AccessSnapshot) -> str:
    """Return the script: one statement a line, each to be run in a transaction of its own."""
    sections = (
        ("Roles and memberships", _roles(snapshot)),
        ("IAM principals", _mappings(snapshot)),
        ("Schemas", _schemas(snapshot)),
        ("Owners and grants; the objects must exist by now", _grants(snapshot)),
        ("Objects made from now on", _defaults(snapshot)),
    )
    lines = ["-- Access of an Aurora DSQL cluster. Run statement by statement, as admin."]
    lines += [f"-- {note}" for note in snapshot.notes]
    for title, statements in sections:
        found = [f"{statement};" for statement in statements]
        if found:
            lines += ["", f"-- {title}", *found]
    return "\n".join(lines) + "\n"


def statements_of(snapshot: AccessSnapshot) -> list[str]:
    """Return the statements of the script alone, in order."""
    return [
        *_roles(snapshot),
        *_mappings(snapshot),
        *_schemas(snapshot),
        *_grants(snapshot),
        *_defaults(snapshot),
    ]


def _exported(snapshot: AccessSnapshot) -> list[str]:
    """Return the names of roles that can be made: not admin, not a superuser's, not predefined."""
    return [role.name for role in snapshot.own_roles if not (role.is_admin or role.is_superuser)]


def _roles(snapshot: AccessSnapshot) -> Iterator[str]:
    names = _exported(snapshot)
    for role in snapshot.own_roles:
        if role.name in names:
            yield from create_role(role.name, login=role.can_login)
    for found in snapshot.memberships:
        if found.inherits and not found.is_implicit and found.member in {*names, ADMIN_ROLE}:
            # Whoever makes a role has the ADMIN option on it, and cannot be granted it again.
            option = " WITH ADMIN OPTION" if found.is_admin and found.member in names else ""
            yield grant_role(found.role, found.member) + option


def _mappings(snapshot: AccessSnapshot) -> Iterator[str]:
    for mapping in snapshot.mappings:
        yield map_iam(mapping.role, mapping.arn)


def _schemas(snapshot: AccessSnapshot) -> Iterator[str]:
    for found in snapshot.objects:
        if found.kind is SecurableKind.SCHEMA and found.schema != PUBLIC_SCHEMA:
            owner = "" if found.owner == ADMIN_ROLE else f" AUTHORIZATION {quoted(found.owner)}"
            yield f"CREATE SCHEMA IF NOT EXISTS {quoted(found.schema)}{owner}"


def _grants(snapshot: AccessSnapshot) -> Iterator[str]:
    names = {*_exported(snapshot), ADMIN_ROLE}
    for found in snapshot.objects:
        is_schema = found.kind is SecurableKind.SCHEMA
        if is_schema and found.schema == PUBLIC_SCHEMA:
            continue
        if found.owner in names - {ADMIN_ROLE} and not is_schema and not found.follows:
            yield set_owner(found, found.owner)
        yield from _differences(found)
        for column in found.columns:
            for grantee, rights, grantable in _grouped(column.acl):
                target = (found.kind, found.schema, found.name, grantee)
                yield grant(rights, *target, columns=[column.name], grantable=grantable)


def _differences(found: Securable) -> Iterator[str]:
    """Yield what leads from a new object's privileges to those it has."""
    target = (found.kind, found.schema, found.name)
    usual = {item.grantee: item.rights for item in default_acl(found.kind, found.owner)}
    held: dict[str, frozenset[Right]] = {}
    for item in found.acl:
        held[item.grantee] = held.get(item.grantee, frozenset()) | item.rights
    for grantee, rights in usual.items():
        if lost := rights - held.get(grantee, frozenset()):
            yield revoke(lost, *target, grantee)
    for grantee, rights, grantable in _grouped(found.acl):
        known = frozenset() if grantable else usual.get(grantee, frozenset())
        if (more := rights - known) and not (grantable and grantee == found.owner):
            yield grant(more, *target, grantee, grantable=grantable)


def _grouped(acl: Acl) -> Iterator[tuple[str, frozenset[Right], bool]]:
    """Yield grantee, rights and whether they may be passed on; grantors are not rebuilt."""
    plain: dict[str, frozenset[Right]] = {}
    passing: dict[str, frozenset[Right]] = {}
    for item in acl:
        plain[item.grantee] = plain.get(item.grantee, frozenset()) | item.rights
        passing[item.grantee] = passing.get(item.grantee, frozenset()) | item.grantable
    for grantee in sorted(plain, key=lambda name: (name != PUBLIC, name)):
        if rest := plain[grantee] - passing[grantee]:
            yield grantee, rest, False
        if passing[grantee]:
            yield grantee, passing[grantee], True


def _defaults(snapshot: AccessSnapshot) -> Iterator[str]:
    for found in snapshot.default_privileges:
        yield from _default(found)


def _default(found: DefaultPrivileges) -> Iterator[str]:
    for grantee, rights, _ in _grouped(found.acl):
        if grantee != found.creator:
            yield alter_default_privileges(
                rights, found.kind, grantee, creator=found.creator, schema=found.schema
            )
