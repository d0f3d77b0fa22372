"""What of a statement its plan does not show."""

from __future__ import annotations

import pytest

from dsql_tui.local.explain.plan_context import assigned


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("EXPLAIN ANALYZE VERBOSE UPDATE t SET v = 1 WHERE id = 2", ["v"]),
        ('UPDATE ONLY s.t AS x SET "V" = 1, W = (SELECT a FROM b WHERE c = d)', ["V", "w"]),
        ("UPDATE t SET (a, b) = (1, 2), c = 3 FROM u RETURNING d", ["a", "b", "c"]),
        ("WITH n AS (UPDATE t SET v = 1 RETURNING id) SELECT w FROM n", ["v"]),
        ("WITH n AS (SELECT 1) UPDATE t SET v = DEFAULT", ["v"]),
        ("DELETE FROM t WHERE v = 1", []),
        ("SELECT 1", []),
        ("UPDATE t", []),
    ],
)
def test_the_columns_that_an_update_assigns_are_named(statement: str, names: list[str]) -> None:
    assert assigned(statement) == names
