"""Inspecting, browsing and following on the local DSQL: what the catalogs really answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dsql_tui.console.inspector.workers import count_rows, count_within, read_page, values_of
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.errors import InputError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.model.inspection import Inspection
from dsql_tui.results.arrangement import Arrangement, arrange_rows
from dsql_tui.results.find import Filter, Pattern
from dsql_tui.results.on_server import conditions_of
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work
from dsql_tui.sql.browsing.following import referenced_rows, referring_rows
from dsql_tui.sql.browsing.row_query import RowQuery, SortColumn, equals
from tests.support.local_dsql import connect, endpoint_of, profile_of

SCHEMA = "inspected"
SETUP = f"""
CREATE SCHEMA {SCHEMA};
CREATE TABLE {SCHEMA}."Sites" (code text, sku text, PRIMARY KEY (code, sku));
CREATE TABLE public.inspected_items (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    parent_id bigint REFERENCES public.inspected_items (id),
    code text, sku text, amount integer, doubled integer GENERATED ALWAYS AS (amount * 2) STORED,
    open boolean, data json,
    CONSTRAINT to_sites FOREIGN KEY (code, sku) REFERENCES {SCHEMA}."Sites" (code, sku));
COMMENT ON TABLE public.inspected_items IS 'It''s "here"';
COMMENT ON COLUMN public.inspected_items.amount IS 'how many';
CREATE INDEX ASYNC items_idx ON public.inspected_items (amount) INCLUDE (code) WHERE amount > 0;
CREATE VIEW {SCHEMA}.few AS SELECT id, code FROM public.inspected_items WHERE amount < 3;
CREATE FUNCTION {SCHEMA}.twice(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a * 2';
CREATE STATISTICS {SCHEMA}.items_stats ON code, sku FROM public.inspected_items;
GRANT SELECT (id, amount) ON public.inspected_items TO app_ro;
INSERT INTO {SCHEMA}."Sites" VALUES ('BER', 'a''1'), ('HAM', 'b2');
INSERT INTO public.inspected_items (parent_id, code, sku, amount, open, data)
    SELECT NULL, CASE WHEN n % 5 > 0 THEN 'BER' END, CASE WHEN n % 5 > 0 THEN 'a''1' END,
        CASE WHEN n % 4 > 0 THEN n % 7 END, n % 2 = 0, '{{"n": 1}}'
    FROM generate_series(1, 40) n;
"""
TEARDOWN = f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; DROP TABLE IF EXISTS public.inspected_items"
ITEMS = ("public", "inspected_items")


@pytest.fixture(scope="module")
def pair(local_dsql: ServerInfo) -> Iterator[SessionPair]:
    endpoint = endpoint_of(local_dsql, "shop")
    with closing(connect(local_dsql, endpoint)) as connection:
        for statement in TEARDOWN.split("; "):
            connection.execute(statement)
        for statement in SETUP.split(";\n"):
            if not statement.strip():
                continue
            answer = connection.execute(statement)
            if "INDEX ASYNC" in statement:
                ((job,),) = answer.fetchall()
                connection.execute(f"CALL sys.wait_for_job('{job}')")
        pair = SessionPair(LiveServices(profile_of(local_dsql)), endpoint)
        yield pair
        pair.close()
        for statement in TEARDOWN.split("; "):
            connection.execute(statement)


def inspected(pair: SessionPair, name: tuple[str, str] = ITEMS) -> Inspection:
    with pair.catalog() as session:
        return pair.services.inspect_relation(session, name)


def test_columns_say_identity_generation_default_and_comment(pair: SessionPair) -> None:
    items = inspected(pair)
    assert items.relation.comment == 'It\'s "here"'
    assert items.key == ("id",)
    number, _, code, _, amount, doubled, *_ = items.columns
    assert (number.identity, number.nullable, number.number) == ("ALWAYS", False, 1)
    assert (amount.comment, amount.nullable, code.default) == ("how many", True, "")
    assert doubled.is_generated
    assert "amount * 2" in doubled.default


def test_indexes_say_what_they_include_and_primary_keys_do_not(pair: SessionPair) -> None:
    primary, index = inspected(pair).indexes
    assert primary.is_primary
    assert "INCLUDE" not in primary.definition
    assert index.included == ("code",)
    assert index.definition.endswith(
        "ON public.inspected_items (amount) INCLUDE (code) WHERE (amount > 0)"
    )


def test_references_go_both_ways_across_schemas_and_to_itself(pair: SessionPair) -> None:
    items, sites = inspected(pair), inspected(pair, (SCHEMA, "Sites"))
    names = {key.name: (key.columns, key.target, key.target_columns) for key in items.references}
    assert names == {
        "inspected_items_parent_id_fkey": (("parent_id",), ITEMS, ("id",)),
        "to_sites": (("code", "sku"), (SCHEMA, "Sites"), ("code", "sku")),
    }
    assert [key.name for key in items.referred_by] == ["inspected_items_parent_id_fkey"]
    assert [key.relation for key in sites.referred_by] == [ITEMS]
    assert not sites.references


def test_privileges_statistics_views_and_functions_are_read(pair: SessionPair) -> None:
    items = inspected(pair)
    assert {(each.grantee, each.column) for each in items.privileges} >= {
        ("admin", ""),
        ("app_ro", "id"),
        ("app_ro", "amount"),
    }
    assert [each.name for each in items.statistics] == ["items_stats"]
    view = inspected(pair, (SCHEMA, "few"))
    with pair.catalog() as session:
        assert "amount < 3" in pair.services.relation_sql(session, view.name)
        table = pair.services.relation_sql(session, ITEMS)
    assert "CREATE TABLE public.inspected_items" in table
    assert "INDEX ASYNC items_idx" in table
    assert view.key == ()
    with pair.catalog() as session:
        (function,) = pair.services.inspect_functions(session, (SCHEMA, "twice"))
    assert (function.signature, function.language) == ("(a integer) → integer", "sql")
    assert "a * 2" in function.source
    assert function.definition.startswith(f"CREATE OR REPLACE FUNCTION {SCHEMA}.twice(a integer)")
    with pair.catalog() as session:
        assert list(session.run(function.definition))
        (listed,) = pair.services.functions(session, SCHEMA)
    assert (listed.name, listed.signature) == ("twice", function.signature)


def test_a_relation_that_does_not_exist_is_named(pair: SessionPair) -> None:
    for name in (("public", 'no "such"'), 1):
        with (
            pytest.raises(InputError, match="does not exist, or was renamed or dropped"),
            pair.catalog() as session,
        ):
            pair.services.inspect_relation(session, name)


ORDERS = (
    (),
    (SortColumn("amount"),),
    (SortColumn("amount", descending=True), SortColumn("code")),
    (SortColumn("open"), SortColumn("amount", descending=True)),
)


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_together_are_all_rows_in_order(
    pair: SessionPair, sort: tuple[SortColumn, ...]
) -> None:
    query = RowQuery(ITEMS, ("id", "amount", "code", "open"), ("id",), (), sort)
    whole = read_page(pair, query.page(1_000), Work())
    assert whole is not None
    paged: list[tuple[str | None, ...]] = []
    after = None
    while page := read_page(pair, query.page(7, after), Work()):
        paged += [row for chunk in page.chunks for row in chunk.rows.texts()]
        if page.row_count < 7:
            break
        names = [column.name for column in page.columns]
        after = values_of(page, -1, [names.index(column.name) for column in query.order])
    assert paged == [row for chunk in whole.chunks for row in chunk.rows.texts()]
    assert len(paged) == 40


FILTERS = (
    Filter(Pattern("ber")),
    Filter(Pattern("BER"), inverted=True),
    Filter(Pattern("true"), 6),
    Filter(Pattern("3"), 4, exact=True),
    Filter(Pattern("3"), 4, exact=True, inverted=True),
    Filter(column=4, is_null=True),
    Filter(column=2, is_null=True, inverted=True),
    Filter(Pattern("a'1"), 3, inverted=True),
    Filter(Pattern("^b.r$", regex=True), 2),
    Filter(Pattern('{"n": 1}'), 7, exact=True),
)


@pytest.mark.parametrize("wanted", FILTERS)
def test_a_filter_keeps_the_same_rows_on_the_server_and_here(
    pair: SessionPair, wanted: Filter
) -> None:
    items = inspected(pair)
    names = tuple(column.name for column in items.columns)
    types = [column.type_name for column in items.columns]
    query = RowQuery(ITEMS, names, items.key)
    whole = read_page(pair, query.page(1_000), Work())
    arrangement = Arrangement(filters=(wanted,))
    filtered = query.where(*conditions_of(arrangement, names, types))
    there = read_page(pair, filtered.page(1_000), Work())
    assert whole is not None
    assert there is not None
    store = ResultStore(whole.columns)
    for chunk in whole.chunks:
        store.append(chunk)
    here = arrange_rows(store, arrangement, Work())
    assert here is not None
    assert 0 < len(here) <= 40
    kept = [row[0] for chunk in there.chunks for row in chunk.rows.texts()]
    assert kept == [store.text(row, 0) for row in here]
    assert count_rows(pair, filtered.count(), Work()) == len(here)


def test_composite_keys_are_followed_through_a_join_and_a_cte(pair: SessionPair) -> None:
    statement = """
        WITH i AS (SELECT sku AS s, code AS c, id AS n FROM inspected_items WHERE code IS NOT NULL)
        SELECT 1 AS one, x.s, o.id, x.c FROM i AS x JOIN inspected_items AS o ON o.id = x.n
        ORDER BY o.id LIMIT 1"""
    page = read_page(pair, statement, Work())
    assert page is not None
    row = page.chunks[0].rows.texts()[0]
    items = inspected(pair)
    (target,) = referenced_rows(items.references, page.columns, row, 1)
    assert target.values == ("BER", "a'1")
    found = read_page(
        pair,
        RowQuery(target.relation, conditions=equals(target.columns, target.values)).page(9),
        Work(),
    )
    assert found is not None
    assert found.row_count == 1
    site = found.chunks[0].rows.texts()[0]
    sites = inspected(pair, (SCHEMA, "Sites"))
    (back,) = referring_rows(sites.referred_by, found.columns, site, 0)
    rows = RowQuery(back.relation).where(*equals(back.columns, back.values))
    assert count_within(pair, rows.count(), Work()) == 32


def test_a_count_that_takes_too_long_is_given_up_and_the_session_goes_on(
    pair: SessionPair,
) -> None:
    slow = "SELECT count(*) FROM generate_series(1, 1000000000)"
    assert count_within(pair, slow, Work(), seconds=0.2) is None
    assert inspected(pair).key == ("id",)
