"""Access is read whole where it can be, and in part where a catalog is missing."""

from __future__ import annotations

from typing import cast

import pytest

from dsql_tui.errors import OccConflict, StatementError
from dsql_tui.model.access.role import SecurableKind
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.pg.access import read_access
from dsql_tui.pg.session import Session

Answer = list[tuple[str | None, ...]] | StatementError
ANSWERS: dict[str, Answer] = {
    "rolcanlogin": [
        ("16400", "app", "t", *"ffffff"),
        ("15579", "admin", "t", *"ftffff"),
        ("10", "bootstrap", "t", *"tttttf"),
        ("6181", "pg_read_all_data", "f", *"ffffff"),
    ],
    "pg_auth_members": [("app", "pg_read_all_data", "t", "f")],
    "pg_has_role": [("admin",)],
    "iam_pg_role_mappings": [("arn:aws:iam::111122223333:role/app", "app", "admin")],
    "nspacl": [("public", "pg_database_owner", None)],
    "relkind, o.rolname": [
        ("public", "orders", "r", "admin", "{admin=arwdDxt/admin,app=r/admin}", None),
        ("public", "orders_n_seq", "S", "admin", None, "orders"),
    ],
    "attacl": [("public", "orders", "note", "{app=w/admin}")],
    "json_agg": [("public", "orders", '["id", "note"]')],
    "proacl": [("public", "f(integer)", "admin", None)],
    "pg_default_acl": [("admin", None, "r", "{app=r/admin}")],
}


class Catalogs:
    """Answers a statement by a word that only it holds."""

    endpoint = Endpoint("host", "us-east-1", "app")

    def __init__(self, **missing: StatementError) -> None:
        self.answers = dict(ANSWERS)
        self.answers.update(missing)
        self.asked: list[str] = []

    def fetch(self, statement: str) -> list[tuple[str | None, ...]]:
        word = next(word for word in ANSWERS if word in statement)
        self.asked.append(word)
        answer = self.answers[word]
        if isinstance(answer, StatementError):
            if isinstance(answer, OccConflict):
                self.answers[word] = ANSWERS[word]
            raise answer
        return answer


def test_everything_is_read_in_ten_statements_whatever_there_is() -> None:
    catalogs = Catalogs()
    snapshot = read_access(cast("Session", catalogs))
    assert sorted(catalogs.asked) == sorted(ANSWERS)
    assert snapshot.roles[0].name == "admin"
    assert [role.name for role in snapshot.own_roles] == ["admin", "app"]
    assert snapshot.reader == "app"
    kinds = [found.kind for found in snapshot.objects]
    assert kinds == [
        SecurableKind.SCHEMA,
        SecurableKind.TABLE,
        SecurableKind.SEQUENCE,
        SecurableKind.FUNCTION,
    ]
    assert snapshot.objects[1].columns[0].name == "note"
    assert snapshot.objects[1].column_names == ("id", "note")
    assert snapshot.objects[2].follows == "orders"
    assert snapshot.memberships[-1].is_implicit
    assert snapshot.notes == ()


@pytest.mark.parametrize(
    ("word", "note"),
    [
        ("proacl", "Functions cannot be read here: no."),
        ("iam_pg_role_mappings", "IAM mappings cannot be read here: no."),
        ("pg_default_acl", "Default privileges cannot be read here: no."),
        ("json_agg", "Columns cannot be read here: no."),
        ("attacl", "Privileges on columns cannot be read here: no."),
    ],
)
def test_a_missing_catalog_leaves_its_part_empty_and_adds_one_note(word: str, note: str) -> None:
    refused = StatementError("no", sqlstate="0A000")
    snapshot = read_access(cast("Session", Catalogs(**{word: refused})))
    assert snapshot.notes == (note,)
    assert snapshot.find(SecurableKind.TABLE, "public", "orders") is not None


def test_somebody_elses_ddl_in_between_is_no_missing_catalog() -> None:
    conflict = OccConflict("schema has been updated (OC001)", sqlstate="40001")
    assert read_access(cast("Session", Catalogs(proacl=conflict))).notes == ()


def test_without_roles_there_is_nothing_to_show() -> None:
    refused = StatementError("permission denied", sqlstate="42501")
    with pytest.raises(StatementError):
        read_access(cast("Session", Catalogs(rolcanlogin=refused)))
