"""What a statement does is read from its words, where keyword prefixes have misled others."""

from __future__ import annotations

import pytest
from hypothesis import given

from dsql_tui.sql.statements.classify import StatementKind, classify
from tests.unit.sql.sql_texts import SQL_TEXTS

QUERY, DML, DDL = StatementKind.QUERY, StatementKind.DML, StatementKind.DDL
TRANSACTION, SESSION = StatementKind.TRANSACTION, StatementKind.SESSION

KINDS = [
    ("", StatementKind.EMPTY, ()),
    ("-- nothing", StatementKind.EMPTY, ()),
    ("select 1", QUERY, ("SELECT",)),
    ("SELECT 1;", QUERY, ("SELECT",)),
    ("/* c */ ((select 1))", QUERY, ("SELECT",)),
    ("values (1)", QUERY, ("VALUES",)),
    ("table t", QUERY, ("TABLE",)),
    ("with x as (select 1) select * from x", QUERY, ("SELECT",)),
    ("with recursive delete (n) as (select 1) select n from delete", QUERY, ("SELECT",)),
    ("insert into t values (1)", DML, ("INSERT",)),
    ("insert into t (update, delete) values (1, 2)", DML, ("INSERT",)),
    ("update t set a = 1 where id = 1", DML, ("UPDATE",)),
    ("delete from t where id in (select id from x)", DML, ("DELETE",)),
    ("merge into t using s on t.id = s.id when matched then delete", DML, ("MERGE",)),
    (
        "with d as (delete from t where a = 1 returning *) select * from d",
        DML,
        ("DELETE", "SELECT"),
    ),
    ("with s as (select 1) update t set a = 1 from s where t.id = 1", DML, ("UPDATE",)),
    (
        "with a as (insert into x values (1)), b as (update y set c = 1 where d) select 1",
        DML,
        ("INSERT", "UPDATE", "SELECT"),
    ),
    ("explain delete from t", QUERY, ("EXPLAIN", "DELETE")),
    ("explain (verbose, analyze off) delete from t", QUERY, ("EXPLAIN", "DELETE")),
    ("explain analyze delete from t where a = 1", DML, ("EXPLAIN ANALYZE", "DELETE")),
    ("explain analyze verbose select 1", QUERY, ("EXPLAIN ANALYZE", "SELECT")),
    ("explain (costs off, analyze) update t set a = 1", DML, ("EXPLAIN ANALYZE", "UPDATE")),
    ("explain (analyze true) update t set a = 1", DML, ("EXPLAIN ANALYZE", "UPDATE")),
    ("explain", QUERY, ("EXPLAIN",)),
    ("select * into copy from t", DML, ("SELECT INTO",)),
    ("copy t from stdin", DML, ("COPY FROM",)),
    ("copy (select 1) to stdout", QUERY, ("COPY TO",)),
    ("copy (delete from t returning *) to stdout", DML, ("COPY TO", "DELETE")),
    ("truncate t", DML, ("TRUNCATE",)),
    ("create table t (a int)", DDL, ("CREATE TABLE",)),
    ("create or replace view v as select 1", DDL, ("CREATE VIEW",)),
    ("create unique index async i on t (a)", DDL, ("CREATE INDEX",)),
    ("create materialized view v as select 1", DDL, ("CREATE MATERIALIZED VIEW",)),
    ("alter table async t validate constraint c", DDL, ("ALTER TABLE",)),
    ("alter default privileges grant select on tables to r", DDL, ("ALTER DEFAULT PRIVILEGES",)),
    ("grant select on t to r", DDL, ("GRANT",)),
    ("aws iam grant r to 'arn:aws:iam::1:role/x'", DDL, ("AWS IAM GRANT",)),
    ("aws iam revoke r from 'arn:aws:iam::1:role/x'", DDL, ("AWS IAM REVOKE",)),
    ("comment on table t is 'x'", DDL, ("COMMENT ON",)),
    ("begin", TRANSACTION, ("BEGIN",)),
    ("start transaction read only", TRANSACTION, ("START TRANSACTION",)),
    ("commit", TRANSACTION, ("COMMIT",)),
    ("end", TRANSACTION, ("END",)),
    ("rollback to savepoint s", TRANSACTION, ("ROLLBACK TO",)),
    ("prepare transaction 'x'", TRANSACTION, ("PREPARE TRANSACTION",)),
    ("set local search_path = a", SESSION, ("SET LOCAL",)),
    ("show timezone", SESSION, ("SHOW",)),
    ("reset all", SESSION, ("RESET",)),
    ("call sys.wait_for_job('x')", StatementKind.CALL, ("CALL",)),
    ("do $$ begin end $$", StatementKind.CALL, ("DO",)),
    ("analyze t", StatementKind.MAINTENANCE, ("ANALYZE",)),
    ("frobnicate", StatementKind.UNKNOWN, ("FROBNICATE",)),
    ("'text'", StatementKind.UNKNOWN, ("'text'",)),
]


