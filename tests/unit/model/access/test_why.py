"""Why something is denied, and the least that would allow it."""

from __future__ import annotations

import pytest

from dsql_tui.model.access.acl import Right
from dsql_tui.model.access.effective import Access
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.access.why import (
    Need,
    Use,
    UseKind,
    explain,
    explain_principal,
    explain_uses,
    principal_of,
)
from tests.support.access_samples import READER_ARN, SHOP

ACCESS = Access(SHOP)
TABLE = SecurableKind.TABLE


def test_an_allowed_privilege_names_the_role_that_grants_it() -> None:
    answer = explain(ACCESS, "app_ro", Need(TABLE, "public", "orders", Right.SELECT))
    assert answer.allowed
    assert [source.words for source in answer.sources] == ["reporting (membership)"]
    assert answer.missing == ()


def test_a_denied_privilege_names_the_least_missing_grant() -> None:
    need = Need(TABLE, "public", "customers", Right.INSERT)
    answer = explain(ACCESS, "app_ro", need)
    assert not answer.allowed
    assert answer.missing == (need,)
    assert answer.owner == "admin"


def test_usage_on_the_schema_is_missing_too_and_first() -> None:
    answer = explain(ACCESS, "loner", Need(TABLE, "vault", "secrets", Right.SELECT))
    assert [need.words for need in answer.missing] == [
        "USAGE on schema vault",
        "SELECT on vault.secrets",
    ]


def test_a_right_that_is_held_but_out_of_reach_lacks_only_the_schema() -> None:
    answer = explain(ACCESS, "app_ro", Need(TABLE, "vault", "secrets", Right.SELECT))
    assert [need.words for need in answer.missing] == ["USAGE on schema vault"]
    assert "USAGE on schema vault is missing" in answer.note


def test_columns_are_granted_one_by_one() -> None:
    need = Need(TABLE, "public", "customers", Right.UPDATE, ("email", "name"))
    answer = explain(ACCESS, "app_rw", need)
    assert [item.words for item in answer.missing] == ["UPDATE (name) on public.customers"]
    assert explain(
        ACCESS, "app_rw", Need(TABLE, "public", "customers", Right.UPDATE, ("email",))
    ).allowed


def test_a_whole_table_asked_of_one_column_names_the_column() -> None:
    answer = explain(ACCESS, "app_rw", Need(TABLE, "public", "customers", Right.UPDATE))
    assert not answer.allowed
    assert answer.note == "Only on the columns email."


def test_owning_is_answered_by_the_owner_and_had_by_membership() -> None:
    need = Need(TABLE, "vault", "secrets", None)
    assert explain(ACCESS, "app_rw", need).allowed
    assert explain(ACCESS, "root", need).allowed
    denied = explain(ACCESS, "app_ro", need)
    assert (denied.allowed, denied.owner) == (False, "app_rw")


def test_a_missing_table_is_reported() -> None:
    answer = explain(ACCESS, "app_ro", Need(TABLE, "public", "nowhere", Right.SELECT))
    assert not answer.allowed
    assert answer.note == "public.nowhere does not exist."


def test_names_without_a_schema_are_found_on_the_search_path() -> None:
    uses = [
        Use(UseKind.RELATION, ("orders",), Right.SELECT),
        Use(UseKind.RELATION, ("orders",), Right.SELECT),
        Use(UseKind.RELATION, ("secrets",), Right.SELECT),
    ]
    orders, secrets = explain_uses(ACCESS, "app_ro", uses)
    assert orders.allowed
    assert not secrets.allowed
    assert secrets.note == "public.secrets does not exist."


@pytest.mark.parametrize(
    ("caller", "mapped"),
    [
        ("arn:aws:sts::111122223333:assumed-role/reader/session-1", READER_ARN),
        (READER_ARN, READER_ARN),
        ("arn:aws:iam::111122223333:user/ana", "arn:aws:iam::111122223333:user/ana"),
    ],
)
def test_the_session_of_an_assumed_role_counts_as_the_role(caller: str, mapped: str) -> None:
    assert principal_of(caller) == mapped


def test_a_principal_may_become_what_it_is_mapped_to_and_needs_an_action_for_it() -> None:
    answer = explain_principal(SHOP, "arn:aws:sts::111122223333:assumed-role/reader/s")
    assert [mapping.role for mapping in answer.mappings] == ["app_ro"]
    assert answer.actions == {"admin": "dsql:DbConnectAdmin", "app_ro": "dsql:DbConnect"}
