"""The statements that the roles screen runs to change roles and grants.

Each function returns statements without a semicolon, one DDL each, as DSQL wants one per
transaction (user guide, working-with-ddl). Names are quoted as the server's `quote_ident` does,
ARNs as string literals. Changes that DSQL never accepts are refused here with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dsql_tui.errors import InputError
from dsql_tui.model.access.acl import COLUMN_RIGHTS, PUBLIC, RIGHTS_ON, Right
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import DefaultKind, Securable
from dsql_tui.model.access.why import PUBLIC_SCHEMA, Need
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.string_constants import literal

_ORDER = list(Right)


def role_name(name: str) -> str:
    """Return a grantee as written in SQL: a role, or PUBLIC."""
    return "PUBLIC" if name == PUBLIC else quoted(name)


def object_phrase(kind: SecurableKind, schema: str, name: str = "") -> str:
    """Return how GRANT names an object: `TABLE public.orders`, `FUNCTION app.f(integer)`."""
    match kind:
        case SecurableKind.SCHEMA:
            return f"SCHEMA {quoted(schema)}"
        case SecurableKind.SEQUENCE:
            return f"SEQUENCE {qualified([schema, name])}"
        case SecurableKind.FUNCTION:
            return f"FUNCTION {function_name(schema, name)}"
    return f"TABLE {qualified([schema, name])}"


def function_name(schema: str, signature: str) -> str:
    """Return a function as written in SQL; its types come from `format_type`."""
    name, parenthesis, types = signature.rpartition("(")
    return qualified([schema, name]) + parenthesis + types


def create_role(
    name: str,
    *,
    login: bool = True,
    member_of: Sequence[str] = (),
    attributes: Sequence[str] = (),
) -> list[str]:
    """Return CREATE ROLE: with LOGIN for IAM mappings, without it for group roles."""
    check_role_name(name)
    words = [*(["LOGIN"] if login else []), *attributes]
    behind = f" WITH {' '.join(words)}" if words else ""
    return [
        f"CREATE ROLE {quoted(name)}{behind}",
        *(grant_role(group, name) for group in member_of),
    ]


def rename_role(name: str, new_name: str) -> str:
    """Return the statement that renames a role (DSQL, since April 2026)."""
    check_changeable(name)
    check_role_name(new_name)
    return f"ALTER ROLE {quoted(name)} RENAME TO {quoted(new_name)}"


def set_login(name: str, *, login: bool) -> str:
    """Return the statement that sets or removes LOGIN."""
    check_changeable(name)
    return f"ALTER ROLE {quoted(name)} WITH {'LOGIN' if login else 'NOLOGIN'}"


def grant_role(group: str, member: str) -> str:
    """Return the statement that grants membership in `group` to `member`."""
    return f"GRANT {quoted(group)} TO {quoted(member)}"


def revoke_role(group: str, member: str) -> str:
    """Return the statement that revokes a membership."""
    return f"REVOKE {quoted(group)} FROM {quoted(member)}"


def check_changeable(name: str) -> None:
    """Refuse to change roles that cannot be changed in DSQL.

    Raises:
        InputError: It is `admin` or one of PostgreSQL's own roles.
    """
    if name == ADMIN_ROLE:
        raise InputError("The role admin belongs to DSQL; it cannot be altered or dropped.")
    if name.startswith("pg_"):
        raise InputError(f"The role {name} belongs to PostgreSQL; it cannot be altered or dropped.")


def check_role_name(name: str) -> None:
    """Refuse a name that the server would refuse or truncate.

    Raises:
        InputError: The name is refused; the message says why.
    """
    if not name.strip():
        raise InputError("A role needs a name.")
    if name in {"public", "none"} or name.startswith("pg_"):
        raise InputError(f"The name {name} is reserved by PostgreSQL.")
    if len(name.encode()) > 63:
        raise InputError("A role's name has at most 63 bytes.")


def grant(
    rights: Iterable[Right],
    kind: SecurableKind,
    schema: str,
    name: str,
    grantee: str,
    *,
    columns: Sequence[str] = (),
    grantable: bool = False,
) -> str:
    """Return a GRANT on one object, or on some of a relation's columns."""
    privileges = f"{_rights(rights, columns)} ON {_changeable(kind, schema, name)}"
    return f"GRANT {privileges} TO {role_name(grantee)}" + (
        " WITH GRANT OPTION" if grantable else ""
    )


def revoke(
    rights: Iterable[Right],
    kind: SecurableKind,
    schema: str,
    name: str,
    grantee: str,
    *,
    columns: Sequence[str] = (),
    cascade: bool = False,
) -> str:
    """Return a REVOKE on one object, or on some of a relation's columns.

    With `cascade` it also revokes what the grantee has granted to others.
    """
    privileges = f"{_rights(rights, columns)} ON {_changeable(kind, schema, name)}"
    return f"REVOKE {privileges} FROM {role_name(grantee)}" + (" CASCADE" if cascade else "")


