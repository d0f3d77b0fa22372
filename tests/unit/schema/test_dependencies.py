"""Rows of `pg_depend` as dependences of whole objects."""

from __future__ import annotations

from dsql_tui.schema.definitions import Definition
from dsql_tui.schema.dependencies import Node, required_objects
from tests.support.schema_samples import CUSTOMERS, IS_KNOWN, NUMBERS, OPEN_ORDERS, ORDERS, PRICE

OBJECTS: dict[Node, Definition] = {
    ("pg_class", "1"): ORDERS,
    ("pg_class", "2"): OPEN_ORDERS,
    ("pg_class", "3"): NUMBERS,
    ("pg_class", "4"): CUSTOMERS,
    ("pg_proc", "1"): IS_KNOWN,
    ("pg_type", "9"): PRICE,
}


def edge(part: str, needed: str, kind: str = "n") -> tuple[str, str, str, str, str]:
    """Return a row: `edge("pg_class 1", "pg_proc 1")`."""
    (catalog, oid), (other, number) = part.split(), needed.split()
    return catalog, oid, other, number, kind


def required(*rows: tuple[str, ...], skipped: set[Node] | None = None) -> dict[str, set[str]]:
    read = required_objects(OBJECTS, skipped or set(), rows)
    return {user.name: {each.name for each in needed} for user, needed in read.items()}


def test_an_object_needs_what_it_refers_to() -> None:
    assert required(edge("pg_class 1", "pg_type 9")) == {"orders": {"price"}}


def test_a_part_stands_for_its_object() -> None:
    rule = edge("pg_rewrite 7", "pg_class 2", "i")
    default = edge("pg_attrdef 8", "pg_class 1", "a")
    row_type = edge("pg_type 5", "pg_class 1", "i")
    array = edge("pg_type 6", "pg_type 5", "i")
    assert required(rule, edge("pg_rewrite 7", "pg_class 1")) == {"open_orders": {"orders"}}
    assert required(default, edge("pg_attrdef 8", "pg_class 3")) == {"orders": {"Numbers"}}
    assert required(row_type, array, edge("pg_proc 1", "pg_type 6")) == {"is_known": {"orders"}}


def test_an_object_does_not_need_itself_nor_what_is_not_read() -> None:
    rule = edge("pg_rewrite 7", "pg_class 2", "i")
    assert required(rule, edge("pg_rewrite 7", "pg_class 2")) == {}
    assert required(edge("pg_class 1", "pg_class 77"), edge("pg_class 77", "pg_class 1")) == {}


def test_a_sequence_of_a_column_does_not_need_the_table() -> None:
    owned = edge("pg_class 3", "pg_class 1", "a")
    assert required(owned) == {}


def test_foreign_keys_are_added_later() -> None:
    key = [edge("pg_constraint 5", "pg_class 1", "a"), edge("pg_constraint 5", "pg_class 4")]
    assert required(*key) == {"orders": {"customers"}}
    assert required(*key, skipped={("pg_constraint", "5")}) == {}


def test_parts_of_each_other_lead_nowhere() -> None:
    circle = [edge("pg_type 1", "pg_type 2", "i"), edge("pg_type 2", "pg_type 1", "i")]
    assert required(*circle, edge("pg_class 1", "pg_type 1")) == {}
