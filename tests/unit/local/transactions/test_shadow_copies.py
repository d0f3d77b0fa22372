"""How a statement is rewritten to run on shadow copies of its tables."""

from __future__ import annotations

import pytest

from dsql_tui.local.transactions.shadow_copies import on_copies


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT * FROM s.t WHERE a = 1 FOR UPDATE", "SELECT * FROM t WHERE a = 1"),
        ("SELECT * FROM t FOR UPDATE OF t, u NOWAIT LIMIT 1", "SELECT * FROM t LIMIT 1"),
        ("(TABLE S.T FOR KEY SHARE SKIP LOCKED) ORDER BY 1", "(TABLE T ) ORDER BY 1"),
        ('UPDATE s.t SET a = "s".t.b', "UPDATE t SET a = t.b"),
        ("SELECT substring(a FROM 1 FOR 2), 's.t FOR UPDATE' FROM o.t", None),
        ('SELECT * FROM s."T", s.u', None),
    ],
)
def test_nothing_is_locked_and_what_was_copied_has_no_schema(
    statement: str, expected: str | None
) -> None:
    blanked = on_copies(statement, ["s.t"])
    assert " ".join(blanked.split()) == (expected or statement)
    assert len(blanked) == len(statement)  # positions in errors stay what they are


@pytest.mark.parametrize(
    ("statement", "rewritten"),
    [
        ("UPDATE s.pg_depend SET v = 2", "UPDATE pg_temp.pg_depend SET v = 2"),
        (
            "SELECT s.t.a, s.pg_user.v FROM s.pg_user, s.t, pg_catalog.pg_user",
            "SELECT t.a, pg_temp.pg_user.v FROM pg_temp.pg_user, t, pg_catalog.pg_user",
        ),
        ('DELETE FROM "s" . "pg_x"', 'DELETE FROM pg_temp."pg_x"'),
    ],
)
def test_a_table_named_like_a_catalog_is_not_treated_as_the_catalog(
    statement: str, rewritten: str
) -> None:
    copied = ["s.t", "s.pg_depend", "s.pg_user", "s.pg_x"]
    assert " ".join(on_copies(statement, copied).split()) == rewritten
