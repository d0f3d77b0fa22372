"""A role's privileges as rows."""

from __future__ import annotations

from dsql_tui.console.grants import grant_rows
from dsql_tui.model.role import Privilege, SecurableKind
from tests.fakes import PRIVILEGES

TABLE = SecurableKind.TABLE


def test_an_object_is_one_row_with_a_mark_for_each_privilege_and_its_source() -> None:
    schema, customers, orders = grant_rows("app_ro", PRIVILEGES["app_ro"])
    assert (schema.name, schema.others, schema.through) == ("public", "USAGE", "PUBLIC")
    assert customers.marks == ("●", "–", "–", "–")
    assert customers.through == "app_ro (direct)"
    assert orders.marks == ("○", "–", "–", "–")
    assert orders.through == "reporting (membership)"


def test_what_is_owned_says_so_and_grant_options_are_starred() -> None:
    held = (
        Privilege(TABLE, "public", "t", "SELECT", "r", is_owner=True),
        Privilege(TABLE, "public", "t", "TRUNCATE", "r", grantable=True),
    )
    (row,) = grant_rows("r", held)
    assert row.through == "owner, r (direct)"
    assert row.others == "TRUNCATE*"
