"""PostgreSQL's plans in DSQL's nodes, and what a statement costs."""

from __future__ import annotations

from dsql_tui.local.explain import retold


def told(plan: str, *, costs_dpu: bool = False, is_multi_region: bool = False) -> str:
    lines = plan.strip("\n").splitlines()
    shown = retold(lines, "EXPLAIN x", costs_dpu=costs_dpu, is_multi_region=is_multi_region)
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


def test_an_index_scan_looks_rows_up_and_a_covering_one_does_not() -> None:
    plan = """
Nested Loop  (cost=0.56..69.67 rows=8 width=87)
  Join Filter: (o.id <> i.order_id)
  ->  Index Scan using by_customer on orders o  (cost=0.28..20.35 rows=4 width=49)
        Index Cond: (customer_id = 5)
        Filter: (status = 'paid'::text)
  ->  Index Only Scan using by_product on items i  (cost=0.28..12.31 rows=2 width=38)
        Index Cond: (order_id = o.id)
"""
    assert (
        told(plan)
        == """\
Nested Loop  (cost=0.56..69.67 rows=8 width=87)
  Join Filter: (o.id <> i.order_id)
  ->  Index Scan using by_customer on orders o  (cost=0.28..20.35 rows=4 width=49)
        Index Cond: (customer_id = 5)
        ->  Storage Scan on by_customer (cost=0.28..20.35 rows=4 width=49)
              ->  B-Tree Scan on by_customer (cost=0.28..20.35 rows=4 width=49)
                    Index Cond: (customer_id = 5)
        ->  Storage Lookup on orders o (cost=0.28..20.35 rows=4 width=49)
              Filters: (status = 'paid'::text)
              ->  B-Tree Lookup on orders o (cost=0.28..20.35 rows=4 width=49)
  ->  Index Only Scan using by_product on items i  (cost=0.28..12.31 rows=2 width=38)
        Index Cond: (order_id = o.id)
        ->  Storage Scan on by_product (cost=0.28..12.31 rows=2 width=38)
              ->  B-Tree Scan on by_product (cost=0.28..12.31 rows=2 width=38)
                    Index Cond: (order_id = o.id)"""
    )


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
    lines = told(plan, costs_dpu=True).splitlines()
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
    shown = told(plan, costs_dpu=True, is_multi_region=True)
    assert "  Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown
    assert "  Multi-Region Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown


def test_other_formats_stay_as_they_are() -> None:
    for plan in ('[\n  {"Plan": {}}\n]', "<explain/>", '- Plan: \n    Node Type: "Seq Scan"'):
        assert told(plan) == plan
