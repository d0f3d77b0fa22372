"""Differences between two clusters."""

from __future__ import annotations

from dataclasses import replace

from dsql_tui.model.access.acl import parse_acl
from dsql_tui.model.access.differences import differences
from tests.support.access_samples import READER_ARN, SHOP, of_shop


def test_a_cluster_does_not_differ_from_itself() -> None:
    assert differences(SHOP, SHOP) == ()


def test_who_granted_makes_no_difference() -> None:
    orders = of_shop("public.orders")
    acl = parse_acl("{app_rw=arwd*/root,admin=arwdDxt/admin,reporting=r/root}")
    objects = tuple(replace(found, acl=acl) if found is orders else found for found in SHOP.objects)
    assert differences(SHOP, replace(SHOP, objects=objects)) == ()


def test_additions_removals_and_changes_are_distinguished() -> None:
    orders = of_shop("public.orders")
    changed = tuple(
        replace(found, acl=parse_acl("{admin=arwdDxt/admin,app_rw=r/admin,auditor=r/admin}"))
        if found is orders
        else found
        for found in SHOP.objects
    )
    there = replace(SHOP, objects=changed, mappings=())
    assert [found.line for found in differences(SHOP, there)] == [
        f"- role app_ro: IAM {READER_ARN}",
        "~ table public.orders: granted to app_rw SELECT, INSERT, UPDATE, DELETE* → SELECT",
        "+ table public.orders: granted to auditor SELECT",
        "- table public.orders: granted to reporting SELECT",
    ]
