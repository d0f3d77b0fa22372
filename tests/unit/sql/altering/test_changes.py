"""Changes of a relation: their statements for any name, and what is refused before the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.model.inspection import InspectedColumn, InspectedConstraint, Inspection
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.altering.changes import (
    CommentOn,
    DropRelation,
    RelationChange,
    RenameColumn,
    RenameRelation,
    check_change,
    delete_rows,
)
from dsql_tui.sql.altering.columns_and_indexes import (
    AddColumn,
    CreateIndex,
    DropColumn,
    DropIndex,
    dropped_with,
)
from dsql_tui.sql.lexing.split import split
from dsql_tui.sql.statements.classify import classify
from tests.support.inspection_samples import CUSTOMERS, ORDERS, ORDERS_TO_CUSTOMERS, TOTALS

NUMBERS = replace(ORDERS, relation=replace(ORDERS.relation, kind=RelationKind.SEQUENCE))
HOSTILE = ('a"b', "it's", "Mixed Case", "semi;colon", "-- x", "select", "naïve", "a.b", "$$", "1")
RENAMED = "ALTER {} public.{} RENAME TO sales"


@pytest.mark.parametrize(
    ("change", "of", "statements"),
    [
        (RenameRelation("sales"), ORDERS, [RENAMED.format("TABLE", "orders")]),
        (RenameRelation("sales"), TOTALS, [RENAMED.format("VIEW", "order_totals")]),
        (RenameRelation("sales"), NUMBERS, [RENAMED.format("SEQUENCE", "orders")]),
        (
            RenameColumn("note", "Remark"),
            ORDERS,
            ['ALTER TABLE public.orders RENAME COLUMN note TO "Remark"'],
        ),
        (
            RenameColumn("note", "remark"),
            TOTALS,
            ["ALTER VIEW public.order_totals RENAME COLUMN note TO remark"],
        ),
        (CommentOn("it's"), ORDERS, ["COMMENT ON TABLE public.orders IS 'it''s'"]),
        (CommentOn("", "note"), ORDERS, ["COMMENT ON COLUMN public.orders.note IS NULL"]),
        (
            AddColumn("paid", "boolean"),
            ORDERS,
            ["ALTER TABLE public.orders ADD COLUMN paid boolean"],
        ),
        (
            AddColumn("paid", "boolean", "false"),
            ORDERS,
            [
                "ALTER TABLE public.orders ADD COLUMN paid boolean",
                "ALTER TABLE public.orders ALTER COLUMN paid SET DEFAULT false",
            ],
        ),
        (DropColumn("note"), ORDERS, ["ALTER TABLE public.orders DROP COLUMN note"]),
        (
            CreateIndex("", ("note",)),
            ORDERS,
            ["CREATE INDEX ASYNC ON public.orders (note)"],
        ),
        (
            CreateIndex("i", ("note", "id"), ("customer_id",), unique=True, where="note <> ';'"),
            ORDERS,
            [
                "CREATE UNIQUE INDEX ASYNC i ON public.orders (note, id) INCLUDE (customer_id)"
                " WHERE note <> ';'"
            ],
        ),
        (DropIndex("orders_customer_idx"), ORDERS, ["DROP INDEX public.orders_customer_idx"]),
        (DropRelation(), ORDERS, ["DROP TABLE public.orders"]),
        (DropRelation(), TOTALS, ["DROP VIEW public.order_totals"]),
        (DropRelation(), NUMBERS, ["DROP SEQUENCE public.orders"]),
    ],
)
def test_a_change_is_these_statements_and_passes_the_rules(
    change: RelationChange, of: Inspection, statements: list[str]
) -> None:
    assert change.statements(of) == statements
    check_change(change, of)


CHANGES: tuple[Callable[[str], RelationChange], ...] = (
    RenameRelation,
    lambda name: RenameColumn("note", name),
    lambda name: RenameColumn(name, "other"),
    CommentOn,
    lambda name: CommentOn("text", name),
    lambda name: AddColumn(name, "text", "'x'"),
    DropColumn,
    lambda name: CreateIndex(name, ("note",)),
    lambda name: CreateIndex("i", (name,), (f"{name}2",)),
    DropIndex,
    lambda _name: DropRelation(),
)
"""Each change with a name, or text, that a person gives."""


@pytest.mark.parametrize("make", CHANGES)
@given(name=st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=12))
@settings(max_examples=20)
def test_a_name_is_never_more_than_a_name(make: Callable[[str], RelationChange], name: str) -> None:
    relation = replace(ORDERS.relation, schema=name, name=f"{name} t")
    of = replace(ORDERS, relation=relation, referred_by=())
    for statement in make(name).statements(of):
        assert [each.text for each in split(statement)] == [statement.strip()]
        assert classify(statement).is_ddl


LONG = "ä" * 32
FULL = replace(ORDERS, columns=ORDERS.columns * 85)
MANY = replace(ORDERS, indexes=ORDERS.indexes * 12)
UNIQUE = replace(
    ORDERS,
    constraints=(
        InspectedConstraint("orders_customer_idx", "UNIQUE", "UNIQUE (customer_id)", True),
    ),
)
TYPES = replace(
    ORDERS,
    columns=tuple(
        InspectedColumn(number, name, name, nullable=True)
        for number, name in enumerate(("json", "jsonb", "bytea", "interval", "text[]"), 1)
    ),
)


@pytest.mark.parametrize(
    ("change", "of", "words"),
    [
        (RenameRelation(""), ORDERS, "Enter a name"),
        (RenameRelation("orders"), ORDERS, "the name that it has"),
        (RenameRelation(LONG), ORDERS, "64 bytes"),
        (RenameColumn("note", "id"), ORDERS, "has a column id already"),
        (CommentOn("What customers ordered"), ORDERS, "the comment that it has"),
        (CommentOn("Written by the customer", "note"), ORDERS, "the comment that it has"),
        (AddColumn("note", "text"), ORDERS, "has a column note already"),
        (AddColumn("paid", ""), ORDERS, "Enter a type"),
        (AddColumn("paid", "boolean NOT NULL"), ORDERS, "refuses NOT NULL in ADD COLUMN"),
        (AddColumn("paid", "boolean default true"), ORDERS, "Enter the default below. For NOT"),
        (AddColumn("paid", "money"), ORDERS, "datatype money not supported"),
        (AddColumn("paid", "varchar(70000)"), ORDERS, "text, which holds 1 MiB"),
        (AddColumn("paid", "text; drop table orders"), ORDERS, "semicolon"),
        (AddColumn("paid", "text", "1; select 2"), ORDERS, "semicolon"),
        (AddColumn("paid", "text"), FULL, "at most 255 columns"),
        (DropColumn("id"), ORDERS, "dsql-tui schema apply"),
        (DropColumn("name"), CUSTOMERS, ""),
        (DropIndex("orders_pkey"), ORDERS, "primary key"),
        (DropIndex("orders_customer_idx"), UNIQUE, "DROP CONSTRAINT orders_customer_idx"),
        (CreateIndex("i", ()), ORDERS, "Choose the columns"),
        (CreateIndex("orders_pkey", ("note",)), ORDERS, "has an index orders_pkey already"),
        (CreateIndex(LONG, ("note",)), ORDERS, "64 bytes"),
        (CreateIndex("i", ("note",)), MANY, "DSQL allows 24"),
        (CreateIndex("i", ("note",), ("note",)), ORDERS, "do not include it"),
        (CreateIndex("i", tuple("abcdefghi")), ORDERS, "more than 8 column keys"),
        (CreateIndex("i", ("note",), where="true; drop table t"), ORDERS, "semicolon"),
        *(
            (CreateIndex("i", (column.name,)), TYPES, "is not supported in a key")
            for column in TYPES.columns
        ),
        (DropRelation(), CUSTOMERS, "ALTER TABLE public.orders DROP CONSTRAINT orders_customer_fk"),
    ],
)
def test_what_dsql_refuses_is_refused_with_the_reason_and_the_way_round(
    change: RelationChange, of: Inspection, words: str
) -> None:
    if not words:
        check_change(change, of)
        return
    with pytest.raises(InputError) as refused:
        check_change(change, of)
    assert words in f"{refused.value.message} {refused.value.remedy}"


def test_a_column_that_another_table_refers_to_is_refused_and_one_of_the_table_itself_is_not() -> (
    None
):
    table = replace(CUSTOMERS, key=())
    with pytest.raises(InputError, match="orders_customer_fk"):
        check_change(DropColumn("id"), table)
    own = replace(ORDERS_TO_CUSTOMERS, oid=table.relation.oid)
    check_change(DropColumn("id"), replace(table, referred_by=(own,)))
    check_change(DropRelation(), replace(table, referred_by=(own,)))


@pytest.mark.parametrize("schema", ["sys", "pg_catalog", "information_schema"])
def test_relations_of_the_system_are_not_changed(schema: str) -> None:
    of = replace(ORDERS, relation=replace(ORDERS.relation, schema=schema))
    with pytest.raises(InputError, match="belongs to the system"):
        check_change(CommentOn("x"), of)
    with pytest.raises(InputError, match="belongs to the system"):
        delete_rows(of)


def test_rows_are_deleted_from_tables_alone() -> None:
    assert delete_rows(ORDERS) == "DELETE FROM public.orders"
    with pytest.raises(InputError, match="rows of a view"):
        delete_rows(TOTALS)


def test_what_a_column_takes_with_it_is_known() -> None:
    assert dropped_with("customer_id", ORDERS) == ["orders_customer_idx", "orders_customer_fk"]
    assert dropped_with("note", ORDERS) == ["orders_customer_idx"]
