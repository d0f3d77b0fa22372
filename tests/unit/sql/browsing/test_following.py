"""Rows that a cell refers to: composite keys, the same table twice, NULL, missing columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.errors import InputError
from dsql_tui.model.catalog import CatalogSnapshot, NamedColumn, NamedRelation
from dsql_tui.model.inspection import ForeignKey
from dsql_tui.model.result import Column
from dsql_tui.sql.browsing.following import (
    ReferenceTarget,
    referenced_rows,
    referring_rows,
    rows_by_name,
    short_name,
)

ITEMS, STOCK = 7, 9
KEY = ForeignKey(
    "items_stock_fkey",
    ITEMS,
    ("public", "items"),
    (2, 3),
    ("site", "sku"),
    STOCK,
    ("depot", "Stock"),
    (1, 2),
    ("site_code", "sku_code"),
)
OTHER = replace(KEY, name="items_sku_fkey", numbers=(3,), columns=("sku",), target_numbers=(2,))
OTHER = replace(OTHER, target_columns=("sku_code",))


def column(name: str, relation: int, number: int) -> Column:
    return Column(name, 25, -1, relation, number)


SITE, SKU, COUNT = column("s", ITEMS, 2), column("k", ITEMS, 3), column("n", ITEMS, 4)


def test_a_composite_key_takes_its_values_from_the_row_by_origin_and_in_its_order() -> None:
    (target,) = referenced_rows([KEY], [SKU, COUNT, SITE], ["a1", "3", "BER"], 0)
    assert target == ReferenceTarget(
        ("depot", "Stock"),
        ("site_code", "sku_code"),
        ("BER", "a1"),
        "foreign key items_stock_fkey",
    )
    assert target.label == 'depot."Stock" site_code=BER sku_code=a1'


def test_each_key_of_the_column_is_a_target_and_no_other_column_has_one() -> None:
    row = ["BER", "a1", "3"]
    both = referenced_rows([KEY, OTHER], [SITE, SKU, COUNT], row, 1)
    assert [target.columns for target in both] == [("site_code", "sku_code"), ("sku_code",)]
    assert len(referenced_rows([KEY, OTHER], [SITE, SKU, COUNT], row, 0)) == 1
    assert referenced_rows([KEY, OTHER], [SITE, SKU, COUNT], row, 2) == []


@pytest.mark.parametrize(
    ("columns", "row", "words"),
    [
        ([SKU], ["a1"], "lacks the column site of"),
        ([SKU, SITE], ["a1", None], "site is NULL"),
        ([SKU, SITE], [None, "BER"], "sku is NULL"),
        ([SKU, SITE, SITE], ["a1", "BER", "HAM"], "column site of the key more than once"),
    ],
)
def test_a_key_that_is_not_whole_in_the_row_is_refused(
    columns: list[Column], row: list[str | None], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        referenced_rows([KEY], columns, row, 0)


def test_the_cell_itself_counts_where_its_table_is_in_the_result_twice() -> None:
    (target,) = referenced_rows([OTHER], [SKU, SKU], ["first", "second"], 1)
    assert target.values == ("second",)
    (same,) = referenced_rows([KEY], [SKU, SITE, SITE], ["a1", "BER", "BER"], 0)
    assert same.values == ("BER", "a1")


def test_columns_of_another_table_are_not_those_of_the_key() -> None:
    with pytest.raises(InputError, match="lacks the column site"):
        referenced_rows([KEY], [SKU, column("site", STOCK, 2)], ["a1", "BER"], 0)


def test_rows_refer_to_a_row_through_its_referenced_columns() -> None:
    columns = [column("x", STOCK, 3), column("sku", STOCK, 2), column("site", STOCK, 1)]
    (target,) = referring_rows([KEY], columns, ["-", "a1", "BER"], 0)
    assert (target.relation, target.columns, target.values) == (
        ("public", "items"),
        ("site", "sku"),
        ("BER", "a1"),
    )


NAMES = CatalogSnapshot(
    relations=(
        NamedRelation("public", "orders", (NamedColumn("customer_id"), NamedColumn("note"))),
        NamedRelation("crm", "visits", (NamedColumn("customer_id"),)),
        NamedRelation("public", "empty", ()),
    )
)


@pytest.mark.parametrize(
    ("name", "value", "own", "relations"),
    [
        ("customer_id", "42", None, [("public", "orders"), ("crm", "visits")]),
        ("customer_id", "42", ("public", "orders"), [("crm", "visits")]),
        ("customer_id", None, None, []),
        ("note", "42", None, []),
    ],
)
def test_without_a_key_relations_with_a_column_of_the_same_name_are_proposed(
    name: str, value: str | None, own: tuple[str, str] | None, relations: list[tuple[str, str]]
) -> None:
    targets = rows_by_name(NAMES, Column(name, 20), value, own)
    assert [target.relation for target in targets] == relations
    assert {target.why for target in targets} <= {"same column name"}
    assert all(target.values == ("42",) for target in targets)


def test_only_other_schemas_than_public_are_named() -> None:
    assert short_name(("public", "Orders")) == '"Orders"'
    assert short_name(("crm", "visits")) == "crm.visits"
