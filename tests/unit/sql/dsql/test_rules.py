"""Our own rules report what the linter misses and nothing that the service accepts."""

from __future__ import annotations

import pytest
from hypothesis import given

from dsql_tui.sql.dsql.rules import is_false_alarm, objections
from tests.unit.sql.sql_texts import SQL_TEXTS

REFUSED = [
    ("set statement_timeout = 1", "set_parameter", "statement_timeout"),
    ("SET LOCAL row_security TO off", "set_parameter", "row_security"),
    ("set session client_min_messages = error", "set_parameter", "client_min_messages"),
    ("select set_config('lock_timeout', '1', false)", "set_parameter", "'lock_timeout'"),
    ("select * from t for share", "locking_clause", "for share"),
    ("select * from t where a for no key update", "locking_clause", "for no key update"),
    ("merge into t using s on true when matched then delete", "merge", "merge"),
    ("select * from t tablesample system (10)", "tablesample", "tablesample"),
    ("select a from t group by all", "group_by_all", "group by all"),
    ("commit and chain", "and_chain", "and chain"),
    ("rollback work and chain", "and_chain", "and chain"),
    ("select a into b from c", "select_into", "into"),
    ("fetch next from c", "cursor", "fetch"),
    ("close c", "cursor", "close"),
    ("execute p(1)", "prepared", "execute"),
    ("alter table t add column c int unique", "add_column_constraint", "unique"),
    ("alter table t add c int check (c > 0), add d int", "add_column_constraint", "check"),
    ("alter table t add column c int generated always as (1) stored", "add_column_constraint",
     "generated"),
    ("create table t (a int unique deferrable)", "deferrable", "deferrable"),
    ("create table t (a int, primary key (a) deferrable initially deferred)", "deferrable",
     "deferrable"),
    ("create index async i on t (a text_pattern_ops)", "opclass", "text_pattern_ops"),
    ("create index async i on t ((lower(a)) text_ops nulls last)", "opclass", "text_ops"),
    ("create index async s.i on t (a)", "index_name", "s.i"),
    ("create table t (a money)", "column_type", "money"),
    ("create table t (a int, b inet not null)", "column_type", "inet"),
    ("alter table t add column v vector(3)", "column_type", "vector"),
    ("create table t (a tsvector)", "column_type", "tsvector"),
    ("create table t (a nosuch, b int)", "unknown_type", "nosuch"),
    ("alter table t add column c nosuch", "unknown_type", "nosuch"),
    ("analyze verbose t", "analyze", "verbose"),
    ("select pg_backend_pid()", "refused_function", "pg_backend_pid"),
    ("select pg_try_advisory_xact_lock(1)", "refused_function", "pg_try_advisory_xact_lock"),
    ("select sys.wait_for_job('x')", "wait_for_job", "wait_for_job"),
    ("call sys.wait_for_job((select job_id from sys.jobs))", "call_subquery", "select"),
    ("select to_tsvector('a')", "text_search", "to_tsvector"),
    ("alter system set a = 1", "unsupported_statement", "alter"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "rule", "marked"), REFUSED, ids=[s for s, _, _ in REFUSED])
def test_what_the_service_refuses_is_marked(statement: str, rule: str, marked: str) -> None:
    (found,) = objections(statement)
    assert (found.rule, statement[found.start : found.end]) == (rule, marked)


ACCEPTED = [
    "set search_path = a, b",
    "set local timezone = 'UTC'",
    "set time zone 'UTC'",
    "set session characteristics as transaction read only",
    "set constraints all deferred",
    "select set_config('timezone', 'UTC', true)",
    "select * from t for update",
    "select * from t for key share",
    "commit and no chain",
    "insert into t select 1",
    "alter table t add column c text storage plain",
    "alter table t add constraint c check (a > 0) not valid",
    "alter table t add unique using index i",
    "alter table t add foreign key (a) references u (id) not valid deferrable",
    "create table t (a int unique not deferrable, b uuid references u (id) deferrable)",
    "create table t (like u including all, check (a > 0))",
    "create table t (money text)",
    "create table t (a double precision, b character varying(3), c timestamp with time zone)",
    'create table t (a national character varying(3), b s.my_domain, c "MyDomain")',
    "create table t (a numeric(10, 2), b bigint generated always as identity (cache 1))",
    "create index async i on s.t (a nulls first, (lower(b)), c) include (d) where e > 0",
    "create index async on t (a)",
    "select '1.1.1.1'::inet",
    "call sys.wait_for_job('x')",
    "select to_tsvector('simple', 'a')",
    "select 'for share', \"merge\" from tablesamples -- for share",
    "",
]


@pytest.mark.parametrize("statement", ACCEPTED)
def test_what_the_service_accepts_is_not_reported(statement: str) -> None:
    assert objections(statement) == ()


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("unsupported_alter_index", "alter index i rename to j"),
        ("parse_error", "grant reader to app"),
        ("parse_error", "create table t (like u including all)"),
        ("parse_error", "create schema s create table t (a int)"),
        ("parse_error", "analyze verbose t"),
    ],
)
def test_false_alarms_of_the_linter_are_dropped(rule: str, statement: str) -> None:
    assert is_false_alarm(rule, statement)


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("unsupported_alter_index", "alter index i set (fillfactor = 1)"),
        ("parse_error", "grant select on t r"),
        ("parse_error", "selct 1"),
        ("index_async", "create index i on t (a)"),
    ],
)
def test_other_reports_are_no_false_alarms(rule: str, statement: str) -> None:
    assert not is_false_alarm(rule, statement)


@given(SQL_TEXTS)
def test_any_text_can_be_checked(text: str) -> None:
    for prefix in ("", "alter table ", "create index async ", "create table t (", "set "):
        for found in objections(prefix + text):
            assert 0 <= found.start < found.end <= len(prefix + text)
