"""Effective privileges, each with where it comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.effective import Access, Reach, RightSourceKind
from dsql_tui.model.access.snapshot import Membership
from tests.support.access_samples import SHOP, of_shop

ACCESS = Access(SHOP)


@pytest.mark.parametrize(
    ("role", "label", "right", "words"),
    [
        ("app_ro", "public.customers", Right.SELECT, "app_ro (direct)"),
        ("app_ro", "public.orders", Right.SELECT, "reporting (membership)"),
        ("admin", "public.orders", Right.DELETE, "admin (ownership)"),
        ("app_ro", "public", Right.USAGE, "PUBLIC"),
        ("app_ro", "vault.rate(integer, text)", Right.EXECUTE, "PUBLIC (default)"),
        ("root", "vault.secrets", Right.INSERT, "superuser"),
        ("auditor", "vault.secrets", Right.SELECT, "pg_read_all_data (predefined role)"),
        ("auditor", "vault", Right.USAGE, "pg_read_all_data (predefined role)"),
    ],
)
def test_a_privilege_says_where_it_comes_from(
    role: str, label: str, right: Right, words: str
) -> None:
    held = {item.right: item for item in ACCESS.effective(role, of_shop(label))}
    assert held[right].sources[0].words == words


def test_a_member_that_does_not_inherit_holds_nothing_through_it() -> None:
    assert ACCESS.rights("loner", of_shop("public.orders")) == frozenset()


def test_a_chain_of_memberships_is_told_in_its_order_and_a_circle_ends() -> None:
    circle = replace(
        SHOP,
        memberships=(Membership("auditor", "app_ro"), Membership("app_ro", "reporting")),
    )
    (held,) = Access(circle).effective("auditor", of_shop("public.orders"))
    assert held.sources[0].chain == ("auditor", "app_ro", "reporting")
    assert held.sources[0].words == "app_ro → reporting (membership)"


def test_a_right_without_usage_on_the_schema_is_blocked() -> None:
    assert ACCESS.reach("app_ro", of_shop("vault.secrets"), Right.SELECT) is Reach.BLOCKED
    assert ACCESS.reach("app_rw", of_shop("vault.secrets"), Right.SELECT) is Reach.FULL


def test_a_right_on_single_columns_is_neither_yes_nor_no() -> None:
    customers = of_shop("public.customers")
    assert ACCESS.reach("app_rw", customers, Right.UPDATE) is Reach.COLUMNS
    assert ACCESS.columns("app_rw", customers, Right.UPDATE) == ("email",)
    assert ACCESS.reach("app_rw", customers, Right.SELECT) is Reach.NONE


def test_an_owner_who_revoked_from_himself_holds_no_more_than_the_acl_says() -> None:
    orders = replace(of_shop("public.orders"), acl=())
    assert ACCESS.rights("admin", orders) == frozenset()
    assert ACCESS.owns("admin", orders) == ("admin",)


def test_every_reason_is_told_the_nearest_first() -> None:
    both = replace(SHOP, memberships=(*SHOP.memberships, Membership("app_rw", "reporting")))
    held = Access(both).effective("app_rw", of_shop("public.orders"))[0]
    assert [source.kind for source in held.sources] == [
        RightSourceKind.DIRECT,
        RightSourceKind.MEMBERSHIP,
    ]


def test_owning_is_a_nearer_reason_than_a_membership() -> None:
    given = replace(SHOP, memberships=(*SHOP.memberships, Membership("admin", "app_rw")))
    select = Access(given).effective("admin", of_shop("public.orders"))[0]
    assert [source.kind for source in select.sources] == [
        RightSourceKind.OWNERSHIP,
        RightSourceKind.MEMBERSHIP,
    ]
