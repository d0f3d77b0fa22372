"""PostgreSQL's plans in DSQL's nodes, and what a statement costs."""

from __future__ import annotations

from dsql_tui.local.explain.plan_context import PlanContext
from dsql_tui.local.explain.plans import relations, rewritten

COLUMNS = {
    "public.transaction": ("account_id", "note", "day"),
    "s.account": ("id", "customer", "balance", "status", "created_at"),
    "s.idx1": ("customer", "balance", "status"),
}


def told(plan: str, context: PlanContext | None = None) -> str:
    shown = rewritten(
        plan.strip("\n").splitlines(), "EXPLAIN x", context or PlanContext(columns=COLUMNS)
    )
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
  -> Storage Scan on public.transaction  (cost=0.00..177.38 rows=33333 width=16 loops=1)
      Projections: account_id, note
      Filters: (transaction.day > '2025-01-01'::date)
      -> B-Tree Scan on public.transaction  (cost=0.00..177.38 rows=33333 width=16 loops=1)"""
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
  -> Storage Scan on idx1  (cost=0.28..20.35 rows=4 width=49 loops=1)
      Filters: (a.balance > '1'::numeric)
      -> B-Tree Scan on idx1  (cost=0.28..20.35 rows=4 width=49 loops=1)
          Index Cond: (a.customer = 5)
  -> Storage Lookup on s.account a  (cost=0.28..20.35 rows=4 width=49 loops=1)
      Projections: id, balance
      Filters: (a.created_at > '2025-01-01'::date)
      -> B-Tree Lookup on s.account a  (cost=0.28..20.35 rows=4 width=49 loops=1)"""
    )


def test_without_verbose_a_plan_shows_projections_but_no_outputs_and_schemas() -> None:
    plan = """
HashAggregate  (cost=65.94..65.96 rows=2 width=15)
  Output: status, count(*)
  Group Key: account.status
  ->  Index Only Scan using idx1 on s.account  (cost=0.28..12.31 rows=2 width=38)
        Output: id, customer, balance, status, created_at
        Index Cond: (account.customer = 'x.y'::text)
"""
    assert (
        told(plan, PlanContext(is_verbose=False, columns=COLUMNS))
        == """\
HashAggregate  (cost=65.94..65.96 rows=2 width=15)
  Group Key: status
  ->  Index Only Scan using idx1 on account  (cost=0.28..12.31 rows=2 width=38)
        Index Cond: (customer = 'x.y'::text)
        -> Storage Scan on idx1  (cost=0.28..12.31 rows=2 width=38 loops=1)
            Projections: status
            -> B-Tree Scan on idx1  (cost=0.28..12.31 rows=2 width=38 loops=1)
                Index Cond: (customer = 'x.y'::text)"""
    )


def test_a_loop_over_an_index_is_told_as_a_cluster_has_told_it() -> None:
    """The lower part of a plan recorded on 2026-10-08."""
    plan = """
Nested Loop  (cost=171.03..193.40 rows=64 width=402)
  Output: candidates.priority_key, intent.run_key, intent.shard_id
  Inner Unique: true
  ->  CTE Scan on candidates  (cost=0.00..1.28 rows=64 width=26)
        Output: candidates.run_key, candidates.priority_key
  ->  Index Scan using queue_pkey on public.queue intent  (cost=171.03..177.14 rows=64 width=376)
        Output: intent.run_key, intent.shard_id, intent.priority_key
        Index Cond: (intent.run_key = candidates.run_key)
"""
    columns = {"public.queue": ("run_key", "shard_id", "priority_key")}
    assert (
        told(plan, PlanContext(is_verbose=False, columns=columns))
        == """\
Nested Loop (Batched Join)  (cost=171.03..193.40 rows=64 width=402)
  Recheck Cond: (run_key = candidates.run_key)
  ->  CTE Scan on candidates  (cost=0.00..1.28 rows=64 width=26)
  ->  Index Only Scan using queue_pkey on queue intent  (cost=171.03..177.14 rows=64 width=376)
        Index Cond: (run_key = candidates.run_key)
        -> Storage Scan on queue_pkey  (cost=171.03..177.14 rows=64 width=376 loops=1)
            Projections: run_key, shard_id
            -> B-Tree Scan on queue_pkey  (cost=171.03..177.14 rows=64 width=376 loops=1)
                Index Cond: (run_key = candidates.run_key)"""
    )


