"""Explains why a role may or may not do something, with the least grants that are missing.

The question is a `Need` (one privilege on one object) or the relations and columns that a statement
uses. The answer comes from one snapshot, so it is valid for the time of the snapshot and only for
what could be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from dsql_tui.model.access.acl import COLUMN_RIGHTS, Right
from dsql_tui.model.access.effective import Access, RightSource, RightSourceKind
from dsql_tui.model.access.policy import connect_action
from dsql_tui.model.access.role import IamMapping, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Securable
from dsql_tui.model.endpoint import ADMIN_ROLE

PUBLIC_SCHEMA = "public"
"""DSQL's own schema: rights on it cannot be changed (0A000, feature not supported on system
entity), and roles other than admin cannot be given CREATE there."""


@dataclass(frozen=True, slots=True)
class Need:
    """A privilege that an action requires.

    Attributes:
        kind: Kind of object.
        schema: The object's schema.
        name: The object's name, empty for a schema.
        right: Which privilege; `None` is owning the object, as ALTER and DROP ask.
        columns: On these columns only; empty for the whole object.
    """

    kind: SecurableKind
    schema: str
    name: str
    right: Right | None
    columns: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The object for display."""
        return f"{self.schema}.{self.name}" if self.name else f"schema {self.schema}"

    @property
    def words(self) -> str:
        """The requirement for display: `SELECT on public.orders`."""
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return (
            f"{self.right}{columns} on {self.label}" if self.right else f"ownership of {self.label}"
        )


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """Whether one requirement is met, and why.

    Attributes:
        role: The role in question.
        need: The privilege in question.
        allowed: Whether the server would allow it.
        sources: Why the privilege is held; may be filled although it is blocked by the schema.
        missing: The least grants that are missing; empty if it is allowed.
        owner: Who owns the object: who, besides admin, can grant it.
        note: Further information in one sentence, or empty.
    """

    role: str
    need: Need
    allowed: bool
    sources: tuple[RightSource, ...] = ()
    missing: tuple[Need, ...] = ()
    owner: str = ""
    note: str = ""


def explain(access: Access, role: str, need: Need) -> AccessAnswer:
    """Return whether `role` has the required privileges, why, and what is missing."""
    securable = access.snapshot.find(need.kind, need.schema, need.name)
    if securable is None:
        return AccessAnswer(role, need, allowed=False, note=f"{need.label} does not exist.")
    if need.right is None:
        return _explain_ownership(access, role, need, securable)
    whole = [held for held in access.effective(role, securable) if held.right is need.right]
    sources = whole[0].sources if whole else ()
    full = tuple(source for source in sources if not source.column)
    granted = {source.column for source in sources}
    on_columns = bool(need.columns) and set(need.columns) <= granted
    held = bool(full) or on_columns
    missing: list[Need] = []
    notes: list[str] = []
    if securable.kind is not SecurableKind.SCHEMA and not access.reaches(role, securable.schema):
        missing.append(Need(SecurableKind.SCHEMA, securable.schema, "", Right.USAGE))
        if held:
            notes.append(
                f"The privilege is granted, but USAGE on schema {securable.schema} is missing."
            )
    if not held:
        lacking = tuple(name for name in need.columns if name not in granted)
        missing.append(Need(securable.kind, securable.schema, securable.name, need.right, lacking))
        if sources and not need.columns:
            names = ", ".join(dict.fromkeys(source.column for source in sources))
            notes.append(f"Only on the columns {names}.")
    if any(item.schema == PUBLIC_SCHEMA and not item.name for item in missing):
        notes.append(
            "DSQL does not allow changing privileges on schema public. Use another schema."
        )
    if securable.kind is SecurableKind.FUNCTION:
        notes.append(
            "The statements inside the function need further privileges, which are not "
            "checked here."
        )
    used = full or tuple(source for source in sources if source.column in need.columns)
    return AccessAnswer(
        role, need, not missing, used or sources, tuple(missing), securable.owner, " ".join(notes)
    )


def _explain_ownership(access: Access, role: str, need: Need, securable: Securable) -> AccessAnswer:
    chain = access.owns(role, securable)
    if access.is_superuser(role):
        return AccessAnswer(
            role,
            need,
            True,
            (RightSource(RightSourceKind.SUPERUSER, (role,)),),
            (),
            securable.owner,
        )
    if chain:
        return AccessAnswer(
            role, need, True, (RightSource(RightSourceKind.OWNERSHIP, chain),), (), securable.owner
        )
    note = f"The owner is {securable.owner}. Its members can do this too."
    if securable.owner == ADMIN_ROLE:
        note = f"The owner is {ADMIN_ROLE}. Connect as {ADMIN_ROLE}, or change the owner."
    return AccessAnswer(role, need, False, (), (need,), securable.owner, note)


class UseKind(StrEnum):
    """The objects of a statement."""

    RELATION = "relation"
    SCHEMA = "schema"
    SEQUENCE = "sequence"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Use:
    """An object of a statement and the privileges it requires.

    Attributes:
        kind: The kind of object.
        parts: Its name as written, without case folded away: `("public", "orders")`.
        right: The privilege; `None` is owning it.
        columns: On which columns; none of them in particular if empty, on the whole if `None`.
        alternatives: Privileges that would be enough as well.
        arguments: How many a function is called with.
    """

    kind: UseKind
    parts: tuple[str, ...]
    right: Right | None
    columns: tuple[str, ...] | None = None
    alternatives: tuple[Right, ...] = ()
    arguments: int = 0


def explain_uses(access: Access, role: str, uses: Sequence[Use]) -> tuple[AccessAnswer, ...]:
    """Return the explanation for everything a statement uses, each object and privilege once."""
    merged: dict[Need, list[Use]] = {}
    for use in uses:
        for need in _needs(access, role, use):
            merged.setdefault(need, []).append(use)
    return tuple(
        explain(access, role, replace(need, columns=_columns(access, role, need, columns)))
        for need, columns in merged.items()
    )


