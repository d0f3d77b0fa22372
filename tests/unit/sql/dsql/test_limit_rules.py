"""Declarations that exceed DSQL's limits, and ones that only look as if they did."""

from __future__ import annotations

import pytest

from dsql_tui.sql.dsql.lint import LintSeverity, check
from dsql_tui.sql.dsql.rules import is_false_alarm, objections

NINE = "a, b, c, d, e, f, g, h, i"
EIGHT = "a, b, c, d, e, f, g, h"
OBJECTED = [
    ("create table t (v varchar(65536))", "column_length"),
    ("create table t (id int, v character varying (70000) not null)", "column_length"),
    ("create table t (c char(4097))", "column_length"),
    ("create table t (c character(5000))", "column_length"),
    ("create table t (c bpchar(5000))", "column_length"),
    ("alter table t add column v varchar(70000)", "column_length"),
    (f"create table t (a int, primary key ({NINE}))", "key_columns"),
    (f"create table t (a int, unique ({NINE}))", "key_columns"),
    (f"create table t (a int, constraint k primary key ({NINE}))", "key_columns"),
    (f"create index async i on t ({NINE})", "key_columns"),
    ("create table t (a varchar(1500), b varchar(500), primary key (a, b))", "key_size"),
    ("create table t (a varchar(3000) primary key)", "key_size"),
    ("select * from pg_stat_activity", "missing_catalog"),
    ("select a.pid from pg_catalog.pg_locks a", "missing_catalog"),
    ("select 1 from t where exists (select from pg_stat_user_tables)", "missing_catalog"),
    ("explain select * from pg_locks", "missing_catalog"),
    ("insert into t select * from generate_series(1, 3001)", "row_limit"),
    ("insert into t (a) select n, 'x' from generate_series(1, 10000, 2) as n", "row_limit"),
    ("insert into t select n from generate_series(1, 5000) n on conflict do nothing", "row_limit"),
    ("insert into t select generate_series(1, 5000)", "row_limit"),
    ("select pg_total_relation_size('t')", "refused_function"),
    ("select inet_server_port()", "refused_function"),
]


@pytest.mark.parametrize(("statement", "rule"), OBJECTED)
def test_what_is_over_a_limit_is_objected_to(statement: str, rule: str) -> None:
    assert rule in [found.rule for found in objections(statement)]


SILENT = [
    "create table t (v varchar(65535), c char(4096), w varchar, x text)",
    "create table t (n numeric(70000))",
    "select 'a'::varchar(70000)",
    f"create table t (a int, primary key ({EIGHT}))",
    f"create table t (a int, primary key ({EIGHT}) include (i, j))",
    f"create index async i on t ({EIGHT}) include (i, j)",
    f"create table t (a int, foreign key ({NINE}) references u)",
    f"create table t (a int check (a in ({NINE})))",
    "create table t (a varchar(900) primary key, b varchar(60000))",
    "select * from pg_stat_ssl",
    "select * from pg_class join pg_index on true",
    "with pg_locks as (select 1) select * from pg_locks",
    "select * from mine.pg_stat_activity",
    "select pg_locks from t",
    "select 'pg_locks'",
    "insert into t select * from generate_series(1, 3000)",
    "insert into t select * from generate_series(5, 1)",
    "insert into t select n from generate_series(1, 5000) n where n < 10",
    "insert into t select n from generate_series(1, 5000) n limit 10",
    "insert into t select max(n) from generate_series(1, 5000) n group by 1",
    "insert into t select distinct n % 2 from generate_series(1, 5000) n",
    "insert into t select 1 from generate_series(1, :n)",
    "insert into t values ((select count(*) from generate_series(1, 5000)))",
    "select * from generate_series(1, 5000)",
    "select inet_client_addr()",
]


@pytest.mark.parametrize("statement", SILENT)
def test_declarations_within_the_limits_are_not_reported(statement: str) -> None:
    limits = {"column_length", "key_columns", "key_size", "missing_catalog", "row_limit"}
    assert limits.isdisjoint(found.rule for found in objections(statement))


def test_a_key_that_may_grow_too_large_is_a_hint() -> None:
    findings = check("create table t (a varchar(3000) primary key)")
    assert [(each.rule, each.severity) for each in findings] == [("key_size", LintSeverity.HINT)]


def test_the_access_method_of_dsql_may_be_named() -> None:
    assert is_false_alarm("index_using", "create index async i on t using btree_index (a)")
    assert not is_false_alarm("index_using", "create index async i on t using hash (a)")
    assert check("create index async i on t using btree_index (a)") == []
