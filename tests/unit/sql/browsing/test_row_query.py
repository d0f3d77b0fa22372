"""Pages of a relation's rows: no row twice, none left out, whatever the sort columns hold."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.sql.browsing.row_query import RowQuery, SortColumn, continuation, equals

ORDERS = RowQuery(("public", "orders"), ("id", "Note"), ("id",))


def test_a_first_page_is_ordered_by_the_key() -> None:
    assert ORDERS.page(3) == 'SELECT id, "Note"\nFROM public.orders\nORDER BY id\nLIMIT 3'


def test_the_next_page_starts_after_the_last_key() -> None:
    page = ORDERS.page(3, ("it's",))
    assert "WHERE id > 'it''s'\n" in page
    assert "OFFSET" not in page


def test_a_composite_key_is_compared_as_a_row_with_a_bound_on_its_first_column() -> None:
    query = RowQuery(("S p", "items"), key=("order_id", "line"))
    page = query.page(2, ("o1", "7"))
    assert 'FROM "S p".items' in page
    assert "WHERE order_id >= 'o1' AND (order_id, line) > ('o1', '7')" in page


def test_conditions_are_all_joined_and_counted() -> None:
    query = ORDERS.where(*equals(("a", "b"), ("1", "x'y"))).where("c IS NULL")
    where = "WHERE a = '1'\n  AND b = 'x''y'\n  AND c IS NULL"
    assert where in query.page(1)
    assert query.count() == f"SELECT count(*)\nFROM public.orders\n{where}"
    assert ORDERS.count() == "SELECT count(*)\nFROM public.orders"


def test_a_sort_column_comes_before_the_key_and_once() -> None:
    query = replace(ORDERS, sort=(SortColumn("Note", descending=True), SortColumn("id")))
    assert 'ORDER BY "Note" DESC, id\n' in query.page(1)


@pytest.mark.parametrize(
    ("query", "can"),
    [
        (ORDERS, True),
        (replace(ORDERS, key=()), False),
        (replace(ORDERS, columns=("Note",)), False),
        (replace(ORDERS, columns=()), True),
        (replace(ORDERS, sort=(SortColumn("secret"),)), False),
    ],
)
def test_rows_can_be_continued_where_the_order_is_complete_and_read(
    query: RowQuery, can: bool
) -> None:
    assert query.can_continue is can


def test_without_a_key_rows_have_no_order() -> None:
    assert "ORDER BY" not in replace(ORDERS, key=()).page(5)


VALUES = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=14)
DIRECTIONS = st.tuples(st.booleans(), st.booleans())


@settings(max_examples=60, deadline=None)
@given(ROWS, DIRECTIONS, st.booleans())
def test_every_row_has_exactly_those_after_it_that_follow_in_the_order(
    rows: list[tuple[int | None, int | None]], descending: tuple[bool, bool], nullable: bool
) -> None:
    if not nullable:
        rows = [(a or 0, b or 0) for a, b in rows]
    order = (
        *(
            SortColumn(name, down, nullable)
            for name, down in zip(("a", "b"), descending, strict=True)
        ),
        SortColumn("id", nullable=False),
    )
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER, b INTEGER, id INTEGER)")
    connection.executemany(
        "INSERT INTO t VALUES (?, ?, ?)", [(*row, number) for number, row in enumerate(rows)]
    )
    # The defaults of PostgreSQL, which SQLite does not have.
    by = ", ".join(f"{c.sql} NULLS {'FIRST' if c.descending else 'LAST'}" for c in order)
    everything = connection.execute(f"SELECT a, b, id FROM t ORDER BY {by}").fetchall()
    for place, row in enumerate(everything):
        after = [None if value is None else str(value) for value in row]
        condition = continuation(order, after)
        rest = connection.execute(f"SELECT a, b, id FROM t WHERE {condition} ORDER BY {by}")
        assert rest.fetchall() == everything[place + 1 :]
    connection.close()
