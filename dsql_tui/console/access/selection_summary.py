"""The summary of the selected role, principal or object above the table."""

from __future__ import annotations

from textual.content import Content

from dsql_tui.console.access.rows import LEGEND
from dsql_tui.console.access.tree import Principal
from dsql_tui.console.shared.keys import with_keys
from dsql_tui.model.access.acl import PUBLIC, grantee_name
from dsql_tui.model.access.role import Role, SecurableKind
from dsql_tui.model.access.snapshot import AccessSnapshot, Membership, Securable
from dsql_tui.model.access.why import explain_principal
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.span import count

OWNED_SHOWN = 3
"""Owned objects that are named; of more, how many there are."""


def about_role(snapshot: AccessSnapshot, role: Role) -> Content:
    """Return attributes, memberships, owned objects and IAM principals of a role."""
    words = ["LOGIN" if role.can_login else "NOLOGIN", *role.attributes]
    groups = [_group(membership) for membership in snapshot.groups_of(role.name)]
    members = [membership.member for membership in snapshot.members_of(role.name)]
    words.append(f"member of {', '.join(groups)}" if groups else "member of no role")
    if members:
        words.append(f"members {', '.join(members)}")
    words.append(_owned(snapshot, role.name))
    lines = [Content(" · ".join(words))]
    lines += [
        _field("IAM", mapping.arn, f"granted by {mapping.grantor}")
        for mapping in snapshot.mappings_of(role.name)
    ]
    if not snapshot.mappings_of(role.name):
        lines.append(_field("IAM", "", _no_mapping(snapshot, role)))
    lines += _defaults(snapshot, role.name)
    return _joined(lines, snapshot)


def about_public(snapshot: AccessSnapshot) -> Content:
    """Return a description of PUBLIC."""
    words = "Privileges of PUBLIC apply to every role, present and future."
    return _joined([Content(words), *_defaults(snapshot, PUBLIC)], snapshot)


def about_principal(snapshot: AccessSnapshot, principal: Principal) -> Content:
    """Return which roles a principal may assume, and which IAM permission it also needs."""
    answer = explain_principal(snapshot, principal.arn)
    lines = [Content(principal.arn)]
    lines += [
        _field(
            "role",
            mapping.role,
            f"needs {answer.actions[mapping.role]} · granted by {mapping.grantor}",
        )
        for mapping in principal.mappings
    ]
    lines.append(_field("", ADMIN_ROLE, "needs dsql:DbConnectAdmin, no mapping"))
    return _joined(lines, snapshot)


def about_object(snapshot: AccessSnapshot, securable: Securable) -> Content:
    """Return the kind and owner of an object."""
    words = [securable.kind.value, f"owned by {securable.owner}"]
    if securable.follows:
        words.append(f"identity sequence of {securable.follows}")
    if securable.has_default_acl:
        words.append("default privileges")
    lines = [Content(" · ".join(words))]
    for column in securable.columns:
        given = "; ".join(
            f"{', '.join(sorted(item.rights))} to {grantee_name(item.grantee)}"
            for item in column.acl
        )
        lines.append(_field("column", column.name, given))
    return _joined(lines, snapshot)


def _joined(lines: list[Content], snapshot: AccessSnapshot) -> Content:
    lines += [Content.styled(note, "$warning") for note in snapshot.notes]
    return Content("\n").join([*lines, Content.styled(LEGEND, "$muted")])


def _field(name: str, value: str, more: str) -> Content:
    gap = "   " if value else ""
    return Content.assemble((f"{name:<8}", "$muted"), (value, "$text"), (f"{gap}{more}", "$muted"))


def _group(membership: Membership) -> str:
    words = [] if membership.inherits else ["no inherit"]
    words += ["admin option"] if membership.is_admin else []
    return f"{membership.role} ({', '.join(words)})" if words else membership.role


def _owned(snapshot: AccessSnapshot, role: str) -> str:
    owned = snapshot.owned_by(role)
    if not owned:
        return "owns nothing"
    if len(owned) <= OWNED_SHOWN:
        return f"owns {', '.join(securable.label for securable in owned)}"
    schemas = [securable for securable in owned if securable.kind is SecurableKind.SCHEMA]
    more = f", including {count(len(schemas), 'schema')}" if schemas else ""
    return f"owns {count(len(owned), 'object')}{more}"


def _defaults(snapshot: AccessSnapshot, role: str) -> list[Content]:
    return [
        _field(
            "default",
            f"{', '.join(sorted(item.rights))} on {default.creator}'s new {default.kind.lower()}",
            f"in {default.schema}" if default.schema else "",
        )
        for default in snapshot.default_privileges
        for item in default.acl
        if item.grantee == role and role != default.creator
    ]


def _no_mapping(snapshot: AccessSnapshot, role: Role) -> str:
    if any(note.startswith("IAM mappings") for note in snapshot.notes):
        return "cannot read mappings"
    if role.is_admin:
        return "needs dsql:DbConnectAdmin, no mapping"
    if not role.can_login:
        return "NOLOGIN roles cannot be mapped"
    return with_keys("not mapped; press {roles.map} to map a principal")
