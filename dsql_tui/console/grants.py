"""A role's privileges, folded into one row for each object: what, and through whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dsql_tui.model.role import Privilege, SecurableKind

COLUMNS = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""Privileges with a column of their own; the others share one."""
DIRECT, INHERITED, NONE = "●", "○", "–"


@dataclass(frozen=True, slots=True)
class GrantRow:
    """What a role may do with one object.

    Attributes:
        kind: Kind of object.
        name: With its schema.
        marks: One glyph for each of `COLUMNS`.
        others: Further privileges, in words.
        through: Through whom: `app_ro (direct)`, `reporting (membership)`, `PUBLIC`, `owner`.
    """

    kind: SecurableKind
    name: str
    marks: tuple[str, ...]
    others: str
    through: str


def grant_rows(role: str, privileges: Iterable[Privilege]) -> list[GrantRow]:
    """Return one row for each object, schemas first, then by name."""
    kinds = list(SecurableKind)
    ordered = sorted(privileges, key=lambda each: (kinds.index(each.kind), each.schema, each.name))
    return [
        _row(role, kind, schema, name, list(held))
        for (kind, schema, name), held in groupby(
            ordered, key=lambda each: (each.kind, each.schema, each.name)
        )
    ]


def _row(role: str, kind: SecurableKind, schema: str, name: str, held: list[Privilege]) -> GrantRow:
    direct = {each.privilege for each in held if each.grantee == role}
    granted = {each.privilege for each in held}
    marks = tuple(
        DIRECT if column in direct else INHERITED if column in granted else NONE
        for column in COLUMNS
    )
    grantable = {each.privilege for each in held if each.grantable and not each.is_owner}
    others = [
        f"{each}*" if each in grantable else each for each in sorted(granted.difference(COLUMNS))
    ]
    sources = dict.fromkeys(_source(role, each) for each in held)
    shown = name if kind is SecurableKind.SCHEMA else f"{schema}.{name}"
    return GrantRow(kind, shown, marks, ", ".join(others), ", ".join(sources))


def _source(role: str, privilege: Privilege) -> str:
    if privilege.is_owner:
        return "owner" if privilege.grantee == role else f"{privilege.grantee} (owner)"
    if privilege.grantee == role:
        return f"{role} (direct)"
    if privilege.grantee == "PUBLIC":
        return "PUBLIC"
    return f"{privilege.grantee} (membership)"
