"""Completion offers what fits the place; the cases follow what pgcli's users have come to expect.

`|` is the cursor. Each case names what must be among the first suggestions, in that order, or what
must not be suggested at all.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.model.catalog import (
    CatalogSnapshot,
    NamedColumn,
    NamedFunction,
    NamedRelation,
    Reference,
)
from dsql_tui.model.relation import RelationKind
from dsql_tui.sql.completion import ranking
from dsql_tui.sql.completion.complete import Completer, CompletionKind, Completions
from dsql_tui.sql.completion.suggestions import LIMIT, SEARCHED
from dsql_tui.sql.text.fuzzy import fit
from tests.unit.sql.sql_texts import SQL_TEXTS


def relation(
    name: str, columns: str, schema: str = "public", kind: RelationKind = RelationKind.TABLE
) -> NamedRelation:
    return NamedRelation(schema, name, tuple(NamedColumn(c, "text") for c in columns.split()), kind)


SNAPSHOT = CatalogSnapshot(
    relations=(
        relation("users", "id parent_id email first_name last_name"),
        relation("orders", "id user_id placed_at status"),
        relation("order_items", "order_id product_id quantity"),
        relation("products", "id name price"),
        relation("Mixed Case", "Id select größe"),
        relation("user_emails", "user_id email", kind=RelationKind.VIEW),
        relation("order_seq", "", kind=RelationKind.SEQUENCE),
        relation("events", "id at kind", schema="audit"),
        relation("users", "uid shadow", schema="audit"),
        relation("jobs", "job_id status details", schema="sys"),
    ),
    references=(
        Reference(("public", "orders"), ("user_id",), ("public", "users"), ("id",)),
        Reference(("public", "order_items"), ("order_id",), ("public", "orders"), ("id",)),
        Reference(("public", "order_items"), ("product_id",), ("public", "products"), ("id",)),
    ),
    functions=(
        NamedFunction("public", "order_total", "(order_id uuid) → numeric"),
        NamedFunction("audit", "note", "(text) → void"),
    ),
    schemas=("public", "audit", "sys", "pg_catalog"),
    roles=("admin", "app_rw", "app_ro", "Report er"),
)


def completed(marked: str, completer: Completer | None = None) -> tuple[str, Completions]:
    offset = marked.index("|")
    text = marked.replace("|", "", 1)
    return text, (completer or Completer(SNAPSHOT)).complete(text, offset)


def offered(marked: str) -> list[str]:
    return [item.text for item in completed(marked)[1].items]


FIRST = [
    # statements
    ("|", "select"),
    ("sel|", "select"),
    ("select 1; ins|", "insert into"),
    ("SEL|", "SELECT"),
    ("create i|", "index async"),
    ("create unique |", "index async"),
    ("aws |", "iam grant, iam revoke"),
    ("AWS IAM GRANT |", "admin, app_ro, app_rw"),
    ("aws iam grant app_rw |", "to"),
    ("explain |", "analyze verbose"),
    # tables
    ("select * from |", '"Mixed Case", order_items, orders, products'),
    ("select * from ord|", "orders, order_items"),
    ("select * from users, ord|", "orders"),
    ("SELECT * FROM users WHERE id IN (SELECT user_id FROM or|", "orders"),
    ("select * from user_em|", "user_emails"),
    ("select * from audit.|", "events, users"),
    ("select * from audit.ev|", "events"),
    ("select * from ev|", "audit.events"),
    ('select * from "Mix|', '"Mixed Case"'),
    ('select * from "ord|', '"orders"'),
    ("select * from mc|", '"Mixed Case"'),
    ("select * from a|", "audit"),
    ("insert into ord|", "orders"),
    ("update ord|", "orders"),
    ("delete from ord|", "orders"),
    ("truncate ord|", "orders"),
    ("drop table or|", "orders"),
    ("alter table us|", "users"),
    ("create index async i on ord|", "orders"),
    ("analyze or|", "orders"),
    ("drop view |", "user_emails"),
    ("select * from gen|", "generate_series("),
    ("select nextval('x') from orders o where o.|", "id, user_id, placed_at, status"),
    # joins
    ("select * from users u join |", "orders on orders.user_id = u.id"),
    ("select * from orders o join us|", "users on o.user_id = users.id"),
    ("select * from users join users |", "on"),
    ("select * from users u join orders o on |", "o.user_id = u.id"),
    ("select * from users u join orders o on o.|", "user_id = u.id"),
    ("select * from users u join orders o on u.|", "id = o.user_id"),
    ("select * from users u join orders o on true and |", "o.user_id = u.id"),
    ("select * from users u join user_emails e on |", ""),
    ("select * from users u join orders o using (|", "id"),
    ("select * from orders o join user_emails e using (|", "user_id"),
    # columns
    ("select | from users", "id, parent_id, email, first_name, last_name"),
    ("select distinct | from users", "id, parent_id, email, first_name, last_name"),
    ("select max(| from users", "id, parent_id, email, first_name, last_name"),
    ("select u.id, coalesce(max(| from users u", "id, parent_id, email"),
    ("select * from; select * from ord|", "orders"),
    ("select em| from users", "email"),
    ("select first_name, la| from users", "last_name"),
    ("select count(em| from users", "email"),
    ("select fn| from users", "first_name"),
    ("select u.| from users u", "id, parent_id, email"),
    ("select u.em| from users as u", "email"),
    ("select users.em| from users", "email"),
    ("select * from users u where u.|", "id, parent_id"),
    ("select * from users where em|", "email"),
    ("select * from users where first_name = 'x' and la|", "last_name"),
    ("select * from users order by em|", "email"),
    ("select * from users group by la|", "last_name"),
    ("select * from users u join orders o on o.user_id = u.|", "id, parent_id"),
    ("select u.|, o.id from users u, orders o", "id, parent_id"),
    ("select o.| from users u left join orders o on true", "id, user_id"),
    ("select i| from users u join orders o on true", "u.id, o.id"),
    ("select | from audit.users", "uid, shadow"),
    ("select e.k| from audit.events e", "kind"),
    ('select m.| from "Mixed Case" m', '"Id", "select", "größe"'),
    ("select public.users.em| from public.users", "email"),
    # writing
    ("insert into orders (|", "id, user_id"),
    ("insert into orders (id, pl|", "placed_at"),
    ("insert into public.orders (pl|", "placed_at"),
    ("insert into users (id) values (1) on conflict (e|", "email"),
    ("update orders set |", "id, user_id, placed_at, status"),
    ("update orders set status = 'x', pl|", "placed_at"),
    ("update orders o set status = pl|", "placed_at"),
    ("update orders set status = 'x' where pl|", "placed_at"),
    ("delete from orders where pl|", "placed_at"),
    ("insert into orders values (1) returning st|", "status"),
    ("create index async i on orders (st|", "status"),
    ("create index async i on orders (status) include (pl|", "placed_at"),
    # scopes
    ("with recent as (select id, placed_at from orders) select | from recent", "id, placed_at"),
    ("with r (a, b) as (select id, status from orders) select r.| from r", "a, b"),
    ("with r as (select * from orders o) select * from re|", ""),
    ("with recent as (select 1) select * from rec|", "recent"),
    ("with d as (delete from orders returning id, status) select d.| from d", "id, status"),
    ("select s.| from (select id, count(*) as n from orders) s", "id, n"),
    ("select s.| from (select o.* from orders o) as s", "id, user_id, placed_at, status"),
    ("select * from (select st| from orders) s", "status"),
    ("select * from users u where exists (select 1 from orders o where o.user_id = u.|",
     "id, parent_id"),
    ("select id from orders union select em| from users", "email"),
    ("select pl| from orders union select email from users", "placed_at"),
    ("select 1; select em| from users; select 2 from orders", "email"),
    ("select * from (users u join orders o on true) where o.|", "id, user_id"),
    # functions, types, settings, roles
    ("select coun|", "count("),
    ("select order_t|", "order_total("),
    ("select sys.clu|", "cluster_size(, cluster_size_limit("),
    ("select audit.|", "events, users, note("),
    ("select current_d| from users", "current_date"),
    ("select id::ti| from users", "time, timetz, timestamp"),
    ("select cast(id as uu|", "uuid"),
    ("create table t (a |", "bigint"),
    ("create table t (a int, b va|", "varchar"),
    ("create table t (a int not|", "not null"),
    ("create table t (a int references us|", "users"),
    ("create table t (a int references users (|", "id, parent_id"),
    ("alter table users add column x te|", "text"),
    ("alter table users drop column em|", "email"),
    ("alter table users |", "add column"),
    ("alter table users owner to app|", "app_ro, app_rw"),
    ("grant select on us|", "users"),
    ("grant select on users |", "to"),
    ("grant select on users to app_|", "app_ro, app_rw"),
    ("grant app|", "app_ro, app_rw"),
    ("grant usage on schema au|", "audit"),
    ("revoke select on users from rep|", '"Report er"'),
    ("set sea|", "search_path"),
    ("set search_path to au|", "audit"),
    ("show time|", "timezone"),
    ("drop schema au|", "audit"),
    ("drop role app_|", "app_ro, app_rw"),
    ("call sys.w|", "wait_for_job("),
    # keywords
    ("select * from users wh|", "where"),
    ("select * from users u le|", "left join"),
    ("select * from users group |", "by"),
    ("SELECT * FROM users ORDER |", "BY"),
    ("select email fr|", "from"),
    ("select * from users where email is |", "null, not null"),
    ("select * from orders for |", "update, key share"),
    ("select * from users where email = 'x' an|", "and"),
    # what begins with the typed characters comes alone
    ("select * from users where na|", "last_name, first_name"),
    ("select * from users where ex|", "exp(, extract(, exists"),
    # columns of the select list
    ("select user_id as uid, count(*) as n from orders group by |", "uid, id, user_id"),
    ("select user_id uid, count(*) n from orders group by uid order by |", "uid, n, id"),
    ("select count(*) as n from orders order by n|", "n"),
    ("select id, count(*) n from orders order by id, |", "id, n"),
    ("select lower(status) as low from orders order by lower(|", "id, user_id"),
    ("select sum(id) over (order by |) as s from orders", "id, user_id"),
    ("select id + user_id, user_id::text, null as x from orders order by |", "user_id, x, id"),
    ("select case when true then 1 end c, id is distinct from user_id d from orders order by |",
     "c, d, id"),
    ("select 1 as a, 2 as b order by |", "a, b"),
    ("select user_id as who from orders union select id from users order by |", "who"),
    ("with r as (select id + 1, max(id) from orders) select | from r", "max, r"),
    # the row that was not inserted
    ("insert into orders (id) values (1) on conflict (id) do update set status = |",
     "excluded.status, orders.id"),
    ("insert into orders (id) values (1) on conflict (id) do update set status = ex|", "excluded"),
    ("insert into orders (id) values (1) on conflict (id) do update set status = excluded.|",
     "status, id"),
    ("insert into orders (id) select 1 on conflict (id) do update set id = 1 where excluded.st|",
     "status"),
    ("insert into orders as o (id) values (1) on conflict (id) do update set id = o.st|", "status"),
    ("insert into orders select * from users on conflict (id) do update set status = excluded.|",
     "status, id"),
    # the source of an INSERT
    ("insert into orders (id, status) select | from users", "id, parent_id, email"),
    ("insert into orders (id, user_id) select id, | from order_items join orders using (id)",
     "orders.user_id"),
    ("insert into orders (id, user_id) select 1, o.| from orders o", "user_id, id"),
    ("insert into orders (id) select em| from users", "email"),
    ("insert into orders (id) with r as (select email e from users) select | from r", "e"),
    ("insert into orders (id) select id from users returning |", "id, user_id"),
    ("insert into orders |", "values, select"),
    ("insert into orders (id) |", "values, select"),
    # conditions of joins
    ("select * from orders o join order_items i on o.id = i.|", "order_id, product_id"),
    ("select * from orders o join order_items i on o.id = |", "i.order_id"),
    ("select * from orders o join order_items i on i.order_id = o.|", "id, user_id"),
    ("select * from orders o, order_items i where o.id = i.|", "order_id"),
    ("select * from orders o join users u on u.id = o.|", "user_id, id"),
    ("select * from orders o join order_items i on o.id = i.order_id and |", "id, user_id"),
    # keywords of the clause
    ("delete from orders |", "where, using, as, returning"),
    ("delete from orders o |", "where, using, returning"),
    ("delete from orders where id = 1 |", "returning, and, or"),
    ("update orders |", "set, as"),
    ("update orders s|", "set"),
    ("select * from orders o |", "where, join, left join"),
    ("select * from orders join users u |", "on, using, join"),
    ("select * from orders order by id |", "asc, desc"),
    ("select * from orders order by id d|", "desc"),
    ("select * from orders where id = 1 a|", "and"),
    ("select * from orders where status is not |", "null, distinct from"),
    ("insert into orders values (1) |", "on conflict, returning"),
    ("insert into orders (id) values (1) on conflict (id) do update |", "set"),
    ("with r as (select 1) |", "select, insert into"),
    ("select count(*) over (|", "partition by, order by"),
    ("create view v |", "as"),
    ("create index async i |", "on"),
    ("copy orders |", "from stdin"),
    # all columns
    ("select *| from users", "id, parent_id, email, first_name, last_name"),
    ("select u.*| from users u", "u.id, u.parent_id, u.email, u.first_name, u.last_name"),
    ("select 1; select *| from orders", "id, user_id, placed_at, status"),
    ("select *| from orders o, products p",
     "o.id, o.user_id, o.placed_at, o.status, p.id, p.name, p.price"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "expected"), FIRST, ids=[marked for marked, _ in FIRST])
def test_the_first_suggestions_fit_the_place(marked: str, expected: str) -> None:
    found = ", ".join(offered(marked))
    assert found == expected or found.startswith(expected + ", ") or not expected, found[:120]


NEVER = [
    ("delete from ord|", "order_total("),
    ("delete from orders |", "join"),
    ("select * from orders |", "on"),
    ("select * from orders |", "set"),
    ("select * from products where na|", "cardinality("),
    ("select count(*) as n from orders group by |", "n"),
    ("insert into orders (id) select | from users", "user_id"),
    ("insert into orders (id) select id from users returning |", "email"),
    ("insert into orders (id) values (1) returning |", "excluded.id"),
    (
        "insert into orders (id) values (1) on conflict (id) do update set id = 1 returning ex|",
        "excluded",
    ),
    ("select * from orders o join order_items i on o.id = i.order_id and |", "i.order_id = o.id"),
    ("select | from users", "placed_at"),
    ("select u.| from users u, orders o", "placed_at"),
    ("select * from |", "email"),
    ("select * from users |", "orders"),
    ("insert into orders (|", "email"),
    ("update orders set |", "email"),
    ("select 1; select | from users", "placed_at"),
    ("with r as (select id from orders) select | from r", "placed_at"),
    ("select id from orders union select | from users", "placed_at"),
    ("drop table |", "user_emails"),
    ("select email as |", "email"),
    ("select unknown.| from users", "email"),
    ("select * from users join orders on foo.|", "users.id = orders.user_id"),
]


@pytest.mark.parametrize(("marked", "unwanted"), NEVER, ids=[marked for marked, _ in NEVER])
def test_what_does_not_fit_is_not_suggested(marked: str, unwanted: str) -> None:
    assert unwanted not in offered(marked)


SILENT = [
    "select * from orders o|",
    "select * from order_items oi|",
    "select * from orders join order_items oi|",
    "update orders o|",
    "select 'us|' from users",
    "select 'us|",
    "select 1 -- us|",
    "select /* us| */ 1",
    "select $$us|$$",
    "select 12|",
    "select :us|",
    "select * from users limit |",
]


@pytest.mark.parametrize("marked", SILENT)
def test_nothing_is_suggested_inside_of_strings_comments_and_numbers(marked: str) -> None:
    assert offered(marked) == []


def test_the_range_to_replace_is_the_word_being_typed() -> None:
    text, found = completed("select 1;  select em| from users")
    assert text[found.start :].startswith("em")
    text, found = completed('select * from "Mix|')
    assert text[found.start :] == '"Mix'
    text, found = completed("select u.*| from users u")
    assert text[found.start :].startswith("u.*")


ONLY = [
    ("select * from products where na|", "name"),
    ("delete from ord|", "orders, order_items"),
    ("select * from em|", "user_emails"),
    ("sel|", "select"),
    ("select * fro|", "from"),
    ("update orders s|", "set"),
    ("select * from orders or|", "order by"),
    ("select uid| from audit.users", ""),
]


@pytest.mark.parametrize(("marked", "expected"), ONLY, ids=[marked for marked, _ in ONLY])
def test_worse_matches_are_left_out_where_there_is_a_better_one(marked: str, expected: str) -> None:
    assert ", ".join(offered(marked)) == expected


IN_AUDIT = [
    ("select * from us|", "users, public.users, public.user_emails"),
    ("select * from ev|", "events"),
    ("select * from ord|", "public.orders, public.order_items"),
    ("select not|", "not, note("),
    ("select | from users", "uid, shadow"),
    ("select | from public.users", "id, parent_id"),
    ("select * from public.orders o join |", "public.users on o.user_id = users.id"),
    ("select order_t|", "public.order_total("),
]


@pytest.mark.parametrize(("marked", "expected"), IN_AUDIT, ids=[marked for marked, _ in IN_AUDIT])
def test_names_are_qualified_as_the_search_path_requires(marked: str, expected: str) -> None:
    completer = Completer(SNAPSHOT)
    _, found = completed(marked, completer.at(("pg_catalog", "audit")))
    texts = ", ".join(item.text for item in found.items)
    assert texts == expected or texts.startswith(expected + ", "), texts
    assert completer.at(SNAPSHOT.search_path) is completer


def test_completers_of_other_search_paths_share_what_was_learnt() -> None:
    completer = Completer(SNAPSHOT)
    completer.at(("audit",)).learn("select * from public.products")
    assert completed("select * from |", completer)[1].items[0].text == "products"


def test_a_suggestion_says_what_it_is() -> None:
    items = {item.text: item for item in completed("select | from users")[1].items}
    assert items["email"].kind is CompletionKind.COLUMN
    assert items["email"].detail == "text"
    assert items["count("].kind is CompletionKind.FUNCTION
    assert items["users"].kind is CompletionKind.SOURCE
    (join, *_) = completed("select * from orders o join pro|")[1].items
    assert (join.kind, join.detail) == (CompletionKind.TABLE, "public")


def test_columns_come_before_keywords_and_functions() -> None:
    found = completed("select * from orders where s|")[1].items
    assert found[0].text == "status"
    assert CompletionKind.FUNCTION in {item.kind for item in found[1:]}


def test_what_a_person_uses_ranks_higher() -> None:
    completer = Completer(SNAPSHOT)
    assert completed("select * from |", completer)[1].items[0].text == '"Mixed Case"'
    for _ in range(3):
        completer.learn("select * from products")
    assert completed("select * from |", completer)[1].items[0].text == "products"


def test_a_word_typed_in_full_needs_no_suggestion() -> None:
    assert offered("select * from order_items|") == []


def test_without_a_catalog_words_and_functions_are_still_there() -> None:
    completer = Completer(CatalogSnapshot())
    assert completed("sel|", completer)[1].items[0].text == "select"
    assert completed("select coun|", completer)[1].items[0].text == "count("
    kinds = {item.kind for item in completed("select * from |", completer)[1].items}
    assert kinds == {CompletionKind.FUNCTION}


def test_a_table_joined_to_itself_gets_a_name_of_its_own() -> None:
    snapshot = CatalogSnapshot(
        relations=(relation("nodes", "id parent_id"),),
        references=(Reference(("public", "nodes"), ("parent_id",), ("public", "nodes"), ("id",)),),
    )
    _, found = completed("select * from nodes join |", Completer(snapshot))
    assert found.items[0].text == "nodes nodes2 on nodes.parent_id = nodes2.id"


def test_a_foreign_key_of_several_columns_makes_one_condition() -> None:
    snapshot = CatalogSnapshot(
        relations=(relation("a", "x y"), relation("b", "x y")),
        references=(Reference(("public", "b"), ("x", "y"), ("public", "a"), ("x", "y")),),
    )
    _, found = completed("select * from a join b on |", Completer(snapshot))
    assert found.items[0].text == "b.x = a.x and b.y = a.y"


@given(SQL_TEXTS, st.data())
def test_any_text_can_be_completed(text: str, data: st.DataObject) -> None:
    for prefix in ("", "select * from users u where ", "create table t (", "with a as ("):
        whole = prefix + text
        offset = data.draw(st.integers(0, len(whole)))
        found = Completer(SNAPSHOT).complete(whole, offset)
        assert 0 <= found.start <= offset


def test_few_of_ten_thousand_names_are_compared_on_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["order", "user", "line", "total", "state", "event", "audit", "price", "stock", "note"]
    relations = tuple(
        relation(
            f"{words[n % 10]}_{words[n // 10 % 10]}_{n}",
            " ".join(f"{words[c]}_{words[n % 10]}_{n}_{c}" for c in range(9)),
        )
        for n in range(1_000)
    )
    completer = Completer(CatalogSnapshot(relations=relations))
    compared = 0

    def counted(pattern: str, candidate: str) -> tuple[int, int] | None:
        nonlocal compared
        compared += 1
        return fit(pattern, candidate)

    typed = ["select * from u", "select * from user_l", "select * from ust", "select * from xq"]
    typed += ["select o", "select or", "select usto", "select a.o from order_order_0 a"]
    typed += ["select * from public.u", "select * from public.user_l", "select * from public.xq"]
    for text in typed:
        completer.complete(text, len(text))  # builds the lists of names
    monkeypatch.setattr(ranking, "fit", counted)
    for text in typed:
        compared = 0
        found = completer.complete(text, len(text)).items
        assert compared <= SEARCHED + 300, text
        assert len(found) <= LIMIT
    everything = completer.complete("select * from public.", 21).items
    assert len(everything) == LIMIT
