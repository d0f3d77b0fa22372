"""A cluster's roles, IAM mappings and grants as SQL that recreates them elsewhere.

Statements are in the order of dependencies: roles, memberships, mappings, schemas, then grants on
tables. Only differences from the defaults of a new object are written, so an unchanged cluster
exports only its roles, and exporting the copy yields the same text.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from dsql_tui.model.access.acl import PUBLIC, Acl, Right, default_acl
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, DefaultKind, DefaultPrivileges, Securable
from dsql_tui.model.access.why import PUBLIC_SCHEMA
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.access.grants import (
    alter_default_privileges,
    create_role,
    grant,
    grant_role,
    map_iam,
    revoke,
    revoke_role,
    set_owner,
)
from dsql_tui.sql.lexing.names import quoted

_MADE_WITH = ("CREATEROLE", "CREATEDB", "NOINHERIT")
"""Attributes that CREATE ROLE may name; whether DSQL lets admin give them, the server says."""


class AccessPart(StrEnum):
    """The parts of the script, by their titles, in order."""

    ROLES = "Roles and memberships"
    MAPPINGS = "IAM principals"
    SCHEMAS = "Schemas"
    GRANTS = "Owners and grants (the objects must exist)"
    DEFAULTS = "Default privileges"
    LEAVING = "Temporary memberships of admin"


def export_access(snapshot: AccessSnapshot) -> str:
    """Return the script, one statement a line, each to run in its own transaction."""
    lines = ["-- Access of an Aurora DSQL cluster. Run statement by statement, as admin."]
    lines += [f"-- {note}" for note in snapshot.notes]
    for part, statements in parts_of(snapshot).items():
        sql_lines = [f"{statement};" for statement in statements]
        if sql_lines:
            lines += ["", f"-- {part}", *sql_lines]
    return "\n".join(lines) + "\n"


def statements_of(snapshot: AccessSnapshot) -> list[str]:
    """Return only the statements of the script, in order."""
    return [each for statements in parts_of(snapshot).values() for each in statements]


def parts_of(snapshot: AccessSnapshot) -> dict[AccessPart, list[str]]:
    """Return the statements of each part of the script."""
    return {
        AccessPart.ROLES: list(_roles(snapshot)),
        AccessPart.MAPPINGS: list(_mappings(snapshot)),
        AccessPart.SCHEMAS: list(_schemas(snapshot)),
        AccessPart.GRANTS: list(_grants(snapshot)),
        AccessPart.DEFAULTS: list(_defaults(snapshot)),
        AccessPart.LEAVING: list(_leaving(snapshot)),
    }


def lent_memberships(snapshot: AccessSnapshot) -> tuple[list[str], list[str]]:
    """Return what makes admin a temporary member of the owners of objects, and what ends that."""
    owners = sorted(_passing(snapshot))
    return (
        [grant_role(name, ADMIN_ROLE) for name in owners],
        [revoke_role(name, ADMIN_ROLE) for name in owners],
    )


def _exported(snapshot: AccessSnapshot) -> list[str]:
    """Return the names of roles that can be created: not admin, superusers, predefined roles."""
    return [role.name for role in snapshot.own_roles if not (role.is_admin or role.is_superuser)]


def _roles(snapshot: AccessSnapshot) -> Iterator[str]:
    names = _exported(snapshot)
    for role in snapshot.own_roles:
        if role.name in names:
            given = [word for word in role.attributes if word in _MADE_WITH]
            yield from create_role(role.name, login=role.can_login, attributes=given)
    for membership in snapshot.memberships:
        if membership.is_implicit or membership.member not in {*names, ADMIN_ROLE}:
            continue
        if membership.member != ADMIN_ROLE:
            options = ["ADMIN OPTION"] if membership.is_admin else []
            options += [] if membership.inherits else ["INHERIT FALSE"]
            behind = f" WITH {', '.join(options)}" if options else ""
            yield grant_role(membership.role, membership.member) + behind
        elif membership.inherits:
            # The creator of a role has the ADMIN option on it, and cannot be granted it again.
            yield grant_role(membership.role, membership.member)
    for name in sorted(_passing(snapshot)):
        yield grant_role(name, ADMIN_ROLE)


def _passing(snapshot: AccessSnapshot) -> set[str]:
    """Return roles that admin must join while it assigns objects to them."""
    owners = {securable.owner for securable in snapshot.objects}
    creators = {defaults.creator for defaults in snapshot.default_privileges}
    return (owners | creators) & set(_exported(snapshot)) - _admins(snapshot)


def _admins(snapshot: AccessSnapshot) -> set[str]:
    """Return the roles that admin is permanently a member of."""
    return {membership.role for membership in snapshot.groups_of(ADMIN_ROLE) if membership.inherits}


def _leaving(snapshot: AccessSnapshot) -> Iterator[str]:
    """Yield revokes of admin's memberships in created roles that it should not belong to.

    Creating a role may have made admin a member; where it has not, the server only sends a notice.
    """
    for name in _exported(snapshot):
        if name not in _admins(snapshot):
            yield revoke_role(name, ADMIN_ROLE)


def _mappings(snapshot: AccessSnapshot) -> Iterator[str]:
    for mapping in snapshot.mappings:
        yield map_iam(mapping.role, mapping.arn)


def _schemas(snapshot: AccessSnapshot) -> Iterator[str]:
    for securable in snapshot.objects:
        if securable.kind is SecurableKind.SCHEMA and securable.schema != PUBLIC_SCHEMA:
            owner = (
                "" if securable.owner == ADMIN_ROLE else f" AUTHORIZATION {quoted(securable.owner)}"
            )
            yield f"CREATE SCHEMA IF NOT EXISTS {quoted(securable.schema)}{owner}"


def _grants(snapshot: AccessSnapshot) -> Iterator[str]:
    access = Access(snapshot)
    names = {*_exported(snapshot), ADMIN_ROLE}
    for securable in snapshot.objects:
        is_schema = securable.kind is SecurableKind.SCHEMA
        if is_schema and securable.schema == PUBLIC_SCHEMA:
            continue
        if securable.owner in names - {ADMIN_ROLE} and not is_schema and not securable.follows:
            yield from _given(access, securable)
        yield from _differences(securable)
        for column in securable.columns:
            for grantee, rights, grantable in _grouped(column.acl):
                target = (securable.kind, securable.schema, securable.name, grantee)
                yield grant(rights, *target, columns=[column.name], grantable=grantable)


def _given(access: Access, securable: Securable) -> Iterator[str]:
    """Yield what assigns an object to its owner, who then needs CREATE on the schema."""
    schema = access.snapshot.find(SecurableKind.SCHEMA, securable.schema)
    lacks = schema is not None and Right.CREATE not in access.rights(securable.owner, schema)
    target = ([Right.CREATE], SecurableKind.SCHEMA, securable.schema, "", securable.owner)
    lends = lacks and securable.schema != PUBLIC_SCHEMA
    if lends:
        yield grant(*target)
    yield set_owner(securable, securable.owner)
    if lends:
        yield revoke(*target)


def _differences(securable: Securable) -> Iterator[str]:
    """Yield the statements that turn a new object's privileges into those of this object."""
    target = (securable.kind, securable.schema, securable.name)
    usual = {item.grantee: item.rights for item in default_acl(securable.kind, securable.owner)}
    held: dict[str, frozenset[Right]] = {}
    for item in securable.acl:
        held[item.grantee] = held.get(item.grantee, frozenset()) | item.rights
    for grantee, rights in usual.items():
        if lost := rights - held.get(grantee, frozenset()):
            yield revoke(lost, *target, grantee)
    for grantee, rights, grantable in _grouped(securable.acl):
        known = frozenset() if grantable else usual.get(grantee, frozenset())
        if (more := rights - known) and not (grantable and grantee == securable.owner):
            yield grant(more, *target, grantee, grantable=grantable)


