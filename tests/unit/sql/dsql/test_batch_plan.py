"""A large change is cut along a key into statements that together change the same rows."""

from __future__ import annotations

import pytest

from dsql_tui.errors import InputError
from dsql_tui.sql.dsql.batch_plan import BatchTarget, batch_target, plan_batches


def test_a_delete_is_cut_along_its_key() -> None:
    plan = plan_batches("delete from shop.orders where placed_at < '2026-01-01';", ["id"], rows=500)
    assert plan.boundary(None) == (
        "SELECT orders.id::text FROM shop.orders WHERE (placed_at < '2026-01-01')"
        " ORDER BY orders.id LIMIT 1 OFFSET 499"
    )
    assert plan.batch(None, ("a",)) == (
        "delete from shop.orders WHERE (placed_at < '2026-01-01') AND (orders.id) <= ('a')"
    )
    assert plan.batch(("a",), None) == (
        "delete from shop.orders WHERE (placed_at < '2026-01-01') AND (orders.id) > ('a')"
    )


def test_an_update_with_an_alias_and_a_key_of_two_columns() -> None:
    plan = plan_batches(
        "update only items as i set price = price * 2, (a, b) = (1, 2) where a = 1 or b = 2",
        ["order_id", "Line"],
    )
    assert plan.boundary(("x", "it's")) == (
        'SELECT i.order_id::text, i."Line"::text FROM items as i WHERE (a = 1 or b = 2)'
        " AND (i.order_id, i.\"Line\") > ('x', 'it''s')"
        ' ORDER BY i.order_id, i."Line" LIMIT 1 OFFSET 999'
    )
    assert plan.batch(("1", "2"), ("3", "4")) == (
        "update only items as i set price = price * 2, (a, b) = (1, 2) WHERE (a = 1 or b = 2)"
        " AND (i.order_id, i.\"Line\") > ('1', '2') AND (i.order_id, i.\"Line\") <= ('3', '4')"
    )


def test_a_statement_without_a_condition_changes_all() -> None:
    plan = plan_batches("DELETE FROM logs", ["id"])
    assert (
        plan.boundary(None) == "SELECT logs.id::text FROM logs ORDER BY logs.id LIMIT 1 OFFSET 999"
    )
    assert plan.batch(None, None) == "DELETE FROM logs"


def test_an_insert_walks_along_the_table_it_reads() -> None:
    plan = plan_batches(
        "insert into archive (id, t) select o.id, lower(o.t) from orders o where o.old"
        " on conflict (id) do nothing",
        ["id"],
    )
    assert plan.batch(("1",), ("2",)) == (
        "insert into archive (id, t) select o.id, lower(o.t) from orders o"
        " WHERE (o.old) AND (o.id) > ('1') AND (o.id) <= ('2') on conflict (id) do nothing"
    )
    bare = plan_batches("insert into archive select * from orders", ["id"])
    assert bare.batch(None, ("2",)) == (
        "insert into archive select * from orders WHERE (orders.id) <= ('2')"
    )


def test_comments_at_the_edges_swallow_nothing() -> None:
    plan = plan_batches("delete from t -- all\nwhere a = 1 -- of\n or b = 2 -- them", ["id"])
    assert plan.batch(None, ("1",)) == (
        "delete from t WHERE (a = 1 -- of\n or b = 2) AND (t.id) <= ('1')"
    )


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("delete from A", BatchTarget("DELETE", ("a",))),
        ('update s."T" x set a = 1', BatchTarget("UPDATE", ("s", "T"))),
        ("insert into b select * from s.a", BatchTarget("INSERT", ("s", "a"))),
    ],
)
def test_the_table_whose_key_is_needed_is_known_before_connecting(
    statement: str, target: BatchTarget
) -> None:
    assert batch_target(statement) == target


REFUSED = [
    ("select 1", "Only UPDATE, DELETE and INSERT"),
    ("", "There is no statement"),
    ("with x as (select 1) delete from t", "Only UPDATE, DELETE and INSERT"),
    ("delete from t returning *", "with RETURNING"),
    ("delete from t using u where t.id = u.id", "WHERE EXISTS"),
    ("update t set a = u.a from u where t.id = u.id", "WHERE EXISTS"),
    ("update t set id = 2", "changes the key \\(id\\)"),
    ("update t set (a, id) = (1, 2)", "changes the key \\(id\\)"),
    ("insert into t values (1)", "needs no batches by key"),
    ("insert into t select 1", "reads no table"),
    ("insert into t select count(*) from u", "With count"),
    ("insert into t select * from u group by a", "With GROUP"),
    ("insert into t select distinct a from u", "With DISTINCT"),
    ("insert into t select * from u limit 5", "With LIMIT"),
    ("insert into t select * from u union select * from v", "With UNION"),
    ("insert into t select * from u join v using (id)", "WHERE EXISTS"),
    ("insert into t select * from u, v", "WHERE EXISTS"),
    ("insert into t select * from generate_series(1, 2)", "cannot be determined"),
    ("insert into t select * from (select 1) x", "cannot be determined"),
    ("insert into t select * from t", "the batches would never end"),
]


@pytest.mark.parametrize(("statement", "sentence"), REFUSED, ids=[s for s, _ in REFUSED])
def test_what_cannot_be_cut_without_changing_its_meaning_is_refused(
    statement: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        plan_batches(statement, ["id"])


def test_a_batch_stays_below_the_limit_of_a_transaction() -> None:
    with pytest.raises(InputError, match="1 to 3,000 rows, not 3,001"):
        plan_batches("delete from t", ["id"], rows=3_001)
    with pytest.raises(InputError, match="no primary key"):
        plan_batches("delete from t", [])
