"""Database roles, the IAM principals that may become them, and what they may touch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.endpoint import ADMIN_ROLE

FIRST_UNPINNED_OID = 12_000
"""Below it are the roles a database is born with (PostgreSQL's `FirstUnpinnedObjectId`); `admin`,
which DSQL makes, has 15579."""


@dataclass(frozen=True, slots=True)
class Role:
    """A database role.

    Attributes:
        oid: `pg_roles.oid`.
        name: Unquoted.
        can_login: LOGIN; only such a role can be mapped to IAM.
        member_of: Roles it is a direct member of, sorted.
        attributes: Other attributes that are set, in PostgreSQL's words (`CREATEROLE`).
    """

    oid: int
    name: str
    can_login: bool
    member_of: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Whether it is the role DSQL lets nobody alter or drop."""
        return self.name == ADMIN_ROLE

    @property
    def is_predefined(self) -> bool:
        """Whether it is PostgreSQL's own, nobody's to change."""
        return not self.is_admin and (self.name.startswith("pg_") or self.oid < FIRST_UNPINNED_OID)

    @property
    def is_superuser(self) -> bool:
        """Whether no privilege is ever asked of it."""
        return "SUPERUSER" in self.attributes


@dataclass(frozen=True, slots=True)
class IamMapping:
    """A row of `sys.iam_pg_role_mappings`: the principal `arn` may connect as `role`."""

    arn: str
    role: str
    grantor: str


class SecurableKind(StrEnum):
    """What a privilege is held on."""

    SCHEMA = "schema"
    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Privilege:
    """One privilege a role holds on one object.

    Attributes:
        kind: Kind of object.
        schema: The object's schema; for a schema its own name.
        name: The object's name (a function's with its argument types); for a schema its own name.
        privilege: `SELECT`, `USAGE`, …
        grantee: Through whom it is held: the role itself, one it is member of, or `PUBLIC`.
        is_owner: Held by owning the object rather than by a grant.
        grantable: WITH GRANT OPTION.
    """

    kind: SecurableKind
    schema: str
    name: str
    privilege: str
    grantee: str
    is_owner: bool = False
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class RoleCatalog:
    """Roles and mappings of one cluster, read in one go.

    Attributes:
        roles: Sorted by name, `admin` first.
        mappings: Sorted by ARN; empty with `mappings_note` set when they cannot be read.
        mappings_note: Why mappings are missing, or empty.
    """

    roles: tuple[Role, ...]
    mappings: tuple[IamMapping, ...] = ()
    mappings_note: str = ""

    def mappings_of(self, role: str) -> tuple[IamMapping, ...]:
        """Return the IAM principals that may connect as `role`."""
        return tuple(mapping for mapping in self.mappings if mapping.role == role)
