"""Plans as DSQL prints them become trees, sentences and money.

The texts in `tests/data/plans` are those of the user guide (September 2026).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.errors import InputError
from dsql_tui.model.plan import Plan, PlanNode
from dsql_tui.sql.dsql.explain import dollars, explain_of, read_plan, side_by_side
from dsql_tui.sql.dsql.explain_hints import hints

PLANS = Path(__file__).parents[3] / "data" / "plans"


def plan(name: str) -> Plan:
    return read_plan((PLANS / f"{name}.txt").read_text(encoding="utf-8"))


def outline(found: Plan) -> list[str]:
    assert found.root is not None
    return ["  " * depth + node.title for depth, node in found.root.walk()]


def root(found: Plan) -> PlanNode:
    assert found.root is not None
    return found.root


OUTLINES = {
    "full_scan": [
        "Full Scan (btree-table) on transaction",
        "  Storage Scan on transaction",
        "    B-Tree Scan on transaction",
    ],
    "index_only_scan": [
        "Index Only Scan using idx1 on account",
        "  Storage Scan on idx1",
        "    B-Tree Scan on idx1",
    ],
    "index_scan_with_lookup": [
        "Index Scan using idx1 on account",
        "  Storage Scan on idx1",
        "    B-Tree Scan on idx1",
        "  Storage Lookup on account",
        "    B-Tree Lookup on account",
    ],
    "analyze_verbose": [
        "Index Only Scan using test_table_pkey on public.test_table",
        "  Storage Scan on test_table_pkey",
        "    B-Tree Scan on test_table_pkey",
    ],
    "insert_with_minimums": [
        "Insert on public.test_table",
        '  Values Scan on "*VALUES*"',
    ],
    "batched_nested_loop": [
        "Sort",
        "  Nested Loop (Batched Join)",
        "    Full Scan (btree-table) on transaction t",
        "      Storage Scan on transaction t",
        "        B-Tree Scan on transaction t",
        "    Index Only Scan using idx1 on account a",
    ],
}


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_a_plan_is_read_as_a_tree(name: str) -> None:
    assert outline(plan(name)) == OUTLINES[name]


def test_costs_rows_and_details_are_read() -> None:
    node = root(plan("full_scan"))
    assert node.estimate is not None
    assert (node.estimate.startup_cost, node.estimate.total_cost) == (125100.05, 177933.38)
    assert (node.estimate.rows, node.estimate.width) == (33333, 16)
    assert node.actual is None
    assert node.detail("Filter") == "(description ~~ '%external%'::text)"
    storage = node.children[0]
    assert storage.detail("Projections") == "account_id, description"
    assert storage.detail("Filters").startswith("(transaction_date > ")


def test_what_a_plan_took_is_read_with_its_dpu() -> None:
    found = plan("analyze_verbose")
    node = root(found)
    assert node.actual is not None
    assert (node.actual.startup_ms, node.actual.total_ms) == (2.973, 4.482)
    assert (node.actual.rows, node.actual.loops) == (120, 1)
    storage = node.children[0].actual
    assert storage is not None
    assert (storage.total_ms, storage.rows) == (None, 120)
    assert node.own_ms == 4.482
    assert (found.planning_ms, found.execution_ms) == (11.415, 4.528)
    assert found.query_identifier == "qymgw1m77maoe"
    assert found.dpu is not None
    assert found.dpu.parts == {
        "Compute": Decimal("0.01607"),
        "Read": Decimal("0.04312"),
        "Write": Decimal("0.00000"),
    }
    assert found.dpu.total == Decimal("0.05919")
    assert found.notes == ()


def test_the_minimums_of_a_transaction_are_read() -> None:
    dpu = plan("insert_with_minimums").dpu
    assert dpu is not None
    assert dpu.minimums == {"Read": Decimal("0.00375"), "Write": Decimal("0.05000")}


def test_dpu_have_a_price() -> None:
    assert dollars(Decimal(1966), Decimal("8.00")) == Decimal("0.015728")


def test_rows_of_a_result_are_read_like_psqls_text() -> None:
    lines = (PLANS / "analyze_verbose.txt").read_text(encoding="utf-8").splitlines()
    psql = "\n".join(["   QUERY PLAN", "-" * 40, *(f" {line}" for line in lines), "(12 rows)"])
    assert read_plan(lines).root == read_plan(psql).root
    assert read_plan(psql).dpu == read_plan(lines).dpu


def test_subplans_keep_their_label_and_their_place() -> None:
    found = read_plan(
        "Result  (cost=0.01..0.02 rows=1 width=4)\n"
        "  InitPlan 1 (returns $0)\n"
        "    ->  Aggregate  (cost=1.00..2.00 rows=1 width=8) (never executed)\n"
        "          ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=0)\n"
        "  ->  Sort  (cost=3.00..4.00 rows=1 width=4)\n"
        "        Sort Key: a,\n"
        "          b\n"
    )
    node = root(found)
    assert [child.label for child in node.children] == ["InitPlan 1 (returns $0)", ""]
    assert node.children[0].actual is not None
    assert node.children[0].actual.loops == 0
    assert node.children[1].detail("Sort Key") == "a, b"


def test_names_in_quotes_are_read_whole() -> None:
    found = read_plan('Index Scan using "my idx" on "My Schema"."my ""t""" x')
    node = root(found)
    assert (node.index, node.relation, node.alias) == ('"my idx"', '"My Schema"."my ""t"""', "x")


