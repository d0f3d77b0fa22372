"""The SQL that changes access."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.errors import InputError
from dsql_tui.model.access.acl import PUBLIC, Right, parse_acl
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.snapshot import DefaultKind, Membership
from dsql_tui.model.access.why import Need
from dsql_tui.sql.access import grants
from dsql_tui.sql.access.export import export_access, statements_of
from dsql_tui.sql.access.plans import drop_role, migration, read_only, read_write
from tests.support.access_samples import READER_ARN, SHOP, of_shop

TABLE = SecurableKind.TABLE


def test_a_role_is_made_and_then_made_a_member() -> None:
    assert grants.create_role("app", member_of=["reporting"]) == [
        "CREATE ROLE app WITH LOGIN",
        "GRANT reporting TO app",
    ]
    assert grants.create_role("Group", login=False) == ['CREATE ROLE "Group"']


@pytest.mark.parametrize("name", ["", "  ", "public", "none", "pg_mine", "x" * 64])
def test_a_name_the_server_would_refuse_or_cut_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        grants.create_role(name)


@pytest.mark.parametrize("name", ["admin", "pg_read_all_data"])
def test_objects_of_dsql_cannot_be_changed(name: str) -> None:
    with pytest.raises(InputError):
        grants.rename_role(name, "other")
    with pytest.raises(InputError):
        grants.set_login(name, login=False)
    with pytest.raises(InputError):
        drop_role(Access(SHOP), name)


def test_names_are_quoted_and_arns_are_literals() -> None:
    evil = 'x"; DROP TABLE t; --'
    assert grants.grant([Right.SELECT], TABLE, "s", evil, "Ro le") == (
        'GRANT SELECT ON TABLE s."x""; DROP TABLE t; --" TO "Ro le"'
    )
    arn = "arn:aws:iam::111122223333:role/o'neill"
    assert (
        grants.map_iam("app", arn) == f"AWS IAM GRANT app TO '{arn.replace(chr(39), chr(39) * 2)}'"
    )


def test_privileges_have_a_fixed_order_and_are_followed_by_columns() -> None:
    rights = {Right.UPDATE, Right.SELECT}
    assert grants.grant(rights, TABLE, "public", "t", PUBLIC, columns=["a", "B"]) == (
        'GRANT SELECT (a, "B"), UPDATE (a, "B") ON TABLE public.t TO PUBLIC'
    )
    assert grants.grant([Right.SELECT], TABLE, "public", "t", "PUBLIC", grantable=True) == (
        'GRANT SELECT ON TABLE public.t TO "PUBLIC" WITH GRANT OPTION'
    )


def test_a_function_is_named_with_its_types() -> None:
    assert (
        grants.revoke([Right.EXECUTE], SecurableKind.FUNCTION, "app", "Rate(integer, text)", PUBLIC)
        == 'REVOKE EXECUTE ON FUNCTION app."Rate"(integer, text) FROM PUBLIC'
    )


def test_rights_on_schema_public_are_nobodys_to_change() -> None:
    with pytest.raises(InputError, match="public"):
        grants.grant([Right.CREATE], SecurableKind.SCHEMA, "public", "", "app")


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        ("admin", READER_ARN),
        ("app", "reader"),
        ("app", "arn:aws:sts::111122223333:assumed-role/reader/session"),
        ("app", "arn:aws:iam::1234:role/reader"),
        ("app", "arn:aws:iam::111122223333:group/readers"),
    ],
)
def test_a_mapping_that_dsql_would_refuse_is_refused(role: str, arn: str) -> None:
    with pytest.raises(InputError):
        grants.map_iam(role, arn)


def test_a_need_becomes_the_smallest_grant() -> None:
    assert grants.grant_for(Need(TABLE, "public", "t", Right.SELECT, ("a",)), "app", "admin") == (
        "GRANT SELECT (a) ON TABLE public.t TO app"
    )
    assert grants.grant_for(Need(TABLE, "public", "t", None), "app", "owner") == (
        "GRANT owner TO app"
    )
    with pytest.raises(InputError, match="belongs to admin"):
        grants.grant_for(Need(TABLE, "public", "t", None), "app", "admin")


def test_a_reader_sees_what_is_there_and_what_will_be() -> None:
    assert read_only("r", "shop", ["migrator"]) == [
        "GRANT USAGE ON SCHEMA shop TO r",
        "GRANT SELECT ON ALL TABLES IN SCHEMA shop TO r",
        "ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA shop GRANT SELECT ON TABLES TO r",
    ]


def test_in_schema_public_nothing_is_granted_on_the_schema() -> None:
    assert read_write("w", "public") == [
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO w",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO w",
    ]
    with pytest.raises(InputError):
        migration("m", "public")


def test_dropping_a_role_first_undoes_what_depends_on_it() -> None:
    assert [step.statement for step in drop_role(Access(SHOP), "app_rw")] == [
        "GRANT app_rw TO admin",
        "ALTER SCHEMA vault OWNER TO admin",
        "ALTER TABLE vault.secrets OWNER TO admin",
        "ALTER FUNCTION vault.rate(integer, text) OWNER TO admin",
        "ALTER DEFAULT PRIVILEGES FOR ROLE app_rw IN SCHEMA vault"
        " REVOKE SELECT ON TABLES FROM app_ro",
        "REVOKE UPDATE (email) ON TABLE public.customers FROM app_rw",
        "REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLE public.orders FROM app_rw",
        "DROP ROLE app_rw",
    ]


def test_dropping_a_mapped_role_unmaps_it_first() -> None:
    first, *_, last = drop_role(Access(SHOP), "app_ro")
    assert first.statement == f"AWS IAM REVOKE app_ro FROM '{READER_ARN}'"
    assert first.reason == f"{READER_ARN} may connect as it"
    assert last.statement == "DROP ROLE app_ro"


def test_an_export_holds_what_differs_from_a_new_object_and_no_more() -> None:
    statements = statements_of(SHOP)
    assert statements[:3] == [
        "CREATE ROLE app_ro WITH LOGIN",
        "CREATE ROLE app_rw WITH LOGIN",
        "CREATE ROLE auditor WITH LOGIN",
    ]
    assert f"AWS IAM GRANT app_ro TO '{READER_ARN}'" in statements
    assert "CREATE SCHEMA IF NOT EXISTS vault AUTHORIZATION app_rw" in statements
    assert "ALTER TABLE vault.secrets OWNER TO app_rw" in statements
    assert "GRANT DELETE ON TABLE public.orders TO app_rw WITH GRANT OPTION" in statements
    assert "GRANT UPDATE (email) ON TABLE public.customers TO app_rw" in statements
    assert "GRANT app_rw TO admin" in statements, "only a member may give things to it"
    assert "REVOKE app_rw FROM admin" in statements[-8:]
    assert not any("ROLE root" in statement for statement in statements)


def test_a_revoked_default_is_exported_as_a_revoke() -> None:
    rate = replace(
        of_shop("vault.rate(integer, text)"),
        acl=parse_acl("{app_rw=X/app_rw}"),
        has_default_acl=False,
    )
    statements = statements_of(replace(SHOP, objects=(rate,)))
    assert "REVOKE EXECUTE ON FUNCTION vault.rate(integer, text) FROM PUBLIC" in statements


def test_an_export_reports_what_could_not_be_read() -> None:
    text = export_access(replace(SHOP, notes=("Functions cannot be read here: no.",)))
    assert "-- Functions cannot be read here: no." in text


def test_a_membership_with_the_right_to_pass_it_on_is_exported_so() -> None:
    member = Membership("app_ro", "reporting", is_admin=True)
    assert "GRANT reporting TO app_ro WITH ADMIN OPTION" in statements_of(
        replace(SHOP, memberships=(member,))
    )


def test_default_privileges_name_creator_schema_and_kind() -> None:
    assert (
        grants.alter_default_privileges(
            [Right.SELECT], DefaultKind.TABLES, "r", creator="c", schema="s", revoked=True
        )
        == "ALTER DEFAULT PRIVILEGES FOR ROLE c IN SCHEMA s REVOKE SELECT ON TABLES FROM r"
    )
