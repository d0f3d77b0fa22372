"""The SQL of the parts of an inspection."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsql_tui.console.inspector.parts import parts_of
from dsql_tui.model.inspection import GrantedPrivilege, InspectedConstraint, InspectedIndex
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.dsql.lint import LintSeverity, check
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


ADD = 'ALTER TABLE public.orders ADD CONSTRAINT "c""1" '
FK = "FOREIGN KEY (customer_id) REFERENCES customers(id)"
VALIDATE = 'ALTER TABLE ASYNC public.orders VALIDATE CONSTRAINT "c""1";'
CONSTRAINTS = {
    "a primary key is declared with the table": ("PRIMARY KEY", "PRIMARY KEY (id)", True, []),
    "a foreign key": ("FOREIGN KEY", FK, True, [f"{ADD}{FK} NOT VALID;", VALIDATE]),
    "one not validated": ("FOREIGN KEY", f"{FK} NOT VALID", False, [f"{ADD}{FK} NOT VALID;"]),
    "a check": ("CHECK", "CHECK ((id > 0))", True, [f"{ADD}CHECK ((id > 0)) NOT VALID;", VALIDATE]),
    "a unique constraint": (
        "UNIQUE",
        "UNIQUE (note)",
        True,
        [
            'CREATE UNIQUE INDEX ASYNC "c""1" ON public.orders (note);',
            f'{ADD}UNIQUE USING INDEX "c""1";',
        ],
    ),
}


@pytest.mark.parametrize("case", CONSTRAINTS)
def test_a_constraint_is_added_as_dsql_accepts_it(case: str) -> None:
    kind, definition, is_validated, statements = CONSTRAINTS[case]
    create = 'CREATE UNIQUE INDEX "c""1" ON public.orders (note)'
    inspection = replace(
        ORDERS,
        constraints=(InspectedConstraint('c"1', kind, definition, is_validated),),
        indexes=(*ORDERS.indexes, InspectedIndex('c"1', create, True, False, True)),
    )
    (part,) = (each for each in parts_of(inspection) if each.key == "constraints")
    assert part.sql.splitlines() == statements
    assert not [each for each in check(part.sql) if each.severity is LintSeverity.ERROR]