@given(st.text() | st.lists(st.sampled_from(["->  Sort", "  Filter: x", " ", "a", "InitPlan 1"]))
       .map("\n".join))  # fmt: skip
def test_any_text_can_be_read(text: str) -> None:
    found = read_plan(text)
    assert hints(found) is not None


def test_two_plans_are_shown_side_by_side() -> None:
    left, right = root(plan("index_only_scan")), root(plan("index_scan_with_lookup"))
    pairs = [
        (a[1].operation if a else "", b[1].operation if b else "")
        for a, b in side_by_side(left, right)
    ]
    assert pairs == [
        ("Index Only Scan", ""),
        ("", "Index Scan"),
        ("Storage Scan", "Storage Scan"),
        ("B-Tree Scan", "B-Tree Scan"),
        ("", "Storage Lookup"),
        ("", "B-Tree Lookup"),
    ]


SCAN_OF_AN_INDEX = (
    "Index Scan using i on {0} o\n  -> Storage Scan on i\n      -> B-Tree Scan on i\n"
    "  -> Storage Lookup on {0} o\n      -> B-Tree Lookup on {0} o"
)
PAIRED = [
    (SCAN_OF_AN_INDEX.format("orders"), SCAN_OF_AN_INDEX.format("public.orders"), True),
    ('Seq Scan on "a.b" x', 'Seq Scan on "My s"."a.b" x', True),
    ("Seq Scan on s.orders", "Seq Scan on s.orders", True),
    ("Seq Scan on orders", "Seq Scan on public.orders_old", False),
    ("Seq Scan on s.orders", "Seq Scan on t.orders", False),
    ('Seq Scan on "s.orders"', "Seq Scan on s.orders", False),
    ("Sort\n  ->  Seq Scan on a.t\n  ->  Seq Scan on b.t", "Seq Scan on t", False),
]


@pytest.mark.parametrize(("left", "right", "match"), PAIRED)
def test_a_plan_matches_its_verbose_form_and_no_other_relations(
    left: str, right: str, match: bool
) -> None:
    pairs = side_by_side(root(read_plan(left)), root(read_plan(right)))
    assert all(a and b for a, b in pairs) is match


@pytest.mark.parametrize(
    ("statement", "analyze", "sent"),
    [
        ("select 1;", False, ("EXPLAIN select 1",)),
        ("select 1", True, ("EXPLAIN ANALYZE VERBOSE select 1",)),
        ("delete from t", False, ("EXPLAIN delete from t",)),
        ("delete from t", True, ("BEGIN", "EXPLAIN ANALYZE VERBOSE delete from t", "ROLLBACK")),
        ("explain delete from t", True, ("explain delete from t",)),
        ("explain analyze delete from t", False,
         ("BEGIN", "explain analyze delete from t", "ROLLBACK")),
        ("with d as (delete from t returning 1) select * from d", True,
         ("BEGIN", "EXPLAIN ANALYZE VERBOSE with d as (delete from t returning 1) select * from d",
          "ROLLBACK")),
        ("select my_function()", True,
         ("BEGIN", "EXPLAIN ANALYZE VERBOSE select my_function()", "ROLLBACK")),
    ],
)  # fmt: skip
def test_a_statement_that_writes_is_explained_inside_a_transaction_that_is_undone(
    statement: str, analyze: bool, sent: tuple[str, ...]
) -> None:
    assert explain_of(statement, analyze=analyze) == sent


@pytest.mark.parametrize("statement", ["create table t (a int)", "", "begin", "call f()"])
def test_what_has_no_plan_is_refused(statement: str) -> None:
    with pytest.raises(InputError, match="has no plan"):
        explain_of(statement, analyze=False)