@pytest.mark.parametrize(("statement", "kind", "verbs"), KINDS, ids=[s for s, _, _ in KINDS])
def test_kind_and_verbs(statement: str, kind: StatementKind, verbs: tuple[str, ...]) -> None:
    classified = classify(statement)
    assert (classified.kind, classified.verbs) == (kind, verbs)


WRITES = [
    "with d as (delete from t returning *) select * from d",
    "explain analyze delete from t",
    "explain (analyze) insert into t values (1)",
    "delete from t where id in (select id from x)",
    "aws iam grant r to 'arn'",
    "aws iam revoke r from 'arn'",
    "create index async on t (a)",
    "copy t from stdin",
    "select nextval('s')",
    "select * into t2 from t",
    "grant select on t to r",
    "call f()",
    "do $$ $$",
]
READS = [
    "select 'delete from t'",
    "select 1 -- delete from t",
    'select updated_at, "delete" from inserts',
    "explain delete from t",
    "explain (analyze false) delete from t",
    "with u as (select 1) select * from u",
    "copy t to stdout",
    "call sys.wait_for_job('x')",
    "select count(*) from t for update",
    "show server_version",
    "begin",
]


@pytest.mark.parametrize("statement", WRITES)
def test_a_write_is_seen_however_it_is_wrapped(statement: str) -> None:
    classified = classify(statement)
    assert classified.is_write
    assert not classified.only_reads


@pytest.mark.parametrize("statement", READS)
def test_a_read_is_not_classified_as_a_write(statement: str) -> None:
    assert not classify(statement).is_write


ALL_REMOVED = "Delete every row of t"
HAZARDS = [
    ("delete from t", ALL_REMOVED),
    ("DELETE FROM only Public.\"My T\"", 'Delete every row of public."My T"'),
    ("delete from t using u returning *", ALL_REMOVED),
    ("delete from t where true", ALL_REMOVED),
    ("delete from t where 1 = 1 returning id", ALL_REMOVED),
    ("update t set a = (select 1 where true)", "Update every row of t"),
    ("with d as (delete from t) select 1 where true", ALL_REMOVED),
    ("explain analyze delete from t", ALL_REMOVED),
    ("truncate table t", "Truncate t"),
    ("drop table if exists a, s.b cascade",
     "Drop table a, s.b and everything that depends on it"),
    ("drop index i", "Drop index i"),
    ("drop owned by r", "Drop owned objects"),
    ("alter table t drop column c", "Drop column c of t"),
    ("alter table t add column d int, drop if exists c",
     "Drop column c of t"),
    ("alter table t drop constraint k", "Drop constraint k of t"),
    ("alter table t alter column c drop not null", ""),
    ("alter table t alter c drop default", ""),
    ("delete from t where id = 1", ""),
    ("update t set a = 1 where id = 1", ""),
    ("explain delete from t", ""),
    ("insert into t values (1) on conflict do nothing", ""),
    ("insert into t values (1) on conflict (a) do update set a = 1", ""),
    ("select * from t for update", ""),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "hazard"), HAZARDS, ids=[s for s, _ in HAZARDS])
def test_what_it_destroys_is_named(statement: str, hazard: str) -> None:
    classified = classify(statement)
    assert classified.hazard == hazard
    assert classified.is_destructive == bool(hazard)


