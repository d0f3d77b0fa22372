"""Changes of several statements: grant templates, and dropping a role with its dependencies.

Each plan is a list of statements, each run in its own transaction. If one is refused, the previous
ones stay committed, so the order is such that stopping at any point is safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsql_tui.errors import InputError
from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, DefaultKind, Securable
from dsql_tui.model.access.why import PUBLIC_SCHEMA
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.access.grants import (
    alter_default_privileges,
    check_changeable,
    grant,
    grant_role,
    on_all,
    revoke,
    revoke_role,
    set_owner,
    unmap_iam,
)
from dsql_tui.sql.lexing.names import quoted


def read_only(role: str, schema: str, creators: Sequence[str] = ()) -> list[str]:
    """Return the grants for reading a schema, including tables created later."""
    return _on_rows(role, schema, (Right.SELECT,), (), creators)


def read_write(role: str, schema: str, creators: Sequence[str] = ()) -> list[str]:
    """Return the grants for reading and changing rows and using sequences."""
    rows = (Right.SELECT, Right.INSERT, Right.UPDATE, Right.DELETE)
    return _on_rows(role, schema, rows, (Right.USAGE,), creators)


def migration(role: str, schema: str) -> list[str]:
    """Return the grants for creating tables in a schema.

    Raises:
        InputError: For `public`, where DSQL lets admin alone create.
    """
    if schema == PUBLIC_SCHEMA:
        raise InputError(
            "In schema public only admin can create tables.",
            remedy="Create a schema for the application and select it.",
        )
    return [grant([Right.USAGE, Right.CREATE], SecurableKind.SCHEMA, schema, "", role)]


def _on_rows(
    role: str,
    schema: str,
    on_tables: Sequence[Right],
    on_sequences: Sequence[Right],
    creators: Sequence[str],
) -> list[str]:
    statements = []
    if schema != PUBLIC_SCHEMA:
        statements.append(grant([Right.USAGE], SecurableKind.SCHEMA, schema, "", role))
    wanted = ((on_tables, DefaultKind.TABLES), (on_sequences, DefaultKind.SEQUENCES))
    statements += [on_all(rights, kind, schema, role) for rights, kind in wanted if rights]
    statements += [
        alter_default_privileges(rights, kind, role, creator=creator, schema=schema)
        for creator in creators
        for rights, kind in wanted
        if rights
    ]
    return statements


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """One statement of a plan and its reason."""

    statement: str
    reason: str


def drop_role(access: Access, role: str, *, heir: str = ADMIN_ROLE) -> list[PlannedStatement]:
    """Return the statements that must run before a role can be dropped, and the DROP ROLE.

    DSQL is not known to accept REASSIGN OWNED or DROP OWNED, so each object is named.

    Args:
        access: The roles, grants and objects of the cluster.
        role: The role to drop.
        heir: The role that becomes the owner of its objects.

    Raises:
        InputError: For `admin` and PostgreSQL's own roles.
    """
    check_changeable(role)
    snapshot = access.snapshot
    steps = [
        PlannedStatement(unmap_iam(role, mapping.arn), f"{mapping.arn} may connect as it")
        for mapping in snapshot.mappings_of(role)
    ]
    owned = [securable for securable in snapshot.owned_by(role) if not securable.follows]
    makes = [defaults for defaults in snapshot.default_privileges if defaults.creator == role]
    may_give_away = role in access.holders(snapshot.reader) or access.is_superuser(snapshot.reader)
    if (owned or makes) and not may_give_away:
        reason = "required to change the owner"
        steps.append(PlannedStatement(grant_role(role, snapshot.reader), reason))
    steps += [
        PlannedStatement(set_owner(securable, heir), f"it owns {securable.label}")
        for securable in owned
    ]
    steps += _default_steps(snapshot, role)
    for securable in snapshot.objects:
        if securable.owner != role:
            steps += _revokes(securable, role)
    steps += [
        PlannedStatement(
            revoke_role(role, membership.member), f"{membership.member} is a member of it"
        )
        for membership in snapshot.members_of(role)
        if membership.member != snapshot.reader
    ]
    return [*steps, PlannedStatement(f"DROP ROLE {quoted(role)}", "nothing depends on it")]


def _revokes(securable: Securable, role: str) -> list[PlannedStatement]:
    """Return the statements that revoke all of a role's grants on an object and keep others'
    grants.

    Privileges that the role has granted to others are revoked with its own, so they are granted to
    them again.
    """
    if securable.kind is SecurableKind.SCHEMA and securable.schema == PUBLIC_SCHEMA:
        return []
    target = (securable.kind, securable.schema, securable.name)
    acls = [((), securable.acl), *(((column.name,), column.acl) for column in securable.columns)]
    taken: dict[str, PlannedStatement] = {}
    given: dict[str, PlannedStatement] = {}
    for columns, acl in acls:
        passed = [item for item in acl if item.grantor == role and item.grantee != role]
        for item in acl:
            if item.grantee == role:
                statement = revoke(
                    item.rights, *target, role, columns=columns, cascade=bool(passed)
                )
                taken[statement] = PlannedStatement(
                    statement, f"it was granted rights on {securable.label}"
                )
        for item in passed:
            regrant = grant(item.rights, *target, item.grantee, columns=columns)
            given[regrant] = PlannedStatement(
                regrant, f"{role} had granted it; it would go with {role}"
            )
    return [*taken.values(), *given.values()]


def _default_steps(snapshot: AccessSnapshot, role: str) -> list[PlannedStatement]:
    """Return what removes a role from default privileges: as creator and as grantee."""
    steps: list[PlannedStatement] = []
    for defaults in snapshot.default_privileges:
        for item in defaults.acl:
            if role in {defaults.creator, item.grantee} and item.grantee != defaults.creator:
                statement = alter_default_privileges(
                    item.rights,
                    defaults.kind,
                    item.grantee,
                    creator=defaults.creator,
                    schema=defaults.schema,
                    revoked=True,
                )
                where = f" in {defaults.schema}" if defaults.schema else ""
                reason = (
                    f"default privileges on {defaults.creator}'s {defaults.kind.lower()}{where}"
                )
                steps.append(PlannedStatement(statement, reason))
    return steps