def on_all(
    rights: Iterable[Right], kind: DefaultKind, schema: str, grantee: str, *, revoked: bool = False
) -> str:
    """Return a GRANT or REVOKE on all existing tables, sequences or functions of a schema."""
    verb, link = ("REVOKE", "FROM") if revoked else ("GRANT", "TO")
    clause = f"{verb} {_rights(rights)} ON ALL {kind} IN SCHEMA {quoted(schema)}"
    return f"{clause} {link} {role_name(grantee)}"


def alter_default_privileges(
    rights: Iterable[Right],
    kind: DefaultKind,
    grantee: str,
    *,
    creator: str = "",
    schema: str = "",
    revoked: bool = False,
    grantable: bool = False,
) -> str:
    """Return the default privileges for objects of `creator`, by default the acting role."""
    whose = f" FOR ROLE {quoted(creator)}" if creator else ""
    where = f" IN SCHEMA {quoted(schema)}" if schema else ""
    verb, link = ("REVOKE", "FROM") if revoked else ("GRANT", "TO")
    clause = f"{verb} {_rights(rights)} ON {kind} {link} {role_name(grantee)}"
    option = " WITH GRANT OPTION" if grantable and not revoked else ""
    return f"ALTER DEFAULT PRIVILEGES{whose}{where} {clause}{option}"


def grant_for(need: Need, role: str, owner: str) -> str:
    """Return the smallest statement that grants what is needed; ownership needs membership.

    Raises:
        InputError: It would be membership in admin, which gives all of admin's privileges.
    """
    if need.right is None and owner == ADMIN_ROLE:
        raise InputError(f"{need.label} belongs to admin. Only admin can do this.")
    if need.right is None:
        return grant_role(owner, role)
    columns = need.columns if need.right in COLUMN_RIGHTS else ()
    return grant([need.right], need.kind, need.schema, need.name, role, columns=columns)


def set_owner(securable: Securable, owner: str) -> str:
    """Return the statement that changes the owner of an object.

    ALTER TABLE also works for views and sequences (PostgreSQL 16, ALTER TABLE), and is the form
    that DSQL is known to accept.
    """
    if securable.kind is SecurableKind.SCHEMA:
        subject = f"SCHEMA {quoted(securable.schema)}"
    elif securable.kind is SecurableKind.FUNCTION:
        subject = f"FUNCTION {function_name(securable.schema, securable.name)}"
    else:
        subject = f"TABLE {qualified([securable.schema, securable.name])}"
    return f"ALTER {subject} OWNER TO {quoted(owner)}"


def _changeable(kind: SecurableKind, schema: str, name: str) -> str:
    if kind is SecurableKind.SCHEMA and schema == PUBLIC_SCHEMA:
        raise InputError(
            "DSQL does not allow changing privileges on schema public (0A000).",
            remedy="Every role has USAGE on it. For CREATE, use another schema.",
        )
    return object_phrase(kind, schema, name)


def _rights(rights: Iterable[Right], columns: Sequence[str] = ()) -> str:
    behind = f" ({', '.join(quoted(column) for column in columns)})" if columns else ""
    ordered = sorted(set(rights), key=_ORDER.index)
    if not ordered:
        raise InputError("Choose at least one privilege.")
    return ", ".join(f"{right}{behind}" for right in ordered)


def map_iam(role: str, arn: str) -> str:
    """Return the statement that maps an IAM principal to a role."""
    check_mapping(role, arn)
    return f"AWS IAM GRANT {quoted(role)} TO {literal(arn)}"


def unmap_iam(role: str, arn: str) -> str:
    """Return the statement that removes a mapping."""
    return f"AWS IAM REVOKE {quoted(role)} FROM {literal(arn)}"


def check_mapping(role: str, arn: str) -> None:
    """Refuse a mapping that DSQL would refuse: for admin, or of an ARN that is no user or role.

    Raises:
        InputError: It is refused; the message says what is accepted.
    """
    if role == ADMIN_ROLE:
        raise InputError(
            "The role admin is not mapped: any identity with dsql:DbConnectAdmin connects as admin."
        )
    parts = arn.split(":", 5)
    shape = len(parts) == 6 and parts[0] == "arn" and parts[1].startswith("aws") and not parts[3]
    is_account = shape and len(parts[4]) == 12 and parts[4].isdigit()
    if not (is_account and parts[2] == "iam" and parts[5].startswith(("role/", "user/"))):
        raise InputError(
            "An IAM role or user looks like arn:aws:iam::111122223333:role/name.",
            remedy="For an assumed role, map the role, not its session."
            if ":assumed-role/" in arn
            else "",
        )


def rights_for(kind: SecurableKind, *, columns: bool = False) -> tuple[Right, ...]:
    """Return the privileges that can be granted and that DSQL supports.

    TRUNCATE and triggers do not exist in DSQL, so the privileges are left out.
    """
    offered = COLUMN_RIGHTS if columns else RIGHTS_ON[kind]
    return tuple(right for right in offered if right not in {Right.TRUNCATE, Right.TRIGGER})
