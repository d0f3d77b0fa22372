"""Two databases side by side: what is on which side, and which lines agree."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.schema.change import ChangeKind
from dsql_tui.schema.compare import changes
from dsql_tui.schema.definitions import Database, SchemaDefinition
from dsql_tui.schema.outline import ACCESS_TITLE, LinePair, line_pairs, outline
from dsql_tui.schema.renames import Rename
from tests.support.access_samples import SHOP as SHOP_ACCESS
from tests.support.schema_samples import CUSTOMERS, OPEN_ORDERS, ORDERS

LINES = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12)


def kinds(first: Database, second: Database) -> dict[str, dict[str, ChangeKind | None]]:
    listed = outline(first, second, changes(first, second))
    return {group.title: {each.label: each.kind for each in group.entries} for group in listed}


def test_every_object_of_either_side_is_listed_once_with_how_it_differs() -> None:
    changed = replace(ORDERS, comment="paid or not")
    first = Database((CUSTOMERS, ORDERS, OPEN_ORDERS))
    second = Database((SchemaDefinition("later"), CUSTOMERS, changed))
    assert kinds(first, second) == {
        "app": {
            "table customers": None,
            "table orders": ChangeKind.CHANGED,
            "view open_orders": ChangeKind.REMOVED,
        },
        "later": {"schema": ChangeKind.ADDED},
    }


def test_the_changes_of_an_object_are_those_that_concern_it() -> None:
    first, second = Database((CUSTOMERS,)), Database((replace(CUSTOMERS, comment="x"), ORDERS))
    listed = changes(first, second)
    (group,) = outline(first, second, listed)
    assert [change for entry in group.entries for change in entry.changes if change.key] == sorted(
        listed, key=lambda change: str(change.key)
    )


def test_a_rename_is_listed_under_the_name_that_is_gone() -> None:
    rename = Rename(ORDERS.key, "", "sales")
    renamed = replace(ORDERS, name="sales")
    (group,) = outline(Database((renamed,)), Database((renamed,)), [rename.change])
    assert [(each.label, each.kind, each.first) for each in group.entries] == [
        ("table orders", ChangeKind.CHANGED, None),
        ("table sales", None, renamed),
    ]


def test_roles_and_default_privileges_are_a_group_of_their_own_at_the_end() -> None:
    first = Database((CUSTOMERS,), access=replace(SHOP_ACCESS, roles=(), mappings=()))
    second = Database((CUSTOMERS,), access=SHOP_ACCESS)
    listed = outline(first, second, changes(first, second))
    assert listed[-1].title == ACCESS_TITLE
    assert listed[-1].entries
    assert all(each.lines() == [] for each in listed[-1].entries)


@given(LINES, LINES)
def test_pairs_of_lines_are_both_texts_in_order(first: list[str], second: list[str]) -> None:
    pairs = list(line_pairs(first, second))
    assert [pair.first for pair in pairs if pair.first is not None] == first
    assert [pair.second for pair in pairs if pair.second is not None] == second
    assert LinePair(None, None) not in pairs
    if first == second:
        assert all(pair.is_same for pair in pairs)


def test_lines_that_agree_are_next_to_each_other() -> None:
    assert list(line_pairs(["a", "x", "c"], ["a", "y", "z", "c"])) == [
        LinePair("a", "a"),
        LinePair("x", "y"),
        LinePair(None, "z"),
        LinePair("c", "c"),
    ]
