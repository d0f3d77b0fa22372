"""What is advised about a plan, and for each advice the plans for which it must not be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsql_tui.sql.dsql.explain import read_plan
from dsql_tui.sql.dsql.explain_hints import hints

PLANS = Path(__file__).parents[3] / "data" / "plans"


def told(text: str) -> str:
    return "\n".join(hint.text for hint in hints(read_plan(text)))


def recorded(name: str) -> str:
    return (PLANS / f"{name}.txt").read_text()


def full_scan(
    filters: str = "(a = 1)", *, kept: int = 10, read: int = 5000, name: str = "t", late: str = ""
) -> str:
    """Return the scan of a whole table as DSQL prints it."""
    lines = [
        f"Full Scan (btree-table) on {name}  (cost=1.0..2.0 rows={kept} width=4)",
        f"  Filter: {late}" if late else "",
        f"  -> Storage Scan on {name} (cost=1.0..2.0 rows={kept} width=4)",
        f"      Filters: {filters}" if filters else "",
        f"      -> B-Tree Scan on {name} (cost=1.0..2.0 rows={read} width=4)",
    ]
    return "\n".join(line for line in lines if line)


def lookup(projections: str, *, condition: str = "(a = 1)", rows: int = 15, held: str = "") -> str:
    """Return an index scan that fetches rows again."""
    lines = [
        f"Index Scan using i on t  (cost=1.0..2.0 rows={rows} width=4)",
        f"  Index Cond: {condition}",
        f"  -> Storage Scan on i  (cost=1.0..2.0 rows={rows} width=4)",
        f"      Filters: {held}" if held else "",
        f"      -> B-Tree Scan on i  (cost=1.0..2.0 rows={rows} width=4)",
        f"          Index Cond: {condition}",
        f"  -> Storage Lookup on t  (cost=1.0..2.0 rows={rows} width=4)",
        f"      Projections: {projections}" if projections else "",
        f"      -> B-Tree Lookup on t  (cost=1.0..2.0 rows={rows} width=4)",
    ]
    return "\n".join(line for line in lines if line)


def below(parent: str, text: str) -> str:
    return f"{parent}  (cost=1.0..2.0 rows=5 width=4)\n  ->  " + text.replace("\n", "\n      ")


def ran(operation: str, expected: int, rows: int, *details: str) -> str:
    head = (
        f"{operation}  (cost=1.0..2.0 rows={expected} width=4)"
        f" (actual time=0.1..9.0 rows={rows} loops=1)"
    )
    return "\n".join([head, *(f"  {line}" for line in details)])


def storage(relation: str, rows: int) -> str:
    return (
        f"-> Storage Scan on {relation} (cost=1.0..2.0 rows=9 width=4) (actual rows={rows} loops=1)"
    )


def nested_loop(inner: str, *, join_filter: str = "(a.i = b.i)", rows: int = 90) -> str:
    return "\n".join(
        [
            ran("Nested Loop", 5, 5, f"Join Filter: {join_filter}" if join_filter else ""),
            "  ->  Seq Scan on a  (cost=0..1 rows=50 width=4)"
            " (actual time=0.1..0.2 rows=50 loops=1)",
            f"  ->  {inner}  (cost=0..1 rows=9 width=4)"
            f" (actual time=0.1..0.1 rows={rows} loops=50)",
        ]
    )


SORT = "Sort\n  Sort Key: a\n  Sort Method: "
MINIMUM = "Result  (cost=0.0..1.0 rows=1 width=4)\nStatement DPU Estimate:\n  Write: "

READS, INDEX, AGAIN = "Reads every row of", "An index on", "is then read"
LATE, EXPECTED, DISK = "is applied after", "were expected and", "did not fit into memory"
REPEATED, LEAST = "scanned completely", "a transaction pays at least"

ADVISED = [
    (full_scan(), "Reads every row of t (about 5,000)"),
    (full_scan(), "An index on a could find the rows that match."),
    (full_scan("((a = 1) AND (b > 'x'::text))"), "An index on a, b could"),
    (full_scan('("My Col" = 1)'), 'An index on "My Col" could'),
    (full_scan("(a = ANY ('{1,2}'::integer[]))"), "An index on a could"),
    (full_scan("((status)::text = 'pending'::text)"), "An index on status could"),
    (full_scan("(s = 'a AND (b = 1)'::text)"), "An index on s could"),
    (full_scan("(order_id = o.id)"), "An index on order_id could"),
    (full_scan(""), "There is no condition that an index could use."),
    (below("Aggregate", full_scan()), READS),
    (below("Limit", below("Sort", full_scan())), READS),
    (recorded("full_scan"), "Reads every row of transaction (about 100,000)"),
    (recorded("full_scan"), LATE),
    (recorded("index_scan_with_lookup"), "An index that holds created_at too (INCLUDE)"),
    (lookup("a, b, c"), "Each row that i finds is then read from t."),
    (lookup("a, b, c"), "An index that holds b, c too"),
    (lookup("b", condition="((t.a)::text = 'x'::text)"), "holds b too"),
    (lookup("b", condition="(lower(name) = 'x'::text)"), "holds b too"),
    (recorded("analyze_verbose"), "1,000,000 rows were expected and 120 came: ANALYZE"),
    (
        recorded("insert_with_minimums"),
        "Write is 0.01875 DPU, but a transaction pays at least 0.05",
    ),
    (SORT + "external merge  Disk: 90000kB", DISK),
    (nested_loop("Seq Scan on b"), "b is scanned completely 50 times"),
    (
        ran(
            "Full Scan (btree-table) on t",
            9,
            10,
            "Filter: (n ~~ '%x'::text)",
            "Rows Removed by Filter: 990",
            storage("t", 1000),
        ),
        "990 rows were then discarded",
    ),
]


@pytest.mark.parametrize(("plan", "words"), ADVISED)
def test_a_plan_is_explained_in_words(plan: str, words: str) -> None:
    assert words in told(plan)


SILENT = [
    # A small table, a catalog, what is no table.
    (full_scan(read=900), READS),
    (full_scan(name="pg_catalog.pg_class"), READS),
    (full_scan(name="pg_class"), READS),
    (full_scan(name="sys.jobs"), READS),
    (below("Function Scan on generate_series n", full_scan(read=1)), READS),
    # It ends before it has read everything.
    (below("Limit", full_scan()), READS),
    (below("Nested Loop Semi Join", full_scan()), READS),
    (below("Limit", below("Nested Loop", full_scan())), READS),
    # An index could not find them, or is no gain.
    (full_scan(kept=4000), INDEX),
    (recorded("full_scan"), INDEX),
    (full_scan("(lower(name) = 'x'::text)"), INDEX),
    (full_scan("(name ~~ '%x%'::text)"), INDEX),
    (full_scan("(a <> 1)"), INDEX),
    (full_scan("((a = 1) OR (b = 2))"), INDEX),
    (full_scan("(NOT (a = 1))"), INDEX),
    (full_scan("((a + 1) = 5)"), INDEX),
    (full_scan("(a = b)"), INDEX),
    (full_scan("(a = t.b)"), INDEX),
    (full_scan("(a = lower(b))"), INDEX),
    (full_scan("((doc ->> 'x'::text) = 'y'::text)"), INDEX),
    (full_scan("(bytes = '\\x00'::bytea)"), INDEX),
    (full_scan("(span > '1 day'::interval)"), INDEX),
    (full_scan("(doc = '{}'::jsonb)"), INDEX),
    (full_scan("(labels = '{a}'::text[])"), INDEX),
    (full_scan("", late="(name ~~ '%x%'::text)"), "no condition"),
    # A subplan's condition is not that of the scan above it.
    (
        "Full Scan (btree-table) on t  (cost=1.0..2.0 rows=10 width=4)\n"
        "  Filter: (NOT (hashed SubPlan 1))\n"
        "  SubPlan 1\n"
        "    ->  Seq Scan on u  (cost=1.0..2.0 rows=9000 width=4)\n"
        "          Filters: (x = 1)",
        "Reads every row of t",
    ),
    # The index holds all that is read, as far as the plan shows.
    (lookup("a"), AGAIN),
    (lookup(""), AGAIN),
    (lookup("product_id", condition="(order_items.product_id = 3)"), AGAIN),
    (lookup("a, b", held="(b > 1)"), AGAIN),
    (lookup("a, b", condition="((a = 1) AND (b IS NOT NULL))"), AGAIN),
    (lookup("a", condition="(a = o.id)"), AGAIN),
    (lookup("kind", condition="((kind)::text = 'x'::text)"), AGAIN),
    # A column of an expression's index may or may not be held by itself.
    (lookup("name, b", condition="(lower(name) = 'x'::text)"), AGAIN),
    (lookup("a, b", condition="(ROW(a, b) > ROW(1, 2))"), AGAIN),
    # The whole row is wanted, or one row only.
    (below("Update on t", lookup("a, b")), AGAIN),
    (below("Delete on t", lookup("a, b")), AGAIN),
    (below("LockRows", lookup("a, b")), AGAIN),
    (lookup("a, b", rows=1), AGAIN),
    (recorded("index_scan_with_lookup"), "balance"),
    # The condition of a group or a join is no filter of rows in storage.
    (below("HashAggregate\n  Filter: (count(*) > 1)", full_scan()), LATE),
    (below("Nested Loop\n  Filter: (a IS NULL)", full_scan()), LATE),
    (full_scan(), LATE),
    (full_scan("", late="(n ~~ '%x'::text)", kept=10, read=900), LATE),
    (
        ran(
            "Full Scan (btree-table) on t",
            9,
            99_000,
            "Filter: (n ~~ '%x'::text)",
            "Rows Removed by Filter: 1000",
            storage("t", 100_000),
        ),
        LATE,
    ),
    (
        ran(
            "Full Scan (btree-table) on t",
            9,
            5000,
            "Filter: (n ~~ '%x'::text)",
            storage("t", 5000),
        ),
        LATE,
    ),
    # Not a table whose statistics could be refreshed, or not read to its end.
    (ran("Function Scan on generate_series n", 1000, 100_000), EXPECTED),
    (ran("CTE Scan on c", 1000, 100_000), EXPECTED),
    (ran('Values Scan on "*VALUES*"', 1, 3000), EXPECTED),
    (ran("Subquery Scan on x", 1, 3000), EXPECTED),
    (ran("Seq Scan on pg_class", 1, 3000), EXPECTED),
    (ran("Insert on t", 3000, 0), EXPECTED),
    (ran("Seq Scan on t", 3, 900), EXPECTED),
    (ran("Seq Scan on t", 3000, 2000), EXPECTED),
    (below("Limit", ran("Seq Scan on t", 9000, 10)), EXPECTED),
    ("Seq Scan on t  (cost=1.0..2.0 rows=9000 width=4) (never executed)", EXPECTED),
    ("Seq Scan on t  (cost=1.0..2.0 rows=9000 width=4)", EXPECTED),
    (SORT + "quicksort  Memory: 25kB", DISK),
    (SORT + "top-N heapsort  Memory: 25kB", DISK),
    (nested_loop("Seq Scan on b", join_filter=""), REPEATED),
    (nested_loop("Seq Scan on b", rows=9), REPEATED),
    (nested_loop("Index Scan using b_i on b"), REPEATED),
    (nested_loop("Materialize"), REPEATED),
    (nested_loop("Function Scan on generate_series n"), REPEATED),
    (MINIMUM + "0.06000 DPU (Transaction minimum: 0.05000)", LEAST),
    (MINIMUM + "0.00000 DPU (Transaction minimum: 0.05000)", LEAST),
    (MINIMUM + "0.00000 DPU", LEAST),
]


@pytest.mark.parametrize(("plan", "words"), SILENT)
def test_an_advice_that_would_be_wrong_is_not_given(plan: str, words: str) -> None:
    assert words not in told(plan)


def test_a_good_plan_has_no_hints() -> None:
    assert told(recorded("index_only_scan")) == ""
    assert told(recorded("batched_nested_loop")) == ""


def test_a_misestimate_is_reported_once_for_a_scan_and_its_steps_in_storage() -> None:
    assert told(recorded("analyze_verbose")).count("were expected") == 1