def _grouped(acl: Acl) -> Iterator[tuple[str, frozenset[Right], bool]]:
    """Yield grantee, privileges and whether with grant option; grantors are not recreated."""
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
    for defaults in snapshot.default_privileges:
        yield from _default(defaults)


_EVERYBODYS = {
    DefaultKind.FUNCTIONS: frozenset({Right.EXECUTE}),
    DefaultKind.TYPES: frozenset({Right.USAGE}),
}
"""What PUBLIC has on new objects unless it was taken away (PostgreSQL 16, 5.7)."""


def _default(defaults: DefaultPrivileges) -> Iterator[str]:
    held = {grantee: rights for grantee, rights, _ in _grouped(defaults.acl)}
    usual = _EVERYBODYS.get(defaults.kind, frozenset()) if not defaults.schema else frozenset()
    if lost := usual - held.get(PUBLIC, frozenset()):
        yield alter_default_privileges(
            lost, defaults.kind, PUBLIC, creator=defaults.creator, revoked=True
        )
    for grantee, rights, grantable in _grouped(defaults.acl):
        more = rights - usual if grantee == PUBLIC else rights
        if grantee != defaults.creator and more:
            yield alter_default_privileges(
                more,
                defaults.kind,
                grantee,
                creator=defaults.creator,
                schema=defaults.schema,
                grantable=grantable,
            )
