"""The order in which tables that exist are loaded."""

from __future__ import annotations

from itertools import permutations

import pytest

from dsql_tui.dump.manifest import DumpedTable
from dsql_tui.dump.target_checks import in_order
from dsql_tui.errors import InputError

TABLES = tuple(DumpedTable(at, "public", name, ("id",)) for at, name in enumerate("abcd", 1))
CHAIN = {("public", "a"): {("public", "c")}, ("public", "c"): {("public", "d"), ("app", "x")}}


@pytest.mark.parametrize("tables", list(permutations(TABLES)))
def test_a_table_comes_after_those_that_it_refers_to(tables: tuple[DumpedTable, ...]) -> None:
    ordered = [table.name for table in in_order(tables, CHAIN)]
    assert sorted(ordered) == ["a", "b", "c", "d"]
    assert ordered.index("d") < ordered.index("c") < ordered.index("a")


@pytest.mark.parametrize(
    "circle",
    [
        {("public", "b"): {("public", "b")}},
        {**CHAIN, ("public", "d"): {("public", "a")}},
    ],
)
def test_a_circle_is_named(circle: dict[tuple[str, str], set[tuple[str, str]]]) -> None:
    with pytest.raises(InputError, match=r"refer in a circle among .*public\.(b|d)") as refused:
        in_order(TABLES, circle)
    assert "Nothing was changed" in refused.value.message
