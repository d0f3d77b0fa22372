"""Database roles, the IAM principals mapped to them, and kinds of objects."""

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
        attributes: Other attributes that are set, in PostgreSQL's words (`CREATEROLE`).
    """

    oid: int
    name: str
    can_login: bool
    attributes: tuple[str, ...] = ()

    @property
    def is_admin(self) -> bool:
        """Whether it is the admin role, which cannot be altered or dropped in DSQL."""
        return self.name == ADMIN_ROLE

    @property
    def is_predefined(self) -> bool:
        """Whether it is predefined by PostgreSQL and cannot be changed."""
        return not self.is_admin and (self.name.startswith("pg_") or self.oid < FIRST_UNPINNED_OID)

    @property
    def can_connect(self) -> bool:
        """Whether it is a role for sessions: `admin`, or one that can be mapped to IAM."""
        return self.can_login and not self.is_predefined

    @property
    def is_superuser(self) -> bool:
        """Whether it is exempt from privilege checks."""
        return "SUPERUSER" in self.attributes


@dataclass(frozen=True, slots=True)
class IamMapping:
    """A row of `sys.iam_pg_role_mappings`: the principal `arn` may connect as `role`."""

    arn: str
    role: str
    grantor: str


class SecurableKind(StrEnum):
    """A kind of object with privileges."""

    SCHEMA = "schema"
    TABLE = "table"
    VIEW = "view"
    SEQUENCE = "sequence"
    FUNCTION = "function"
