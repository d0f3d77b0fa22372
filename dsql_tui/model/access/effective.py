"""The effective privileges of a role, and their sources.

The rules are PostgreSQL 16's (`acl.c`): a role holds what was granted to itself, to PUBLIC and to
every role whose privileges it inherits; an owner holds what its acl says, which is everything until
something was revoked; a superuser's privileges are not checked. Without I/O, and fast enough to be
called for each visible cell of a matrix: creating an `Access` takes one pass over the snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dsql_tui.model.access.acl import PUBLIC, RIGHTS_ON, Acl, AclItem, Right
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable

READ_ALL = "pg_read_all_data"
WRITE_ALL = "pg_write_all_data"
_PREDEFINED = {
    READ_ALL: frozenset({Right.SELECT}),
    WRITE_ALL: frozenset({Right.INSERT, Right.UPDATE, Right.DELETE}),
}
"""What these roles hold on every relation without any acl (PostgreSQL 16, 22.5)."""


class RightSourceKind(StrEnum):
    """The source of a privilege."""

    DIRECT = "direct"
    MEMBERSHIP = "membership"
    PUBLIC = "PUBLIC"
    OWNERSHIP = "ownership"
    DEFAULT = "default"
    SUPERUSER = "superuser"
    PREDEFINED = "predefined role"


@dataclass(frozen=True, slots=True)
class RightSource:
    """One source of a privilege.

    Attributes:
        kind: The sort of reason.
        chain: From the role itself to the one that holds it: `("app_ro", "reporting")`.
        grantor: Who granted it; empty if no grant was needed.
        grantable: It may be passed on.
        column: The one column it is about, or empty for the whole object.
    """

    kind: RightSourceKind
    chain: tuple[str, ...]
    grantor: str = ""
    grantable: bool = False
    column: str = ""

    @property
    def words(self) -> str:
        """The source for display: `reporting (membership)`."""
        match self.kind:
            case RightSourceKind.PUBLIC:
                return "PUBLIC"
            case RightSourceKind.DEFAULT:
                return "PUBLIC (default)"
            case RightSourceKind.SUPERUSER:
                return "superuser"
            case RightSourceKind.MEMBERSHIP | RightSourceKind.PREDEFINED:
                return f"{' → '.join(self.chain[1:] or self.chain)} ({self.kind})"
        through = f"{' → '.join(self.chain[1:])}, " if len(self.chain) > 1 else ""
        return f"{self.chain[0]} ({through}{self.kind})"


@dataclass(frozen=True, slots=True)
class Held:
    """One effective privilege with all its sources, the strongest first."""

    right: Right
    sources: tuple[RightSource, ...]


class Reach(StrEnum):
    """The extent of a privilege: the states of a cell of the matrix."""

    FULL = "yes"
    COLUMNS = "some columns"
    BLOCKED = "no USAGE on the schema"
    NONE = "no"


class Access:
    """Computes effective privileges from one snapshot."""

    def __init__(self, snapshot: AccessSnapshot) -> None:
        self.snapshot = snapshot
        self._inherited: dict[str, list[str]] = {}
        for membership in snapshot.memberships:
            if membership.inherits:
                self._inherited.setdefault(membership.member, []).append(membership.role)
        self._superusers = {role.name for role in snapshot.roles if role.is_superuser}
        self._schemas = {
            securable.schema: securable
            for securable in snapshot.objects
            if securable.kind is SecurableKind.SCHEMA
        }
        self._holders: dict[str, dict[str, tuple[str, ...]]] = {}
        self._reachable: dict[tuple[str, str], bool] = {}

    def holders(self, role: str) -> Mapping[str, tuple[str, ...]]:
        """Return every role whose privileges `role` has, itself first, with the shortest chain."""
        if role not in self._holders:
            paths: dict[str, tuple[str, ...]] = {role: (role,)}
            edge = [role]
            while edge:
                edge = [
                    group
                    for member in edge
                    for group in self._inherited.get(member, ())
                    if group not in paths and paths.setdefault(group, (*paths[member], group))
                ]
            self._holders[role] = paths
        return self._holders[role]

    def is_superuser(self, role: str) -> bool:
        """Whether a role is exempt from privilege checks."""
        return role in self._superusers

    def owns(self, role: str, securable: Securable) -> tuple[str, ...]:
        """Return the memberships through which `role` owns an object; empty if it does not."""
        return self.holders(role).get(securable.owner, ())

    def rights(self, role: str, securable: Securable) -> frozenset[Right]:
        """Return the privileges of `role` on a whole object, without checking its schema."""
        if role in self._superusers:
            return frozenset(RIGHTS_ON[securable.kind])
        granted = (item.rights for item, _ in self._applying(role, securable.acl))
        predefined = (rights for rights, _ in self._predefined(role, securable))
        return frozenset[Right]().union(*granted, *predefined)

    def effective(self, role: str, securable: Securable) -> tuple[Held, ...]:
        """Return every privilege of `role` on an object, its columns' too, with its sources."""
        by_right: dict[Right, list[RightSource]] = {}
        for right, source in self._sources(role, securable):
            by_right.setdefault(right, []).append(source)
        return tuple(
            Held(right, tuple(sorted(by_right[right], key=_strength)))
            for right in RIGHTS_ON[securable.kind]
            if right in by_right
        )

    def reaches(self, role: str, schema: str) -> bool:
        """Whether `role` has USAGE on a schema."""
        key = (role, schema)
        if key not in self._reachable:
            schema_securable = self._schemas.get(schema)
            self._reachable[key] = schema_securable is None or Right.USAGE in self.rights(
                role, schema_securable
            )
        return self._reachable[key]

    def reach(self, role: str, securable: Securable, right: Right) -> Reach:
        """Return the extent of one privilege, for a cell of the matrix."""
        if right in self.rights(role, securable):
            held = Reach.FULL
        elif self.columns(role, securable, right):
            held = Reach.COLUMNS
        else:
            return Reach.NONE
        if securable.kind is SecurableKind.SCHEMA or self.reaches(role, securable.schema):
            return held
        return Reach.BLOCKED

    def columns(self, role: str, securable: Securable, right: Right) -> tuple[str, ...]:
        """Return the columns for which alone `role` has a privilege."""
        return tuple(
            column.name
            for column in securable.columns
            if any(right in item.rights for item, _ in self._applying(role, column.acl))
        )

    def _applying(self, role: str, acl: Acl) -> Iterator[tuple[AclItem, tuple[str, ...]]]:
        """Yield the items that `role` holds, each with the memberships through which it does."""
        holders = self.holders(role)
        for item in acl:
            chain = (role,) if item.grantee == PUBLIC else holders.get(item.grantee)
            if chain:
                yield item, chain

    def _sources(self, role: str, securable: Securable) -> Iterator[tuple[Right, RightSource]]:
        if role in self._superusers:
            for right in RIGHTS_ON[securable.kind]:
                yield right, RightSource(RightSourceKind.SUPERUSER, (role,), grantable=True)
            return
        yield from self._listed(role, securable, securable.acl)
        for column in securable.columns:
            yield from self._listed(role, securable, column.acl, column.name)
        for rights, chain in self._predefined(role, securable):
            for right in rights:
                yield right, RightSource(RightSourceKind.PREDEFINED, chain)

    def _listed(
        self, role: str, securable: Securable, acl: Acl, column: str = ""
    ) -> Iterator[tuple[Right, RightSource]]:
        for item, chain in self._applying(role, acl):
            kind = RightSourceKind.MEMBERSHIP if len(chain) > 1 else RightSourceKind.DIRECT
            if item.grantee == PUBLIC:
                is_default = securable.has_default_acl
                kind = RightSourceKind.DEFAULT if is_default else RightSourceKind.PUBLIC
            elif item.grantee == securable.owner and not column:
                kind = RightSourceKind.OWNERSHIP
            for right in item.rights:
                grantable = kind is RightSourceKind.OWNERSHIP or right in item.grantable
                yield right, RightSource(kind, chain, item.grantor, grantable, column)

    def _predefined(
        self, role: str, securable: Securable
    ) -> Iterator[tuple[frozenset[Right], tuple[str, ...]]]:
        """Yield what `role` holds through predefined roles, with its memberships in them."""
        for name, on_relations in _PREDEFINED.items():
            if chain := self.holders(role).get(name):
                rights = on_relations.intersection(RIGHTS_ON[securable.kind])
                is_schema = securable.kind is SecurableKind.SCHEMA
                yield frozenset({Right.USAGE}) if is_schema else rights, chain


_ORDER = (
    RightSourceKind.SUPERUSER,
    RightSourceKind.DIRECT,
    RightSourceKind.MEMBERSHIP,
    RightSourceKind.PUBLIC,
    RightSourceKind.DEFAULT,
    RightSourceKind.PREDEFINED,
)


def _strength(source: RightSource) -> tuple[bool, int, int, str]:
    """Order reasons: the whole object before a column, one's own before another's.

    Owning is a membership in the owner, the shortest if it is one's own.
    """
    is_owned = source.kind is RightSourceKind.OWNERSHIP
    kind = RightSourceKind.MEMBERSHIP if is_owned else source.kind
    return (bool(source.column), _ORDER.index(kind), len(source.chain), source.column)
