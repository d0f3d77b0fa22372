"""A small cluster's access, as a snapshot: the roles of a shop and what they were granted."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.model.access.acl import default_acl, parse_acl
from dsql_tui.model.access.role import IamMapping, Role, SecurableKind
from dsql_tui.model.access.snapshot import (
    AccessSnapshot,
    ColumnAcl,
    DefaultKind,
    DefaultPrivileges,
    Membership,
    Securable,
)

READER_ARN = "arn:aws:iam::111122223333:role/reader"


def securable(
    kind: SecurableKind, schema: str, name: str, owner: str, acl: str | None = None
) -> Securable:
    items = default_acl(kind, owner) if acl is None else parse_acl(acl)
    return Securable(kind, schema, name, owner, items, has_default_acl=acl is None)


TABLE, SCHEMA = SecurableKind.TABLE, SecurableKind.SCHEMA

SHOP = AccessSnapshot(
    reader="admin",
    roles=(
        Role(15579, "admin", True, attributes=("CREATEROLE",)),
        Role(16391, "app_ro", True),
        Role(16392, "app_rw", True),
        Role(16393, "auditor", True),
        Role(16394, "loner", True, attributes=("NOINHERIT",)),
        Role(6181, "pg_read_all_data", False),
        Role(16396, "reporting", False),
        Role(16397, "root", True, attributes=("SUPERUSER",)),
    ),
    memberships=(
        Membership("app_ro", "reporting"),
        Membership("auditor", "pg_read_all_data"),
        Membership("loner", "reporting", inherits=False),
    ),
    mappings=(IamMapping(READER_ARN, "app_ro", "admin"),),
    objects=(
        securable(SCHEMA, "public", "", "admin", "{admin=UC/admin,=U/admin}"),
        replace(
            securable(
                TABLE, "public", "customers", "admin", "{admin=arwdDxt/admin,app_ro=r/admin}"
            ),
            columns=(ColumnAcl("email", parse_acl("{app_rw=w/admin}")),),
        ),
        securable(
            TABLE,
            "public",
            "orders",
            "admin",
            "{admin=arwdDxt/admin,reporting=r/admin,app_rw=arwd*/admin}",
        ),
        securable(SCHEMA, "vault", "", "app_rw"),
        securable(TABLE, "vault", "secrets", "app_rw", "{app_rw=arwdDxt/app_rw,app_ro=r/app_rw}"),
        securable(SecurableKind.FUNCTION, "vault", "rate(integer, text)", "app_rw"),
    ),
    default_privileges=(
        DefaultPrivileges("app_rw", "vault", DefaultKind.TABLES, parse_acl("{app_ro=r/app_rw}")),
    ),
)


def of_shop(label: str) -> Securable:
    return next(found for found in SHOP.objects if found.label == label)
