"""The script of differences runs what was planned, and nothing that a name says."""

from __future__ import annotations

import pytest

from dsql_tui.schema.change import ChangeKind, DefinitionChange
from dsql_tui.schema.definitions import ObjectKind, ObjectName
from dsql_tui.schema.plan import difference_script, merged
from dsql_tui.sql.lexing.split import split

HOSTILE = [
    "a\nDROP TABLE orders;",
    "a\rDROP TABLE orders;",
    "a\r\nDROP TABLE orders; --",
    "*/ DROP TABLE orders; /*",
    'a"; DROP TABLE orders; --',
]
ORDERS = ObjectName(ObjectKind.TABLE, "app", "orders")


def removal(name: str, says: str) -> DefinitionChange:
    key = ObjectName(ObjectKind.TABLE, "app", name)
    statements = (f"DROP TABLE {key.sql}",)
    return DefinitionChange(
        ChangeKind.REMOVED, key, statements, drops=says, note=says, impossible=says
    )


def statements(text: str) -> list[str]:
    return [each.text for each in split(text)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_with_line_breaks_adds_no_statement(name: str) -> None:
    planned = removal(name, says=name)
    (run,) = statements(difference_script([planned], allow_drop=True))
    assert run.endswith(planned.statements[0])
    assert statements(difference_script([planned], allow_drop=False)) == []


def test_what_may_not_be_dropped_is_a_comment_that_says_how_to_allow_it() -> None:
    planned = DefinitionChange(ChangeKind.REMOVED, ORDERS, ("DROP TABLE app.orders",), drops="rows")
    text = difference_script([planned], allow_drop=False, withheld="No:")
    assert text == "-- Drops rows: table app.orders.\n-- No:\n-- DROP TABLE app.orders;\n"


def test_changes_of_one_part_are_told_once_with_all_that_they_say() -> None:
    first = DefinitionChange(ChangeKind.CHANGED, ORDERS, part="column note")
    second = DefinitionChange(ChangeKind.CHANGED, ORDERS, part="column note", drops="its values")
    third = DefinitionChange(ChangeKind.CHANGED, ORDERS, part="column note", impossible="no way")
    other = DefinitionChange(ChangeKind.ADDED, ORDERS, part="column other")
    told = merged([first, second, other, third])
    assert [(each.part, each.drops, each.impossible) for each in told] == [
        ("column note", "its values", "no way"),
        ("column other", "", ""),
    ]
