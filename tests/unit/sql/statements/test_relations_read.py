"""Relations that a statement reads more than once, and queries that show one table as it is."""

from __future__ import annotations

import pytest

from dsql_tui.sql.statements.relations_read import BareQuery, bare_query, repeated_relations


@pytest.mark.parametrize(
    ("statement", "repeated"),
    [
        ("select * from t", set()),
        ("select t.t from t where t.t = 1", set()),
        ("select a.x, b.y from t a join t b on a.x = b.y", {"t"}),
        ('select * from t, public."t"', {"t"}),
        ("select * from t, T", {"t"}),
        ("select * from (select * from t) a, (select * from t) b", {"t"}),
        ("select * from t where x in (select x from t)", {"t"}),
        ("with c as (select * from t) select * from c", set()),
        ("with c as (select * from t) select a.x, b.y from c a, c b", {"t", "c"}),
        ("with c as (select * from t), d as (select * from t) select * from c, d", {"t"}),
        ("update t set x = 1 from t u where u.x = t.y returning *", {"t"}),
        ("insert into t select * from t returning *", {"t"}),
        ("", set()),
    ],
)
def test_relations_that_occur_more_than_once(statement: str, repeated: set[str]) -> None:
    assert repeated_relations(statement) == repeated


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("select * from s.t", ("*",)),
        ('SELECT id, "Name" FROM s.t WHERE id = 1 ORDER BY id LIMIT 3;', ("id", "Name")),
        ("select u.id from s.t as u", ("id",)),
        ("select u.* from s.t u for update", ("*",)),
        ("select id from s.t where x in (select y from z union select 1)", ("id",)),
        ("select status as id from s.t", None),
        ("select status id from s.t", None),
        ("select id + 1 from s.t", None),
        ("select current_date from s.t", None),
        ("select count(*) from s.t", None),
        ("select distinct id from s.t", None),
        ("select id from s.t, u", None),
        ("select id from s.t join u using (id)", None),
        ("select id from s.t union select id from u", None),
        ("select id from s.t where a union all select id from u", None),
        ("select id from s.t group by id", None),
        ("select id from (select 1 as id) x", None),
        ("select id from f(1)", None),
        ("select id from s.t u (x, id)", None),
        ("with t as (select 1) select * from t", None),
        ("table s.t", None),
        ("select 1", None),
        ("", None),
    ],
)
def test_a_bare_query_shows_columns_of_one_table(
    statement: str, columns: tuple[str, ...] | None
) -> None:
    expected = BareQuery(("s", "t"), columns) if columns else None
    assert bare_query(statement) == expected