TARGETS = [
    ("insert into s.t (a) values (1)", ("s.t",)),
    ('update only "T" set a = 1', ('"T"',)),
    ("create table if not exists t (a int)", ("t",)),
    ("create unique index async if not exists i on s.t (a)", ("s.t",)),
    ("create index async on t (a)", ("t",)),
    ("alter table async t validate constraint c", ("t",)),
    ("alter table async add column b int", ("async",)),
    ("alter table if exists only t rename to u", ("t",)),
    ("drop function f(int, text), g", ("f", "g")),
    ("grant select, update on table a, b to r", ("a", "b")),
    ("grant select on t to r", ("t",)),
    ("grant usage on schema s to r", ("s",)),
    ("grant select on all tables in schema s to r", ("s",)),
    ("grant reader to app", ("reader",)),
    ("comment on column t.a is 'x'", ("t.a",)),
    ("aws iam grant app_rw to 'arn'", ("app_rw",)),
    ("with a as (delete from x), b as (update y set c = 1) delete from x", ("x", "y")),
    ("create role r with login", ("r",)),
]


@pytest.mark.parametrize(("statement", "targets"), TARGETS, ids=[s for s, _ in TARGETS])
def test_what_it_touches_is_named(statement: str, targets: tuple[str, ...]) -> None:
    assert classify(statement).targets == targets


UNKNOWN = [
    ("select my_function(1)", ("my_function",)),
    ("select app.f(x), count(*) from t", ("app.f",)),
    ("update t set a = g(a) where b in (1, 2)", ("g",)),
    ("select * from generate_series(1, 2) as g (n)", ()),
    ("select * from t x (a, b) join u y(c) using (a)", ()),
    ("with a (n) as (values (1)), b(m) as not materialized (select 1) select 1 from a", ()),
    ("select cast(a as numeric(10, 2)), b::varchar(3), left(c, 1) from t", ()),
    ("select coalesce(a, 1), sum(b) over (partition by c) from t group by rollup (c)", ()),
    ("insert into t (a, b) values (now(), gen_random_uuid()) on conflict (a) do nothing", ()),
    ("select sys.cluster_size()", ()),
    ("select pg_catalog.now()", ()),
    ("select other.now()", ("other.now",)),
    ("select \"F\"(1)", ('"F"',)),
    ("call app.job(1)", ("app.job",)),
    ("do $$ $$", ("DO",)),
    ("execute q", ("q",)),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "unknown"), UNKNOWN, ids=[s for s, _ in UNKNOWN])
def test_calls_with_unknown_effects_are_classified_as_unknown(
    statement: str, unknown: tuple[str, ...]
) -> None:
    assert classify(statement).unknown_effects == unknown


@pytest.mark.parametrize(
    ("statement", "safe"),
    [
        ("select 1", True),
        ("update t set a = a + 1 where id = 1", True),
        ("create table t (a int)", True),
        ("select my_function()", False),
        ("copy t from stdin", False),
        ("commit", False),
        ("set timezone = 'UTC'", False),
        ("call f()", False),
        ("frobnicate", False),
    ],
)
def test_only_what_is_rolled_back_as_a_whole_is_safe_to_repeat(statement: str, safe: bool) -> None:
    assert classify(statement).is_safe_to_repeat is safe


@pytest.mark.parametrize(
    ("statement", "starts"),
    [
        ("create index async i on t (a)", True),
        ("create index async on t (a)", True),
        ("create index i on t (a)", False),
        ("alter table async t validate constraint c", True),
        ("alter table async add column b int", False),
    ],
)
def test_asynchronous_jobs_are_distinguished_from_objects_named_async(
    statement: str, starts: bool
) -> None:
    assert classify(statement).starts_job is starts


@pytest.mark.parametrize("lock", ["update", "key share", "share", "no key update"])
def test_locking_reads_are_seen(lock: str) -> None:
    classified = classify(f"select * from t where id = 1 for {lock}")
    assert classified.locks_rows
    assert classified.kind is QUERY


@given(SQL_TEXTS)
def test_any_text_is_classified(text: str) -> None:
    assert classify(text).kind in StatementKind
    assert classify("alter table " + text).is_ddl
    assert classify("with " + text).kind in StatementKind
