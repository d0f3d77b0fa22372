"""The order in which objects are created."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.schema.definitions import (
    Database,
    DomainDefinition,
    FunctionDefinition,
    ObjectName,
    SchemaDefinition,
    TableDefinition,
    ViewDefinition,
)
from dsql_tui.schema.order import creation_order
from tests.support.schema_samples import CUSTOMERS, IS_KNOWN, NUMBERS, ORDERS, PRICE, SHOP, TOTALS


def names(database: Database) -> list[str]:
    return [each.key.label for each in creation_order(database)]


def test_what_an_object_refers_to_comes_first() -> None:
    order = [each.key for each in creation_order(SHOP)]
    assert len(order) == len(SHOP.objects)
    for user, needed in SHOP.requires.items():
        assert all(order.index(each) < order.index(user) for each in needed)
    # Functions come last, but for those that something else needs.
    assert order.index(IS_KNOWN.key) == order.index(ORDERS.key) - 1
    assert order.index(CUSTOMERS.key) < order.index(IS_KNOWN.key)


def test_the_order_does_not_depend_on_the_order_of_the_objects() -> None:
    shuffled = list(SHOP.objects)
    Random(1).shuffle(shuffled)
    assert creation_order(replace(SHOP, objects=tuple(shuffled))) == creation_order(SHOP)


def function(name: str, body: str, schema: str = "s") -> FunctionDefinition:
    return FunctionDefinition(
        schema, name, "", f"CREATE OR REPLACE FUNCTION {schema}.{name}()", body=body
    )


def test_names_in_the_text_of_a_body_count() -> None:
    long_name = "x" * 63
    objects = (
        SchemaDefinition("s"),
        function("a", 'select * from s.b() where "Odd" > 1'),
        function("b", f"select {long_name}more()"),
        function(long_name, "select 1"),
        function("c", "select t.b from t"),
        ViewDefinition("s", "t", "SELECT 1 AS b"),
    )
    order = names(Database(objects))
    assert order.index("function s.b()") < order.index("function s.a()")
    assert order.index(f"function s.{long_name}()") < order.index("function s.b()")
    assert order.index("view s.t") < order.index("function s.c()")


def test_a_name_of_another_schema_is_another_name() -> None:
    objects = (
        SchemaDefinition("a"),
        SchemaDefinition("b"),
        function("f", "select b.g()", "a"),
        function("g", "", "a"),
    )
    assert names(Database(objects))[-2:] == ["function a.f()", "function a.g()"]
    near = (*objects, function("g", "", "b"))
    order = names(Database(near))
    assert order.index("function b.g()") < order.index("function a.f()")


def test_a_body_that_names_what_needs_the_function_does_not_hold_it_up() -> None:
    table = TableDefinition("s", "t")
    check = function("is_known", "select true from s.t")
    database = Database((SchemaDefinition("s"), table, check), {table.key: frozenset({check.key})})
    assert names(database) == ["schema s", "function s.is_known()", "table s.t"]


def test_a_circle_is_cut_and_nothing_is_lost() -> None:
    one, other = function("a", "select s.b()"), function("b", "select s.a()")
    assert names(Database((SchemaDefinition("s"), one, other))) == [
        *("schema s", "function s.a()", "function s.b()")
    ]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_any_order_that_the_dependencies_allow_is_found(edges: list[tuple[int, int]]) -> None:
    domains = [DomainDefinition("s", f"d{number}", "text") for number in range(10)]
    requires: dict[ObjectName, frozenset[ObjectName]] = {}
    for one, other in edges:
        low, high = sorted((one, other))
        if low != high:  # the higher is needed by the lower, so names alone would be wrong
            key = domains[low].key
            requires[key] = requires.get(key, frozenset()) | {domains[high].key}
    order = [
        each.key for each in creation_order(Database((*domains, SchemaDefinition("s")), requires))
    ]
    assert order[0] == SchemaDefinition("s").key
    assert len(order) == 11
    for user, needed in requires.items():
        assert all(order.index(each) < order.index(user) for each in needed)


def test_kinds_without_dependencies_are_in_the_order_of_their_needs() -> None:
    order = [each.key for each in creation_order(replace(SHOP, requires={}))]
    expected = [PRICE.key, NUMBERS.key, CUSTOMERS.key, TOTALS.key, IS_KNOWN.key]
    assert [key for key in order if key in expected] == expected