LEFT_LOOP = """
Nested Loop Left Join (actual time=0.020..0.300 rows=40 loops=1)
  Filter: (((a.status)::text = 'active'::text) OR (a.customer IS NULL))
  ->  Seq Scan on public.transaction t (actual time=0.010..0.020 rows=30 loops=1)
        Filter: (t.day >= '2025-01-01'::date)
        Rows Removed by Filter: 0
  ->  Index Only Scan using idx1 on s.account a (actual time=0.002..0.003 rows=2 loops=30)
        Index Cond: (a.customer = t.account_id)
        Filter: ((a.balance > '0'::numeric) AND (a.balance > length(t.note)))
        Rows Removed by Filter: 1
        Heap Fetches: 0
"""


def test_what_a_loop_compares_is_left_to_the_join_and_its_inner_side_runs_once() -> None:
    context = PlanContext(is_verbose=False, columns=COLUMNS)
    assert (
        told(LEFT_LOOP, context)
        == """\
Nested Loop (Batched Join) (actual time=0.020..0.300 rows=40 loops=1)
  Filter: (((status)::text = 'active'::text) OR (customer IS NULL))
  Join Type: Left
  Recheck Cond: (customer = t.account_id)
  Join Filter: (balance > length(t.note))
  ->  Full Scan (btree-table) on transaction t (actual time=0.010..0.020 rows=30 loops=1)
        -> Storage Scan on transaction t (actual rows=30 loops=1)
            Filters: (day >= '2025-01-01'::date)
            Rows Filtered: 0
            -> B-Tree Scan on transaction t (actual rows=30 loops=1)
  ->  Index Only Scan using idx1 on account a (actual time=0.002..0.090 rows=60 loops=1)
        Index Cond: (customer = t.account_id)
        -> Storage Scan on idx1 (actual rows=60 loops=1)
            Filters: (balance > '0'::numeric)
            -> B-Tree Scan on idx1 (actual rows=60 loops=1)
                Index Cond: (customer = t.account_id)"""
    )


def test_loops_stay_loops_where_they_are_switched_off_or_nothing_is_probed() -> None:
    off = told(LEFT_LOOP, PlanContext(is_verbose=False, batches=False, columns=COLUMNS))
    assert off.startswith("Nested Loop Left Join")
    assert "Index Cond: (customer = t.account_id)" in off
    unprobed = LEFT_LOOP.replace("a.customer = t.account_id", "a.customer = 5")
    assert told(unprobed).startswith("Nested Loop Left Join")


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
        "  -> Storage Scan on s.account  (cost=1.00..2.00 rows=1 width=5 loops=1)",
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
    lines = told(plan, PlanContext(costs_dpu=True, columns={"public.t": ("id",)})).splitlines()
    assert lines[2].endswith("(actual rows=2 loops=1)")
    assert lines[5] == "      Rows Filtered: 8"
    assert lines[6].endswith("(actual rows=10 loops=1)")
    assert lines[7].startswith("Query Identifier: ")
    assert len(lines[7]) == len("Query Identifier: ") + 13
    assert lines[8:] == [
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
    shown = told(plan, PlanContext(costs_dpu=True, is_multi_region=True))
    assert "  Read: 0.00070 DPU (Transaction minimum: 0.00375)" in shown  # each row's key
    assert "  Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown
    assert "  Multi-Region Write: 0.01875 DPU (Transaction minimum: 0.05000)" in shown


def test_other_formats_stay_as_they_are() -> None:
    for plan in ('[\n  {"Plan": {}}\n]', "<explain/>", '- Plan: \n    Node Type: "Seq Scan"'):
        assert told(plan) == plan
