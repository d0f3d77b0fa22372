"""The message when a statement is refused: cause and remedy, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from dsql_tui.aws.session import AwsSession
from dsql_tui.aws.tokens import generate_token
from dsql_tui.errors import StatementError
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.pg.session import Session
from tests.support.local_dsql import endpoint_of, profile_of

NO_TABLE = "create table refused (id int primary key, a int, b int, j jsonb)"


@pytest.fixture(scope="module")
def session(local_dsql: ServerInfo) -> Iterator[Session]:
    endpoint = endpoint_of(local_dsql, "todos-dev")
    aws = AwsSession(profile_of(local_dsql))
    with closing(Session.open(endpoint, generate_token(aws, endpoint))) as opened:
        for statement in ("create schema refusals", "set search_path = refusals", NO_TABLE):
            opened.fetch(statement)
        opened.fetch("insert into refused select n, n from generate_series(1, 2000) n")
        opened.fetch("insert into refused select n, n from generate_series(2001, 4000) n")
        yield opened
        opened.fetch("drop schema refusals cascade")


REFUSED = [
    ("update refused set a = 1", "dsql-tui batch"),
    ("delete from refused", "dsql-tui batch"),
    ("insert into refused select n from generate_series(10000, 14000) n", "dsql-tui load"),
    ("create index i on refused (a)", "CREATE INDEX ASYNC"),
    ("create index concurrently i on refused (a)", "CREATE INDEX ASYNC"),
    ("create index async i on refused using hash (a)", "Leave USING out"),
    ("create index async i on refused (a desc)", "ASC and DESC"),
    ("create index async i on refused (j)", "jsonb cannot be a key"),
    ("truncate refused", "dsql-tui batch"),
    ("create table x as select 1", "INSERT INTO … SELECT"),
    ("select 1 into x", "INSERT INTO … SELECT"),
    ("create materialized view v as select 1", "no materialized views"),
    ("create temp table x (id int)", "WITH … AS"),
    ("create unlogged table x (id int)", "UNLOGGED"),
    ("create table x (id int) partition by range (id)", "partitioning"),
    ("create table x (id serial primary key)", "IDENTITY (CACHE 65536)"),
    ("create table x (id bigserial primary key)", "gen_random_uuid()"),
    ("create table x (id bigint generated always as identity)", "CACHE 65536"),
    ('create table x (id int, t text collate "C")', "Leave COLLATE out"),
    ("create table x (id int, m money)", "money"),
    ("create sequence s", "CACHE 65536"),
    ("create type mood as enum ('a')", "CHECK"),
    ("create type pair as (a int)", "CREATE DOMAIN"),
    ("create extension pgcrypto", "gen_random_uuid() is built in"),
    ("create database x", "one database"),
    ("create trigger g before insert on refused execute function f()", "no triggers"),
    ("create function f() returns int language plpgsql as 'begin return 1; end'", "LANGUAGE sql"),
    ("create procedure p() language sql as 'select 1'", "function in SQL"),
    ("do $$ begin end $$", "no DO"),
    ("alter table refused add column c int not null default 1", "Add the column alone"),
    ("alter table refused alter column a set not null", "NOT VALID"),
    ("alter table refused alter column a type bigint", "dsql-tui batch"),
    ("alter table refused add constraint k unique (a)", "UNIQUE USING INDEX"),
    ("alter table refused add check (a > 0)", "NOT VALID"),
    ("alter table refused enable row level security", "no row security"),
    ("savepoint s", "no savepoints"),
    ("set statement_timeout = 5", "300 s"),
    ("begin isolation level serializable", "REPEATABLE READ"),
    ("select * from refused for share", "FOR KEY SHARE"),
    ("lock table refused", "FOR UPDATE"),
    ("select pg_advisory_lock(1)", "FOR UPDATE"),
    ("select pg_backend_pid()", "sys.current_session_id()"),
    ("select * from pg_stat_activity", "Database Insights"),
    ("select * from pg_locks", "CloudWatch"),
    ("select * from pg_stat_user_tables", "CloudWatch"),
    ("select pg_database_size('postgres')", "sys.cluster_size()"),
    ("select pg_total_relation_size('refused')", "reltuples"),
    ("select pg_size_pretty(pg_relation_size('refused'))", "sys.cluster_size()"),
    ("select * from pg_authid", "pg_roles"),
    ("listen x", "no LISTEN"),
    ("notify x", "no LISTEN"),
    ("vacuum refused", "DSQL needs no VACUUM"),
    ("merge into refused using refused s on true when matched then do nothing", "ON CONFLICT"),
    ("declare c cursor for select 1", "no cursors"),
    ("prepare p as select 1", "no PREPARE"),
    ("select sys.wait_for_job('x')", "CALL sys.wait_for_job"),
    ("select * from refused tablesample system (1)", "random()"),
    ("select to_tsvector('english', 'a')", "'simple'"),
    ("grant usage on schema public to admin", "grant on the tables"),
    ("copy refused from '/tmp/x'", "dsql-tui load"),
    ("reindex table refused", "CREATE INDEX ASYNC"),
    ("analyze verbose refused", "one table"),
    ("select a from refused group by all", "list the columns"),
]


@pytest.mark.parametrize(("statement", "words"), REFUSED, ids=[each for each, _ in REFUSED])
def test_a_refusal_is_explained(session: Session, statement: str, words: str) -> None:
    with pytest.raises(StatementError) as caught:
        session.fetch(statement)
    assert words in caught.value.remedy, (caught.value.sqlstate, caught.value.message)
    assert "\n" not in caught.value.remedy


PLAIN = [
    "select nothing from refused",
    "select * from nowhere",
    "select 1 / 0",
    "selec 1",
    "select 1 +",
    "insert into refused (id) values (1)",
    "insert into refused (id) values (null)",
    "select 'a'::int",
    "select nowhere(1)",
    "create table refused (id int)",
    "drop table nowhere",
]


@pytest.mark.parametrize("statement", PLAIN)
def test_a_plain_mistake_gets_no_explanation(session: Session, statement: str) -> None:
    with pytest.raises(StatementError) as caught:
        session.fetch(statement)
    assert caught.value.remedy == "", caught.value.message
