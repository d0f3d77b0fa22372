"""Compares who may do what: roles, IAM principals, owners, privileges and default privileges.

Roles and memberships of the first database that the second does not have stay: they belong to the
whole cluster, and may be in use elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from dsql_tui.model.access.acl import PUBLIC, Acl, AclItem, Right, default_acl
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import (
    AccessSnapshot,
    ColumnAcl,
    DefaultKind,
    DefaultPrivileges,
    Securable,
)
from dsql_tui.model.access.why import PUBLIC_SCHEMA
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.schema.change import ChangeKind, DefinitionChange, Phase
from dsql_tui.sql.access.export import AccessPart, lent_memberships, parts_of
from dsql_tui.sql.access.grants import (
    alter_default_privileges,
    create_role,
    grant,
    map_iam,
    object_phrase,
    revoke,
    set_login,
    set_owner,
    unmap_iam,
)
from dsql_tui.sql.lexing.names import quoted

Held = Mapping[str, tuple[frozenset[Right], frozenset[Right]]]
"""Grantee → its privileges, and those of them that it may grant."""
_NOTHING: tuple[frozenset[Right], frozenset[Right]] = (frozenset(), frozenset())
_EVERYBODYS = {
    DefaultKind.FUNCTIONS: frozenset({Right.EXECUTE}),
    DefaultKind.TYPES: frozenset({Right.USAGE}),
}
"""What PUBLIC has on new objects by default (PostgreSQL 16, 5.7)."""
_DEFAULTS_OF = {
    SecurableKind.SCHEMA: DefaultKind.SCHEMAS,
    SecurableKind.TABLE: DefaultKind.TABLES,
    SecurableKind.VIEW: DefaultKind.TABLES,
    SecurableKind.SEQUENCE: DefaultKind.SEQUENCES,
    SecurableKind.FUNCTION: DefaultKind.FUNCTIONS,
}


def access_changes(
    first: AccessSnapshot, second: AccessSnapshot, recreated: Collection[str] = ()
) -> Iterator[DefinitionChange]:
    """Yield what gives the objects of `first` the access that those of `second` have.

    Args:
        first: How it is.
        second: How it is to be.
        recreated: Objects, as written in SQL, that are dropped and created in between: they lose
            their owner and privileges.
    """
    # IAM principals can only be mapped to roles with LOGIN.
    yield from _unmapped(first, second)
    yield from _role_changes(first, second)
    yield from _mapped(first, second)
    listed = [*_object_changes(first, second, recreated), *_default_changes(first, second)]
    if listed:
        before, after = lent_memberships(second)
        if before:
            yield _access_change("temporary memberships of admin", before)
        yield from listed
        if after:
            yield _access_change("temporary memberships of admin", after)


def _access_change(
    part: str, statements: list[str], phase: Phase = Phase.PRIVILEGES
) -> DefinitionChange:
    return DefinitionChange(ChangeKind.CHANGED, None, tuple(statements), part=part, phase=phase)


def _role_changes(first: AccessSnapshot, second: AccessSnapshot) -> Iterator[DefinitionChange]:
    held = {role.name: role for role in first.own_roles}
    for role in second.own_roles:
        if role.is_admin or role.is_superuser:
            continue
        part = f"role {quoted(role.name)}"
        if role.name not in held:
            kept = [word for word in role.attributes if word != "SUPERUSER"]
            made = create_role(role.name, login=role.can_login, attributes=kept)
            yield replace(_access_change(part, made, Phase.ROLES), kind=ChangeKind.ADDED)
        elif held[role.name].can_login != role.can_login:
            statement = set_login(role.name, login=role.can_login)
            yield _access_change(f"{part}, LOGIN", [statement], Phase.ROLES)
    lent = set(lent_memberships(second)[0])
    known = set(parts_of(first)[AccessPart.ROLES])
    for statement in parts_of(second)[AccessPart.ROLES]:
        if statement.startswith("GRANT ") and statement not in known | lent:
            yield _access_change("membership in a role", [statement], Phase.ROLES)


def _unmapped(first: AccessSnapshot, second: AccessSnapshot) -> Iterator[DefinitionChange]:
    wanted = {(mapping.role, mapping.arn) for mapping in second.mappings}
    names = {role.name for role in second.own_roles}
    for mapping in first.mappings:
        if mapping.role in names and (mapping.role, mapping.arn) not in wanted:
            statement = unmap_iam(mapping.role, mapping.arn)
            part = f"IAM principal {mapping.arn} of role {quoted(mapping.role)}"
            change = _access_change(part, [statement], Phase.ROLES)
            yield replace(change, kind=ChangeKind.REMOVED)


def _mapped(first: AccessSnapshot, second: AccessSnapshot) -> Iterator[DefinitionChange]:
    known = {(mapping.role, mapping.arn) for mapping in first.mappings}
    for mapping in second.mappings:
        if (mapping.role, mapping.arn) not in known:
            statement = map_iam(mapping.role, mapping.arn)
            part = f"IAM principal {mapping.arn} of role {quoted(mapping.role)}"
            change = _access_change(part, [statement], Phase.ROLES)
            yield replace(change, kind=ChangeKind.ADDED)


def _object_changes(
    first: AccessSnapshot, second: AccessSnapshot, recreated: Collection[str]
) -> Iterator[DefinitionChange]:
    for securable in second.objects:
        if securable.kind is SecurableKind.SCHEMA and securable.schema == PUBLIC_SCHEMA:
            continue
        phrase = object_phrase(securable.kind, securable.schema, securable.name).partition(" ")
        label = f"{phrase[0].lower()} {phrase[2]}"
        held = first.find(securable.kind, securable.schema, securable.name)
        if held is None or phrase[2] in recreated:
            held = _new(securable, first.default_privileges)
        is_schema = securable.kind is SecurableKind.SCHEMA
        if held.owner != securable.owner and not securable.follows and not is_schema:
            statement = set_owner(securable, securable.owner)
            yield _access_change(f"{label}, owner", [statement])
        statements = list(_privileges(held, securable))
        if statements:
            yield _access_change(f"{label}, privileges", statements)


def _new(securable: Securable, defaults: Sequence[DefaultPrivileges]) -> Securable:
    """Return an object as it is when admin has just created it, by the default privileges."""
    owner = securable.owner if securable.kind is SecurableKind.SCHEMA else ADMIN_ROLE
    acl = default_acl(securable.kind, owner)
    concerned = [
        each
        for each in defaults
        if each.creator == owner and each.kind is _DEFAULTS_OF[securable.kind]
    ]
    for each in concerned:
        if not each.schema:
            acl = each.acl
    for each in concerned:
        if each.schema == securable.schema:
            acl = (*acl, *each.acl)
    return replace(securable, owner=owner, acl=acl, columns=(), has_default_acl=not concerned)


def _privileges(held: Securable, wanted: Securable) -> Iterator[str]:
    target = (wanted.kind, wanted.schema, wanted.name)
    # A change of owner gives the new one what the old one had.
    before = _held(held.acl, {held.owner: wanted.owner})
    after = _held(wanted.acl)
    for grantee in _grantees(before, after):
        for given in _steps(before, after, grantee, is_owner=grantee == wanted.owner):
            yield (
                revoke(given.rights, *target, grantee)
                if given.is_revoked
                else grant(given.rights, *target, grantee, grantable=given.grantable)
            )
    columns = {each.name: each for each in (*held.columns, *wanted.columns)}
    for name in columns:
        yield from _column_privileges(held, wanted, name)


def _column_privileges(held: Securable, wanted: Securable, name: str) -> Iterator[str]:
    target = (wanted.kind, wanted.schema, wanted.name)
    before, after = (_held(_column_acl(each.columns, name)) for each in (held, wanted))
    for grantee in _grantees(before, after):
        for given in _steps(before, after, grantee, is_owner=False):
            yield (
                revoke(given.rights, *target, grantee, columns=[name])
                if given.is_revoked
                else grant(
                    given.rights, *target, grantee, columns=[name], grantable=given.grantable
                )
            )


def _column_acl(columns: tuple[ColumnAcl, ...], name: str) -> Acl:
    return next((each.acl for each in columns if each.name == name), ())


def _default_changes(first: AccessSnapshot, second: AccessSnapshot) -> Iterator[DefinitionChange]:
    held = {(each.creator, each.schema, each.kind): each for each in first.default_privileges}
    wanted = {(each.creator, each.schema, each.kind): each for each in second.default_privileges}
    for key in sorted({*held, *wanted}):
        creator, schema, kind = key
        before, after = (_default_held(each.get(key), schema, kind) for each in (held, wanted))
        statements = [
            alter_default_privileges(
                given.rights,
                kind,
                grantee,
                creator=creator,
                schema=schema,
                revoked=given.is_revoked,
                grantable=given.grantable,
            )
            for grantee in _grantees(before, after)
            if grantee != creator
            for given in _steps(before, after, grantee, is_owner=False)
        ]
        if statements:
            where = f" in schema {quoted(schema)}" if schema else ""
            part = f"default privileges on {kind.lower()} of {quoted(creator)}{where}"
            yield _access_change(part, statements)


def _default_held(defaults: DefaultPrivileges | None, schema: str, kind: DefaultKind) -> Held:
    if defaults is not None:
        return _held(defaults.acl)
    usual = frozenset[Right]() if schema else _EVERYBODYS.get(kind, frozenset())
    return _held((AclItem(PUBLIC, "", usual),)) if usual else {}


def _held(acl: Acl, renamed: Mapping[str, str] | None = None) -> Held:
    held: dict[str, tuple[frozenset[Right], frozenset[Right]]] = {}
    for item in acl:
        grantee = (renamed or {}).get(item.grantee, item.grantee)
        rights, grantable = held.get(grantee, _NOTHING)
        held[grantee] = (rights | item.rights, grantable | item.grantable)
    return held


def _grantees(before: Held, after: Held) -> list[str]:
    return sorted({*before, *after}, key=lambda name: (name != PUBLIC, name))


class _AccessStep:
    """One GRANT or REVOKE."""

    def __init__(
        self, rights: frozenset[Right], *, is_revoked: bool = False, grantable: bool = False
    ) -> None:
        self.rights = rights
        self.is_revoked = is_revoked
        self.grantable = grantable


def _steps(before: Held, after: Held, grantee: str, *, is_owner: bool) -> Iterator[_AccessStep]:
    """Yield what turns the privileges of a grantee into those that it is to have.

    An owner may always grant: its grant options are not compared.
    """
    rights, grantable = before.get(grantee, _NOTHING)
    wanted, wanted_grantable = after.get(grantee, _NOTHING)
    if is_owner:
        grantable = wanted_grantable = frozenset()
    lost = (rights - wanted) | (grantable - wanted_grantable)
    if lost:
        yield _AccessStep(lost, is_revoked=True)
    kept = rights - lost
    if options := wanted_grantable - (grantable - lost):
        yield _AccessStep(options, grantable=True)
    if plain := wanted - kept - wanted_grantable:
        yield _AccessStep(plain)
