"""Which cells can be edited: one rule, one row."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.model.result import Column
from dsql_tui.model.source_table import SourceTable
from dsql_tui.rows import editability as reasons
from dsql_tui.rows.editability import editability_of, with_origins
from dsql_tui.sql.statements.relations_read import BareQuery
from tests.unit.rows.tables import LINES, ORDERS, editable, shown, without

EXPRESSION = Column("n", 20)
ALL = shown(ORDERS)
NOT_UPDATABLE = replace(
    ORDERS, columns=tuple(replace(column, may_update=False) for column in ORDERS.columns)
)


@pytest.mark.parametrize(
    ("columns", "table", "repeated", "expected"),
    [
        (ALL, ORDERS, (), ["", "", "", "", reasons.COMPUTED]),
        ((*ALL[:2], EXPRESSION), ORDERS, (), ["", "", reasons.EXPRESSION]),
        (ALL[1:3], ORDERS, (), [reasons.KEY_NOT_SHOWN] * 2),
        (ALL[:2], replace(ORDERS, keys=()), (), [reasons.NO_KEY] * 2),
        (ALL[:2], replace(ORDERS, is_table=False), (), [reasons.NOT_A_TABLE] * 2),
        ((*ALL[:2], ALL[1]), ORDERS, (), [reasons.TWICE] * 3),
        (ALL[:2], ORDERS, {"orders"}, [reasons.TWICE] * 2),
        (ALL[:2], ORDERS, {"other"}, ["", ""]),
        (ALL[:2], NOT_UPDATABLE, (), [reasons.NO_UPDATE] * 2),
        (ALL[:2], without("status", ORDERS), (), ["", reasons.CHANGED]),
        (ALL[:2], without("id", ORDERS), (), [reasons.KEY_NOT_SHOWN] * 2),
        (ALL[:1], None, (), [reasons.CHANGED]),
        (shown(LINES, "order", "price"), LINES, (), [reasons.KEY_NOT_SHOWN] * 2),
        ((EXPRESSION,), None, (), [reasons.EXPRESSION]),
    ],
)
def test_each_column_is_editable_or_has_its_reason(
    columns: tuple[Column, ...],
    table: SourceTable | None,
    repeated: Collection[str],
    expected: list[str],
) -> None:
    tables = {table.oid: table} if table else {}
    answer = editability_of(columns, tables, repeated)
    assert [answer.reasons.get(place, "") for place in range(len(columns))] == expected
    assert [place in answer.columns for place in range(len(columns))] == [
        not reason for reason in expected
    ]
    assert all(len(reason.split()) <= 5 for reason in answer.reasons.values())


def test_of_a_join_each_table_with_its_key_is_editable() -> None:
    columns = (*shown(ORDERS, "id", "status"), *shown(LINES, "order", "price"))
    answer = editability_of(columns, {7: ORDERS, 8: LINES})
    assert list(answer.columns) == [0, 1]
    assert answer.columns[1] == (7, ORDERS.columns[1])
    assert answer.tables[7].key_places() == (0,)
    assert answer.sole_table is None


def test_a_second_key_is_used_where_the_first_is_not_shown() -> None:
    table = replace(ORDERS, keys=((1,), (4, 3)))
    answer = editability_of(shown(table, "status", "total"), {7: table})
    assert [column.name for column in answer.tables[7].key] == ["total", "status"]
    assert answer.tables[7].key_places() == (1, 0)


def test_rows_are_added_and_deleted_only_where_every_column_is_the_tables() -> None:
    whole = editability_of(ALL, {7: ORDERS})
    assert whole.sole_table is whole.tables[7]
    assert editability_of((*ALL, EXPRESSION), {7: ORDERS}).sole_table is None


def test_shown_columns_are_in_the_order_of_the_result() -> None:
    columns = (ALL[2], ALL[0], ALL[1])
    table = editability_of(columns, {7: ORDERS}).tables[7]
    assert [column.name for column in table.shown()] == ["total", "id", "status"]
    assert [column.name for column in editable(ORDERS, "id").shown()] == ["id"]


@pytest.mark.parametrize(
    ("listed", "names", "is_proven"),
    [
        (("*",), ("id", "status", "total", "data", "twice"), True),
        (("status", "id"), ("status", "id"), True),
        (("status", "id"), ("id", "status"), False),
        (("*",), ("id", "status"), False),
        (("status",), ("state",), False),
        (("ctid",), ("ctid",), False),
        (("*", "id"), ("id", "status", "total", "data", "twice", "id"), True),
    ],
)
def test_without_table_numbers_only_names_that_agree_are_trusted(
    listed: tuple[str, ...], names: tuple[str, ...], is_proven: bool
) -> None:
    columns = [Column(name, 25) for name in names]
    proven = with_origins(columns, BareQuery(("orders",), listed), ORDERS)
    assert (proven is not None) is is_proven
    for column in proven or ():
        own = ORDERS.column(column.attribute_number)
        assert own is not None
        assert (own.name, column.relation_oid) == (column.name, 7)


@given(
    st.lists(st.sampled_from([*ALL, *shown(LINES), EXPRESSION]), max_size=8),
    st.sets(st.sampled_from(["orders", "order lines"])),
)
def test_what_is_editable_has_a_table_with_its_whole_key_shown_once(
    columns: list[Column], repeated: set[str]
) -> None:
    answer = editability_of(columns, {7: ORDERS, 8: LINES}, repeated)
    assert {*answer.columns} | {*answer.reasons} == set(range(len(columns)))
    for place, (oid, column) in answer.columns.items():
        table = answer.tables[oid]
        origin = (columns[place].relation_oid, columns[place].attribute_number)
        assert origin == (oid, column.number)
        assert table.table.name not in repeated
        for key, at in zip(table.key, table.key_places(), strict=True):
            assert (columns[at].relation_oid, columns[at].attribute_number) == (oid, key.number)
        shown_once = [each.attribute_number for each in columns if each.relation_oid == oid]
        assert len(shown_once) == len(set(shown_once))
