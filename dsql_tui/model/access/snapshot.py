"""The roles, memberships, mappings, objects and acls of one cluster, read together.

A value that only offers look-ups; `model/access/effective.py` computes the effective privileges.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.access.acl import Acl
from dsql_tui.model.access.role import IamMapping, Role, SecurableKind


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership of `member` in `role`.

    Attributes:
        member: Who belongs to it.
        role: To what it belongs.
        inherits: It has the role's privileges without SET ROLE (PostgreSQL 16, INHERIT).
        is_admin: It may grant the role to others (ADMIN OPTION).
        is_implicit: Nobody granted it: the database owner's in `pg_database_owner`.
    """

    member: str
    role: str
    inherits: bool = True
    is_admin: bool = False
    is_implicit: bool = False


@dataclass(frozen=True, slots=True)
class ColumnAcl:
    """The acl of one column."""

    name: str
    acl: Acl


@dataclass(frozen=True, slots=True)
class Securable:
    """A schema, relation or function with its owner and acl.

    Attributes:
        kind: The kind of object.
        schema: Its schema; a schema's own name.
        name: Its name, a function's with its types: `f(integer, text)`; empty for a schema.
        owner: Role that owns it.
        acl: What was granted; what holds by default while `has_default_acl`.
        has_default_acl: Nothing was granted or revoked since it was made.
        columns: Columns on which something was granted.
        column_names: All columns of a relation, in their order; empty if they could not be read.
        follows: The table that a sequence of an identity column belongs to, or empty: its owner
            changes with the table's.
    """

    kind: SecurableKind
    schema: str
    name: str
    owner: str
    acl: Acl
    has_default_acl: bool = False
    columns: tuple[ColumnAcl, ...] = ()
    follows: str = ""
    column_names: tuple[str, ...] = ()

    @property
    def is_relation(self) -> bool:
        """Whether rows can be read from it."""
        return self.kind in {SecurableKind.TABLE, SecurableKind.VIEW}

    @property
    def label(self) -> str:
        """The name for display, not quoted for SQL."""
        return f"{self.schema}.{self.name}" if self.name else self.schema


class DefaultKind(StrEnum):
    """The kinds of objects in ALTER DEFAULT PRIVILEGES, by their keywords."""

    TABLES = "TABLES"
    SEQUENCES = "SEQUENCES"
    FUNCTIONS = "FUNCTIONS"
    TYPES = "TYPES"
    SCHEMAS = "SCHEMAS"


@dataclass(frozen=True, slots=True)
class DefaultPrivileges:
    """The privileges on future objects of `creator`.

    Attributes:
        creator: Whose new objects.
        schema: In which schema; empty for all.
        kind: Which sort of objects.
        acl: What they get; without a schema it replaces the built-in default, with one it adds.
    """

    creator: str
    schema: str
    kind: DefaultKind
    acl: Acl


@dataclass(frozen=True, slots=True)
class AccessSnapshot:
    """All roles and grants of a cluster as visible to one role.

    Attributes:
        reader: The role it was read as.
        roles: `admin` first, then by name; PostgreSQL's own (`pg_…`) are among them.
        memberships: By member, then role.
        mappings: IAM principals by ARN.
        objects: Schemas, tables, views, sequences and functions by schema, kind and name, without
            those of the system.
        default_privileges: By creator, schema and kind.
        notes: What could not be read and why, a sentence each.
    """

    reader: str
    roles: tuple[Role, ...]
    memberships: tuple[Membership, ...] = ()
    mappings: tuple[IamMapping, ...] = ()
    objects: tuple[Securable, ...] = ()
    default_privileges: tuple[DefaultPrivileges, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def own_roles(self) -> tuple[Role, ...]:
        """The roles created by users, and `admin`, without PostgreSQL's predefined ones."""
        return tuple(role for role in self.roles if not role.is_predefined)

    @property
    def relations(self) -> tuple[Securable, ...]:
        """Tables and views, the rows of the matrix."""
        return tuple(securable for securable in self.objects if securable.is_relation)

    def role(self, name: str) -> Role | None:
        """Return the role with a name."""
        return next((role for role in self.roles if role.name == name), None)

    def mappings_of(self, role: str) -> tuple[IamMapping, ...]:
        """Return the IAM principals mapped to `role`."""
        return tuple(mapping for mapping in self.mappings if mapping.role == role)

    def groups_of(self, role: str) -> tuple[Membership, ...]:
        """Return the direct memberships of `role`."""
        return tuple(membership for membership in self.memberships if membership.member == role)

    def members_of(self, role: str) -> tuple[Membership, ...]:
        """Return the direct members of `role`."""
        return tuple(membership for membership in self.memberships if membership.role == role)

    def owned_by(self, role: str) -> tuple[Securable, ...]:
        """Return the objects `role` owns."""
        return tuple(securable for securable in self.objects if securable.owner == role)

    def find(self, kind: SecurableKind, schema: str, name: str = "") -> Securable | None:
        """Return the object with a kind and name; tables and views are interchangeable."""
        relation = {SecurableKind.TABLE, SecurableKind.VIEW}
        kinds = relation if kind in relation else {kind}
        return next(
            (
                securable
                for securable in self.objects
                if securable.schema == schema and securable.name == name and securable.kind in kinds
            ),
            None,
        )
