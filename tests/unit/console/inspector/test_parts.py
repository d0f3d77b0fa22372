"""The SQL of the parts of an inspection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.console.inspector.parts import parts_of
from dsql_tui.model.inspection import GrantedPrivilege
from dsql_tui.model.relation import RelationKind
from tests.support.inspection_samples import ORDERS

GRANTS = {
    "the owner needs none": (GrantedPrivilege("admin", "admin", ("SELECT", "INSERT")), []),
    "without grant option": (
        GrantedPrivilege("a", "admin", ("SELECT", "INSERT")),
        ["GRANT SELECT, INSERT ON TABLE public.orders TO a;"],
    ),
    "with grant option": (
        GrantedPrivilege("a", "admin", ("SELECT",), ("SELECT",)),
        ["GRANT SELECT ON TABLE public.orders TO a WITH GRANT OPTION;"],
    ),
    "some with grant option": (
        GrantedPrivilege("a", "admin", ("SELECT", "INSERT", "UPDATE"), ("INSERT",)),
        [
            "GRANT SELECT, UPDATE ON TABLE public.orders TO a;",
            "GRANT INSERT ON TABLE public.orders TO a WITH GRANT OPTION;",
        ],
    ),
    "on a column": (
        GrantedPrivilege("a", "admin", ("SELECT", "UPDATE"), ("UPDATE",), column='no "te'),
        [
            'GRANT SELECT ("no ""te") ON TABLE public.orders TO a;',
            'GRANT UPDATE ("no ""te") ON TABLE public.orders TO a WITH GRANT OPTION;',
        ],
    ),
    "to everybody": (
        GrantedPrivilege("", "admin", ("SELECT",)),
        ["GRANT SELECT ON TABLE public.orders TO PUBLIC;"],
    ),
    "to a role with any name": (
        GrantedPrivilege('x"; drop', "admin", ("SELECT",)),
        ['GRANT SELECT ON TABLE public.orders TO "x""; drop";'],
    ),
}


@pytest.mark.parametrize("case", GRANTS)
def test_privileges_as_grants(case: str) -> None:
    privilege, statements = GRANTS[case]
    inspection = replace(ORDERS, privileges=(privilege,))
    (part,) = (each for each in parts_of(inspection) if each.key == "privileges")
    assert part.sql.splitlines() == statements


def test_a_sequence_is_named_as_one() -> None:
    relation = replace(ORDERS.relation, kind=RelationKind.SEQUENCE, name="numbers")
    privilege = GrantedPrivilege("a", "admin", ("USAGE",))
    inspection = replace(ORDERS, relation=relation, privileges=(privilege,))
    assert "GRANT USAGE ON SEQUENCE public.numbers TO a;\n" in {
        part.sql for part in parts_of(inspection)
    }
