"""PostgreSQL's plans in DSQL's nodes, and what a statement costs."""

from __future__ import annotations

from dsql_tui.local.explain import relations, retold
from dsql_tui.local.telling import Telling

COLUMNS = {
    "public.transaction": ("account_id", "note", "day"),
    "s.account": ("id", "customer", "balance", "status", "created_at"),
    "s.idx1": ("customer", "balance", "status"),
}


def told(plan: str, telling: Telling | None = None) -> str:
    shown = retold(plan.strip("\n").splitlines(), "EXPLAIN x", telling or Telling(columns=COLUMNS))
    return "\n".join(shown)


def test_a_full_scan_pushes_comparisons_down_and_keeps_the_rest() -> None:
    plan = """
Seq Scan on public.transaction  (cost=0.00..177.38 rows=33333 width=16)
  Output: account_id, transaction.note
  Filter: ((transaction.note ~~ '%a AND b%'::text) AND (transaction.day > '2025-01-01'::date))
"""
    assert (
        told(plan)
        == """\
Full Scan (btree-table) on public.transaction  (cost=0.00..177.38 rows=33333 width=16)
  Output: account_id, transaction.note
  Filter: (transaction.note ~~ '%a AND b%'::text)
  ->  Storage Scan on public.transaction (cost=0.00..177.38 rows=33333 width=16)
        Projections: account_id, note
        Filters: (transaction.day > '2025-01-01'::date)
        ->  B-Tree Scan on public.transaction (cost=0.00..177.38 rows=33333 width=16)"""
    )


def test_an_index_filters_by_its_own_columns_and_the_look_up_by_the_others() -> None:
    plan = """
Index Scan using idx1 on s.account a  (cost=0.28..20.35 rows=4 width=49)
  Output: balance, ctid
  Index Cond: (a.customer = 5)
  Filter: ((a.balance > '1'::numeric) AND (a.created_at > '2025-01-01'::date) AND f(a.id))
"""
    assert relations(plan.strip("\n").splitlines()) == {"s.account", "s.idx1"}
    assert (
        told(plan)
        == """\
Index Scan using idx1 on s.account a  (cost=0.28..20.35 rows=4 width=49)
  Output: balance
  Index Cond: (a.customer = 5)
  Filter: f(a.id)
  ->  Storage Scan on idx1 (cost=0.28..20.35 rows=4 width=49)
        Filters: (a.balance > '1'::numeric)
        ->  B-Tree Scan on idx1 (cost=0.28..20.35 rows=4 width=49)
              Index Cond: (a.customer = 5)
  ->  Storage Lookup on s.account a (cost=0.28..20.35 rows=4 width=49)
        Projections: id, balance
        Filters: (a.created_at > '2025-01-01'::date)
        ->  B-Tree Lookup on s.account a (cost=0.28..20.35 rows=4 width=49)"""
    )


def test_without_verbose_a_plan_tells_projections_and_no_outputs_and_schemas() -> None:
    plan = """
HashAggregate  (cost=65.94..65.96 rows=2 width=15)
  Output: status, count(*)
  Group Key: account.status
  ->  Index Only Scan using idx1 on s.account  (cost=0.28..12.31 rows=2 width=38)
        Output: id, customer, balance, status, created_at
        Index Cond: (account.customer = 'x.y'::text)
"""
    assert (
        told(plan, Telling(is_verbose=False, columns=COLUMNS))
        == """\
HashAggregate  (cost=65.94..65.96 rows=2 width=15)
  Group Key: status
  ->  Index Only Scan using idx1 on account  (cost=0.28..12.31 rows=2 width=38)
        Index Cond: (customer = 'x.y'::text)
        ->  Storage Scan on idx1 (cost=0.28..12.31 rows=2 width=38)
              Projections: status
              ->  B-Tree Scan on idx1 (cost=0.28..12.31 rows=2 width=38)
                    Index Cond: (customer = 'x.y'::text)"""
    )


def test_storage_comes_behind_what_a_scan_asks_first() -> None:
    plan = """
Seq Scan on s.account  (cost=1.00..2.00 rows=1 width=5)
  Filter: (account.balance > $0)
  InitPlan 1 (returns $0)
    ->  Result  (cost=0.00..1.00 rows=1 width=8)
"""
    assert told(plan).splitlines()[1:4] == [
        "  InitPlan 1 (returns $0)",
        "    ->  Result  (cost=0.00..1.00 rows=1 width=8)",
        "  ->  Storage Scan on s.account (cost=1.00..2.00 rows=1 width=5)",
    ]


def test_a_primary_key_covers_every_column() -> None:
    plan = "Index Scan using orders_pkey on orders  (cost=0.28..8.29 rows=1 width=49)"
    assert told(plan).startswith("Index Only Scan using orders_pkey on orders")


def test_the_estimate_counts_scanned_rows_and_names_the_minimum() -> None:
    plan = """
Seq Scan on public.t  (cost=0.00..7.00 rows=6 width=8) (actual time=0.007..0.017 rows=2 loops=1)
  Output: id
  Filter: (t.id > 5)
  Rows Removed by Filter: 8
Planning Time: 1.000 ms
Trigger dsql_insert: time=1.004 calls=1
Execution Time: 9.000 ms
"""
    lines = told(plan, Telling(costs_dpu=True, columns={"public.t": ("id",)})).splitlines()
    assert lines[5].endswith("(actual rows=10 loops=1)")
    assert lines[6].startswith("Query Identifier: ")
    assert len(lines[6]) == len("Query Identifier: ") + 13
    assert lines[7:] == [
        "Planning Time: 1.000 ms",
        "Execution Time: 9.000 ms",
        "Statement DPU Estimate:",
        "  Compute: 0.01000 DPU",
        "  Read: 0.00234 DPU (Transaction minimum: 0.00375)",  # 10 rows of 128 bytes
        "  Write: 0.00000 DPU",
        "  Total: 0.01234 DPU",
    ]


def test_the_documented_insert_costs_what_the_user_guide_says() -> None:
    plan = """
Insert on public.t  (cost=0.00..0.04 rows=0 width=0) (actual time=0.055..0.056 rows=0 loops=1)
  ->  Values Scan on "*VALUES*"  (cost=0..0.04 rows=3 width=122) (actual rows=3 loops=1)
Planning Time: 0.068 ms
Execution Time: 0.543 ms
"""
    shown = told(plan, Telling(costs_dpu=True, is_multi_region=True))
    assert "  Read: 0.00070 DPU (Transaction minimum: 0.00375)" in shown  # each row's key
    assert "  Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown
    assert "  Multi-Region Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown


def test_other_formats_stay_as_they_are() -> None:
    for plan in ('[\n  {"Plan": {}}\n]', "<explain/>", '- Plan: \n    Node Type: "Seq Scan"'):
        assert told(plan) == plan
