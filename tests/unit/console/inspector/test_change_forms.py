"""The forms of changes to a relation, without a screen: what they offer, run and warn of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.console.inspector.change_forms import (
    ChangeForm,
    FieldKind,
    FormValues,
    RelationChangeKind,
    form_of,
    index_name,
    kinds_for,
    label_of,
)
from dsql_tui.errors import InputError
from dsql_tui.model.inspection import Inspection
from dsql_tui.model.relation import RelationKind
from tests.support.inspection_samples import CUSTOMERS, ORDERS, TOTALS

NUMBERS = replace(TOTALS, relation=replace(TOTALS.relation, kind=RelationKind.SEQUENCE))


def values_of(form: ChangeForm, **given: str) -> FormValues:
    """Return what the fields hold at first, and what a person has entered."""
    texts = {each.key: each.value for each in form.fields if each.kind is not FieldKind.LIST}
    lists = {
        each.key: given[each.key].split() if each.key in given else [*filter(None, [each.value])]
        for each in form.fields
        if each.kind is FieldKind.LIST
    }
    return FormValues(texts | {key: text for key, text in given.items() if key not in lists}, lists)


def test_a_table_offers_every_change_and_others_what_they_have() -> None:
    assert kinds_for(ORDERS) == tuple(RelationChangeKind)
    assert RelationChangeKind.DROP_INDEX not in kinds_for(CUSTOMERS)
    assert [label_of(kind, TOTALS) for kind in kinds_for(TOTALS)] == [
        "Rename view",
        "Comment on view",
        "Rename column",
        "Comment on column",
        "Drop view",
    ]
    assert [label_of(kind, NUMBERS) for kind in kinds_for(NUMBERS)] == [
        "Rename sequence",
        "Comment on sequence",
        "Drop sequence",
    ]


@pytest.mark.parametrize(
    ("kind", "given", "sql"),
    [
        (RelationChangeKind.RENAME, {"name": "sales"}, "ALTER TABLE public.orders RENAME TO sales"),
        (RelationChangeKind.COMMENT, {"comment": ""}, "COMMENT ON TABLE public.orders IS NULL"),
        (
            RelationChangeKind.ADD_COLUMN,
            {"name": "paid", "type": "boolean"},
            "ALTER TABLE public.orders ADD COLUMN paid boolean",
        ),
        (
            RelationChangeKind.RENAME_COLUMN,
            {"name": "remark"},
            "ALTER TABLE public.orders RENAME COLUMN note TO remark",
        ),
        (
            RelationChangeKind.COMMENT_COLUMN,
            {"comment": "x"},
            "COMMENT ON COLUMN public.orders.note IS 'x'",
        ),
        (RelationChangeKind.DROP_COLUMN, {}, "ALTER TABLE public.orders DROP COLUMN note"),
        (
            RelationChangeKind.CREATE_INDEX,
            {},
            "CREATE INDEX ASYNC orders_note_idx ON public.orders (note)",
        ),
        (
            RelationChangeKind.CREATE_INDEX,
            {"columns": "note id", "included": "customer_id", "unique": "yes", "name": "i"},
            "CREATE UNIQUE INDEX ASYNC i ON public.orders (note, id) INCLUDE (customer_id)",
        ),
        (RelationChangeKind.DROP_INDEX, {}, "DROP INDEX public.orders_customer_idx"),
        (RelationChangeKind.DROP, {}, "DROP TABLE public.orders"),
    ],
)
def test_a_form_begins_at_the_column_under_the_cursor_and_ends_in_sql(
    kind: RelationChangeKind, given: dict[str, str], sql: str
) -> None:
    form = form_of(kind, ORDERS, "note")
    assert form.change(values_of(form, **given)).statements(ORDERS) == [sql]


def test_a_form_without_a_part_begins_at_the_first_column_or_none() -> None:
    rename, index = (
        form_of(kind, ORDERS, "gone")
        for kind in (RelationChangeKind.RENAME_COLUMN, RelationChangeKind.CREATE_INDEX)
    )
    assert rename.fields[0].value == "id"
    assert index.fields[0].value == ""
    with pytest.raises(InputError, match="Choose the columns"):
        index.change(values_of(index)).statements(ORDERS)


@pytest.mark.parametrize("kind", [RelationChangeKind.DROP, RelationChangeKind.DROP_COLUMN])
def test_what_loses_data_is_confirmed_by_the_name_of_the_table(kind: RelationChangeKind) -> None:
    form = form_of(kind, ORDERS, "note")
    for typed in ("", "order", "Orders"):
        with pytest.raises(InputError, match="Type orders"):
            form.check(values_of(form, confirm=typed))
    form.check(values_of(form, confirm="orders"))


def test_other_changes_are_not_confirmed() -> None:
    confirmed = {kind for kind in _FORM_KINDS if form_of(kind, ORDERS).confirm}
    assert confirmed == {RelationChangeKind.DROP, RelationChangeKind.DROP_COLUMN}


_FORM_KINDS = tuple(
    kind for kind in RelationChangeKind if kind is not RelationChangeKind.DELETE_ROWS
)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (RelationChangeKind.ADD_COLUMN, {}, "NULL in the rows that exist"),
        (RelationChangeKind.ADD_COLUMN, {"default": "0"}, "run in batches"),
        (
            RelationChangeKind.DROP_COLUMN,
            {"column": "customer_id"},
            "orders_customer_idx",
        ),
        (RelationChangeKind.COMMENT_COLUMN, {"column": "note"}, "Written by the customer"),
        (RelationChangeKind.COMMENT_COLUMN, {"column": "id"}, "No comment yet"),
        (RelationChangeKind.CREATE_INDEX, {"unique": "yes"}, "remains INVALID"),
        (RelationChangeKind.DROP_INDEX, {}, "CREATE INDEX orders_customer_idx"),
        (RelationChangeKind.RENAME, {}, "Views follow"),
        (RelationChangeKind.DROP, {}, "depend on it"),
    ],
)
def test_a_form_says_what_else_the_change_means(
    kind: RelationChangeKind, given: dict[str, str], words: str
) -> None:
    form = form_of(kind, ORDERS)
    assert words in form.note(values_of(form, **given))


@pytest.mark.parametrize("of", [ORDERS, TOTALS, NUMBERS])
def test_every_offered_form_names_its_relation(of: Inspection) -> None:
    for kind in kinds_for(of):
        if kind is not RelationChangeKind.DELETE_ROWS:
            assert of.relation.name in form_of(kind, of).heading


@pytest.mark.parametrize("table", ["orders", "ä" * 31, "t" * 63])
def test_a_proposed_name_can_be_one(table: str) -> None:
    name = index_name(table, ("customer_id", "note"))
    assert name.endswith("_idx")
    assert len(name.encode()) <= 63
