"""Acls in the server's text form; the odd names were printed by PostgreSQL 16.14."""

from __future__ import annotations

import pytest

from dsql_tui.model.access.acl import PUBLIC, Right, default_acl, parse_acl
from dsql_tui.model.access.role import SecurableKind


def test_an_acl_shows_grantor_grantee_and_privileges() -> None:
    owner, reader = parse_acl("{admin=arwdDxt/admin,app_ro=r*a/reporting}")
    assert owner.grantee == "admin"
    assert len(owner.rights) == 7
    assert (reader.grantee, reader.grantor) == ("app_ro", "reporting")
    assert reader.rights == {Right.SELECT, Right.INSERT}
    assert reader.grantable == {Right.SELECT}


@pytest.mark.parametrize(
    ("text", "grantee"),
    [
        (r'{"\"odd \"\"r, {x\"=r*/admin"}', 'odd "r, {x'),
        (r'{"\"a\'b=c/d\"=w/admin"}', "a'b=c/d"),
        (r'{"\"ümlaut\"=w/admin"}', "ümlaut"),
        ("{=a/admin}", PUBLIC),
        ("{PUBLIC=r/admin}", "PUBLIC"),
    ],
)
def test_names_come_through_every_layer_of_quotes(text: str, grantee: str) -> None:
    (item,) = parse_acl(text)
    assert item.grantee == grantee
    assert item.grantor == "admin"


def test_a_letter_of_a_newer_server_is_passed_over() -> None:
    (item,) = parse_acl("{admin=rm/admin}")
    assert item.rights == {Right.SELECT}


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_no_acl_has_no_items(text: str | None) -> None:
    assert parse_acl(text) == ()


def test_everybody_may_execute_a_new_function_and_nobody_read_a_new_table() -> None:
    assert [item.grantee for item in default_acl(SecurableKind.FUNCTION, "admin")] == [
        "admin",
        PUBLIC,
    ]
    assert [item.grantee for item in default_acl(SecurableKind.TABLE, "admin")] == ["admin"]
