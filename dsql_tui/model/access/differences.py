"""The differences between the roles and grants of two clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsql_tui.model.access.acl import Acl, Right, grantee_name
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot

Facts = dict[tuple[str, str], str]
"""What is true of a subject: `("role app_ro", "IAM arn:…")` → a word, empty when being is all."""


@dataclass(frozen=True, slots=True)
class AccessDifference:
    """One difference between two clusters.

    Attributes:
        subject: The object or role that differs: `role app_ro`, `table public.orders`.
        fact: Which fact: `owner`, `granted to app_ro`.
        here: Its value on this side, `None` when it is not true here.
        there: Its value on the other side.
    """

    subject: str
    fact: str
    here: str | None
    there: str | None

    @property
    def line(self) -> str:
        """One line of text: `-` only here, `+` only there, `~` different."""
        changed = f"{self.subject}: {self.fact}"
        if self.there is None:
            return f"- {changed} {self.here}".rstrip()
        if self.here is None:
            return f"+ {changed} {self.there}".rstrip()
        return f"~ {changed} {self.here or '–'} → {self.there or '–'}"


def differences(here: AccessSnapshot, there: AccessSnapshot) -> tuple[AccessDifference, ...]:
    """Return the differences by subject, without what neither cluster's role could read."""
    ours, theirs = facts(here), facts(there)
    return tuple(
        AccessDifference(*key, ours.get(key), theirs.get(key))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    )


def facts(snapshot: AccessSnapshot) -> Facts:
    """Return everything that is compared; grantors and oids are not."""
    return dict(_facts(snapshot))


def _facts(snapshot: AccessSnapshot) -> Iterator[tuple[tuple[str, str], str]]:
    for role in snapshot.own_roles:
        words = ("LOGIN" if role.can_login else "NOLOGIN", *role.attributes)
        yield (f"role {role.name}", "attributes"), " ".join(words)
    for membership in snapshot.memberships:
        if not membership.is_implicit and not membership.member.startswith("pg_"):
            how = "inherits" if membership.inherits else "does not inherit"
            admin = ", may grant it" if membership.is_admin else ""
            yield (f"role {membership.member}", f"member of {membership.role}"), f"({how}{admin})"
    for mapping in snapshot.mappings:
        yield (f"role {mapping.role}", f"IAM {mapping.arn}"), ""
    for thing in snapshot.objects:
        is_schema = thing.kind is SecurableKind.SCHEMA
        subject = f"{thing.kind} {thing.label}"
        if not is_schema or thing.schema != "public":
            yield (subject, "owner"), thing.owner
        yield from _granted(subject, thing.acl)
        for column in thing.columns:
            yield from _granted(f"{subject} ({column.name})", column.acl)
    for defaults in snapshot.default_privileges:
        where = f" in {defaults.schema}" if defaults.schema else ""
        subject = f"{defaults.creator}'s new {defaults.kind.lower()}{where}"
        yield from _granted(subject, defaults.acl)


def _granted(subject: str, acl: Acl) -> Iterator[tuple[tuple[str, str], str]]:
    held: dict[str, set[str]] = {}
    for item in acl:
        words = held.setdefault(item.grantee, set())
        words.update(f"{right}*" if right in item.grantable else right for right in item.rights)
    order = list(Right)
    for grantee, words in held.items():
        ordered = sorted(words, key=lambda word: order.index(Right(word.rstrip("*"))))
        yield (subject, f"granted to {grantee_name(grantee)}"), ", ".join(ordered)
