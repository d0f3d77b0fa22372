"""How a statement is said on copies of its tables."""

from __future__ import annotations

import pytest

from dsql_tui.local.showing import shown


@pytest.mark.parametrize(
    ("statement", "said"),
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
    statement: str, said: str | None
) -> None:
    blanked = shown(statement, ["s.t"])
    assert " ".join(blanked.split()) == (said or statement)
    assert len(blanked) == len(statement)  # positions in errors stay what they are