def columns_of(access: Access, role: str, parts: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the columns of a relation as `role` resolves its name; `None` if it cannot."""
    table = _find(access, role, SecurableKind.TABLE, parts)
    return table.column_names or None if table else None


def _needs(access: Access, role: str, use: Use) -> list[Need]:
    """Return what a use needs, of functions of one name each that it may call."""
    if use.kind is UseKind.SCHEMA:
        return [Need(SecurableKind.SCHEMA, use.parts[-1] if use.parts else "", "", use.right)]
    if use.kind is UseKind.FUNCTION:
        called = _functions(access, role, use)
        return [Need(each.kind, each.schema, each.name, use.right) for each in called]
    kind = SecurableKind.SEQUENCE if use.kind is UseKind.SEQUENCE else SecurableKind.TABLE
    securable = _find(access, role, kind, use.parts, any_kind=use.right is None)
    if securable is None:
        schema = use.parts[-2] if len(use.parts) > 1 else PUBLIC_SCHEMA
        return [Need(kind, schema, use.parts[-1], use.right)]
    held = access.rights(role, securable)
    right = next((each for each in use.alternatives if each in held), use.right)
    return [
        Need(
            securable.kind,
            securable.schema,
            securable.name,
            use.right if use.right in held else right,
        )
    ]


def _columns(access: Access, role: str, need: Need, uses: Sequence[Use]) -> tuple[str, ...]:
    """Return the columns that a need is about, in the relation's order; empty for the whole."""
    table = access.snapshot.find(need.kind, need.schema, need.name)
    wanted = [use.columns for use in uses]
    if table is None or need.right not in COLUMN_RIGHTS or None in wanted:
        return ()
    named = {name for columns in wanted for name in columns or ()}
    if named:
        return tuple(name for name in table.column_names if name in named)
    # Any column will do: one on which it is held, else the first.
    return (access.columns(role, table, need.right) or table.column_names)[:1]


def _path(access: Access, role: str, parts: tuple[str, ...]) -> list[str]:
    """Return the schemas in which a name is looked for, those that can be entered first.

    The search path every session begins with is "$user", public; what cannot be entered is skipped.
    """
    schemas = [parts[-2]] if len(parts) > 1 else [role, PUBLIC_SCHEMA]
    return sorted(schemas, key=lambda schema: not access.reaches(role, schema))


def _find(
    access: Access,
    role: str,
    kind: SecurableKind,
    parts: tuple[str, ...],
    *,
    any_kind: bool = False,
) -> Securable | None:
    for schema in _path(access, role, parts):
        securable = access.snapshot.find(kind, schema, parts[-1])
        if securable is None and any_kind:
            securable = _any_kind(access.snapshot, schema, parts[-1])
        if securable is not None:
            return securable
    return None


def _functions(access: Access, role: str, use: Use) -> list[Securable]:
    """Return the functions of people that a call may mean: by its name and number of arguments."""
    for schema in _path(access, role, use.parts):
        named = [
            securable
            for securable in access.snapshot.objects
            if securable.kind is SecurableKind.FUNCTION
            and (securable.schema, securable.name.rpartition("(")[0]) == (schema, use.parts[-1])
        ]
        if named:
            fitting = [each for each in named if _arguments(each) == use.arguments]
            return fitting or named
    return []


def _arguments(function: Securable) -> int:
    types = function.name.rpartition("(")[2].removesuffix(")")
    return types.count(",") + 1 if types else 0


def _any_kind(snapshot: AccessSnapshot, schema: str, name: str) -> Securable | None:
    return next(
        (
            securable
            for securable in snapshot.objects
            if (securable.schema, securable.name) == (schema, name)
        ),
        None,
    )


ROW_RIGHTS = (Right.SELECT, Right.INSERT, Right.UPDATE, Right.DELETE)
"""What the matrix shows of each relation."""


@dataclass(frozen=True, slots=True)
class PrincipalAnswer:
    """The roles an IAM principal may assume.

    Attributes:
        arn: The principal as it is mapped: of an assumed role's session, the role's.
        mappings: The roles it may connect as.
        actions: Role → IAM action that must be allowed on the cluster besides, `admin` included.
    """

    arn: str
    mappings: tuple[IamMapping, ...]
    actions: dict[str, str]


def principal_of(arn: str) -> str:
    """Return the ARN to map for a caller: that of the role for an assumed-role session.

    sts drops a role's path, so a mapped `role/team/reader` shows as `assumed-role/reader/…`.
    """
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        role = parts[5].split("/")[1]
        return ":".join((*parts[:2], "iam", "", parts[4], f"role/{role}"))
    return arn


def explain_principal(snapshot: AccessSnapshot, arn: str) -> PrincipalAnswer:
    """Return the roles an IAM principal may connect as, and the IAM actions needed.

    `admin` needs no mapping: `dsql:DbConnectAdmin` is all.
    """
    principal = principal_of(arn)
    mappings = tuple(
        mapping
        for mapping in snapshot.mappings
        if mapping.arn == principal or _same_role(mapping.arn, principal)
    )
    roles = [ADMIN_ROLE, *(mapping.role for mapping in mappings)]
    return PrincipalAnswer(principal, mappings, {role: connect_action(role) for role in roles})


def _same_role(mapped: str, wanted: str) -> bool:
    """Whether a mapped role with a path is the one whose session has lost the path."""
    head, _, path = mapped.partition(":role/")
    wanted_head, _, name = wanted.partition(":role/")
    return bool(path) and head == wanted_head and "/" not in name and path.split("/")[-1] == name
