"""Objects that another tool manages are left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.schema.definitions import Database
from dsql_tui.schema.exclude import without
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.schema_samples import SHOP


def labels(database: Database) -> set[str]:
    return {each.key.label for each in database.objects}


@pytest.mark.parametrize(
    ("patterns", "left_out"),
    [
        (["app.open_*"], {"view app.open_orders"}),
        (["app.customers"], {"table app.customers"}),
        # A sequence that a column owns goes with its table.
        (["app.orders"], {"table app.orders", 'sequence app."Numbers"'}),
        (["app.Num?ers", "app.A*"], {'sequence app."Numbers"'}),
        (["app"], labels(SHOP) - {"schema public"}),
        (["x", "open_orders"], set()),
        ([], set()),
    ],
)
def test_what_matches_is_left_out(patterns: list[str], left_out: set[str]) -> None:
    assert labels(SHOP) - labels(without(SHOP, patterns)) == left_out


def test_what_refers_to_something_excluded_is_named() -> None:
    database = without(SHOP, ["app.customers", "app.orders"])
    assert database.notes == (
        "view app.a_total refers to table app.orders, which is excluded.",
        "view app.open_orders refers to table app.orders, which is excluded.",
    )
    keyed = without(SHOP, ["app.customers"])
    assert keyed.notes == (
        "table app.orders has a foreign key to app.customers, which is excluded.",
    )
    keys = {each.key for each in database.objects}
    assert all(user in keys and needed <= keys for user, needed in database.requires.items())


def test_privileges_on_it_are_left_out() -> None:
    schema = SHOP_ACCESS.objects[0].schema
    access = without(replace(SHOP, access=SHOP_ACCESS), [schema]).access
    assert access is not None
    assert not any(each.schema == schema for each in access.objects)
    assert any(each.schema == schema for each in SHOP_ACCESS.objects)
    assert access.roles == SHOP_ACCESS.roles
