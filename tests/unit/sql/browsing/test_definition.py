"""Names at the cursor: aliases, CTEs, columns, schemas, functions."""

from __future__ import annotations

import pytest

from dsql_tui.model.catalog import CatalogSnapshot, NamedColumn, NamedFunction, NamedRelation
from dsql_tui.sql.browsing.definition import NamedKind, NamedThing, thing_at

NAMES = CatalogSnapshot(
    relations=(
        NamedRelation("public", "orders", (NamedColumn("id"), NamedColumn("customer_id"))),
        NamedRelation("public", "customers", (NamedColumn("id"), NamedColumn("name"))),
        NamedRelation("crm", "Visits", (NamedColumn("visited_at"),)),
    ),
    functions=(NamedFunction("public", "twice"), NamedFunction("crm", "score")),
)
ORDERS = NamedThing(NamedKind.RELATION, ("public", "orders"))
CUSTOMERS = NamedThing(NamedKind.RELATION, ("public", "customers"))
VISITS = NamedThing(NamedKind.RELATION, ("crm", "Visits"))


@pytest.mark.parametrize(
    ("marked", "thing"),
    [
        ("select * from ^orders", ORDERS),
        ("select * from orders^", ORDERS),
        ("select * from public.^ORDERS", ORDERS),
        ('select * from crm."Vi^sits" v', VISITS),
        ('select ^v.visited_at from crm."Visits" v', VISITS),
        ('select v.^visited_at from crm."Visits" v', VISITS),
        ("select ^name from orders o join customers c on c.id = o.customer_id", CUSTOMERS),
        ("select 1 from orders c join customers o on ^o.id = c.customer_id", CUSTOMERS),
        (
            "select 1 from orders where exists (select 1 from customers c where ^c.id = 1)",
            CUSTOMERS,
        ),
        ("update ^orders set customer_id = 1", ORDERS),
        ("select ^twice(1)", NamedThing(NamedKind.FUNCTION, ("public", "twice"))),
        ("select crm.^score(1)", NamedThing(NamedKind.FUNCTION, ("crm", "score"))),
        ("select ^score(1)", None),
        ("select * from ^nothing", None),
        ("select '^orders'", None),
        ("select 1 ^+ 1", None),
        ("", None),
    ],
)
def test_a_name_means_what_the_database_would_take_it_for(
    marked: str, thing: NamedThing | None
) -> None:
    offset = marked.find("^")
    assert thing_at(marked.replace("^", ""), max(offset, 0), NAMES) == thing


@pytest.mark.parametrize(
    "statement",
    [
        "with a as (select x.b from t x), ^b as (select 1) select * from |b",
        "with recursive ^b (n) as (select 1 union all select n + 1 from b) select n from |b",
        "with a as (select b, c from t), ^b (n) as (select 2) select * from a join |b on true",
        "with ^b as materialized (select 1 as b) select b.b, |b from b",
    ],
)
def test_a_query_of_with_is_found_where_it_is_defined(statement: str) -> None:
    bare = statement.replace("^", "").replace("|", "")
    cursor = statement.replace("^", "").index("|")
    thing = thing_at(bare, cursor, NAMES)
    assert thing == NamedThing(NamedKind.QUERY, offset=statement.replace("|", "").index("^"))


def test_a_query_of_with_hides_the_table_of_its_name() -> None:
    statement = "with orders as (select 1 as id) select * from orders"
    thing = thing_at(statement, len(statement), NAMES)
    assert thing == NamedThing(NamedKind.QUERY, offset=statement.index("orders"))
