"""Privileges that a statement requires."""

from __future__ import annotations

from typing import Any, SupportsIndex

import pytest

from dsql_tui.model.access.why import Use
from dsql_tui.sql.access.required_privileges import needs_of
from dsql_tui.sql.lexing.names import Piece, pieces_of
from dsql_tui.sql.statements.actions import calls_of


def told(use: Use) -> str:
    return f"{use.right or 'OWN'} {use.kind} {'.'.join(use.parts)}"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select * from Orders", ["SELECT relation orders"]),
        (
            'select 1 from shop."Or ders" o, b as x',
            ["SELECT relation shop.Or ders", "SELECT relation b"],
        ),
        (
            "select * from a join b on a.i = b.i left join only c using (i)"
            " where a.x in (select y from d)",
            ["SELECT relation a", "SELECT relation b", "SELECT relation c", "SELECT relation d"],
        ),
        ("select * from (a join b using (i))", ["SELECT relation a", "SELECT relation b"]),
        (
            "select * from (select * from inner_one) t, outer_one",
            ["SELECT relation outer_one", "SELECT relation inner_one"],
        ),
        ("select extract(year from placed_at) from orders", ["SELECT relation orders"]),
        ("select a is distinct from b from t", ["SELECT relation t"]),
        ("select * from generate_series(1, 2) g, t", ["SELECT relation t"]),
        (
            "with recent as (select * from orders), w(a, b) as (select 1, 2)"
            " select * from recent, w",
            ["SELECT relation orders"],
        ),
        ("insert into t values (1)", ["INSERT relation t"]),
        ("insert into t select * from s", ["INSERT relation t", "SELECT relation s"]),
        ("insert into t values (1) returning id", ["INSERT relation t", "SELECT relation t"]),
        (
            "insert into t values (1) on conflict (id) do update set a = 1",
            ["INSERT relation t", "UPDATE relation t", "SELECT relation t"],
        ),
        ("update t set a = 1", ["UPDATE relation t"]),
        ("update t set a = 1 where id = 2", ["UPDATE relation t", "SELECT relation t"]),
        (
            "update t set a = s.a from s where s.i = t.i",
            ["UPDATE relation t", "SELECT relation t", "SELECT relation s"],
        ),
        ("delete from t", ["DELETE relation t"]),
        (
            "delete from t using s where s.i = t.i",
            ["DELETE relation t", "SELECT relation t", "SELECT relation s"],
        ),
        ("select * from t for update", ["SELECT relation t", "UPDATE relation t"]),
        ("explain (analyze, verbose) delete from t", ["DELETE relation t"]),
        ("explain select * from t", ["SELECT relation t"]),
        ("table t", ["SELECT relation t"]),
        ("copy t to stdout", ["SELECT relation t"]),
        ("copy t from stdin", ["INSERT relation t"]),
        ("select nextval('app.\"Seq\"')", ["USAGE sequence app.Seq"]),
        (
            "create table app.t (id bigint primary key, o uuid references orders)",
            ["CREATE schema app", "REFERENCES relation orders"],
        ),
        ("create view v as select 1", ["CREATE schema public"]),
        ("create index async on app.t (a)", ["OWN relation app.t"]),
        ("alter table t add column a text", ["OWN relation t"]),
        ("drop table a, b", ["OWN relation a", "OWN relation b"]),
        ("drop sequence s", ["OWN sequence s"]),
        ("grant select on t to r", ["OWN relation t"]),
        ("select lower('a'), f(1, (2)), s.g()", ["EXECUTE function f", "EXECUTE function s.g"]),
        ("select 1", []),
        ("", []),
        ("begin", []),
    ],
)
def test_a_statement_asks_for(statement: str, expected: list[str]) -> None:
    assert [told(use) for use in needs_of(statement).uses] == expected


@pytest.mark.parametrize(
    "statement", ["create role r", "aws iam grant r to 'arn'", "create schema s"]
)
def test_privileges_that_no_object_shows_are_reported(statement: str) -> None:
    assert needs_of(statement).note


class Counted(list[Piece]):
    """Pieces that count how often one is looked at."""

    looks = 0

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        self.looks += 1
        return super().__getitem__(at)


@pytest.mark.parametrize("unit", [(", f(1", ")"), (", f(1)", ""), (", (select f(1)", ")")])
def test_calls_are_found_in_linear_time(unit: tuple[str, str]) -> None:
    opening, closing = unit
    looks = []
    for size in (200, 400):
        pieces = Counted(pieces_of("select 1" + opening * size + closing * size))
        assert len(list(calls_of(pieces))) == size
        looks.append(pieces.looks)
    assert looks[1] < 3 * looks[0]
