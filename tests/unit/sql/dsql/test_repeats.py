"""Which DDL may be run again after its answer was lost, and what the second run shows."""

from __future__ import annotations

import pytest

from dsql_tui.sql.dsql.repeats import ALREADY_THERE, ALTERED, GONE_ALREADY, repeat_of

ADDED, DROPPED = ALREADY_THERE | ALTERED, GONE_ALREADY | ALTERED
NOTHING: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("statement", "is_safe", "done_states"),
    [
        ("create table a (id int primary key)", True, ALREADY_THERE),
        ("create schema s;", True, ALREADY_THERE),
        ("create index async i on a (b)", True, ALREADY_THERE),
        ("create unique index async if not exists i on a (b)", True, ALREADY_THERE),
        ("create index async on a (b)", False, ALREADY_THERE),
        ("create unique index on a (b)", False, ALREADY_THERE),
        ("drop table a", True, GONE_ALREADY),
        ("drop role r", True, GONE_ALREADY),
        ("aws iam grant r to 'arn:aws:iam::1:role/x'", True, ALREADY_THERE),
        ("aws iam revoke r from 'arn:aws:iam::1:role/x'", True, GONE_ALREADY),
        ("grant select on a to r", True, NOTHING),
        ("comment on table a is 'x'", True, NOTHING),
        ("alter table a add column c int", True, ADDED),
        ("alter table a add constraint k check (b > 0)", True, ADDED),
        ("alter table a add check (b > 0)", False, ADDED),
        ("alter table a add unique (b)", False, ADDED),
        ("alter table a add foreign key (b) references c", False, ADDED),
        ("alter table a add primary key (b)", True, ADDED),
        ("alter table a alter b add generated always as identity (cache 1)", True, ADDED),
        ("alter table a drop column c", True, DROPPED),
        ("alter table a drop constraint k, add unique (b)", False, ADDED | DROPPED),
        ("alter table a alter b set default 1", True, NOTHING),
        ("alter table a owner to r", True, NOTHING),
        ("alter table a rename to b", True, GONE_ALREADY),
        ("", True, NOTHING),
    ],
)
def test_each_kind_of_ddl_says_what_its_second_run_means(
    statement: str, is_safe: bool, done_states: frozenset[str]
) -> None:
    repeat = repeat_of(statement)
    assert (repeat.is_safe, repeat.done_states) == (is_safe, done_states)


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("alter table a rename to b", "SELECT 1 WHERE to_regclass('b') IS NOT NULL"),
        ("ALTER TABLE if exists s.a RENAME TO \"B c\"",
         "SELECT 1 WHERE to_regclass('s.\"B c\"') IS NOT NULL"),
        ("alter index i rename to j", "SELECT 1 WHERE to_regclass('j') IS NOT NULL"),
        ("alter sequence s.q set schema t", "SELECT 1 WHERE to_regclass('t.q') IS NOT NULL"),
        ("alter table s.a rename column b to c",
         "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('s.a')"
         " AND attname = 'c' AND NOT attisdropped"),
        ("alter table a rename b to c",
         "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = to_regclass('a')"
         " AND attname = 'c' AND NOT attisdropped"),
        ("alter table a rename constraint k to l",
         "SELECT 1 FROM pg_catalog.pg_constraint WHERE conrelid = to_regclass('a')"
         " AND conname = 'l'"),
        ("alter schema s rename to t",
         "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 't' LIMIT 1"),
        ("alter role r rename to q",
         "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'q' LIMIT 1"),
        ("drop table a", ""),
        ("alter policy p on t rename to q", ""),
        ("alter function f() set schema s", ""),
    ],
)  # fmt: skip
def test_what_was_renamed_is_looked_for_by_its_new_name(statement: str, check: str) -> None:
    assert repeat_of(statement).check == check
