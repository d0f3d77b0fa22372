"""Refusals that the local DSQL does not give, or gives elsewhere: explained from the server's text.

What it does give is tried in `tests/e2e/test_refusals.py`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsql_tui.sql.dsql.refusals import advice_on_refusal

EXPLAINED = [
    ("54000", "transaction row limit exceeded", "with q as (select 1) delete from t", "batch"),
    ("54000", "transaction row limit exceeded", "UPDATE t SET a = 1", "dsql-tui batch"),
    ("54000", "transaction row limit exceeded", "-- all\ninsert into t select 1", "dsql-tui load"),
    ("54000", "transaction row limit exceeded", "copy t from stdin", "dsql-tui load"),
    ("54000", "transaction row limit exceeded", "commit", "query --script"),
    ("54000", "transaction size limit 10mb exceeded", "commit", "10 MiB"),
    ("54000", "transaction age limit of 300s exceeded", "select 1", "300 s"),
    ("54000", "query requires more than allowed temp space of 131072 KB to execute", "", "128 MiB"),
    ("53200", "query requires too much temp space, out of memory.", "", "128 MiB"),
    ("54000", "key size too large", "", "1 KiB"),
    ("54000", "maximum row size exceeded", "", "2 MiB"),
    ("54000", "maximum column size exceeded", "", "1 MiB"),
    (
        "54000",
        "Datatype limit greater than 4096 bytes not supported for char",
        "",
        "A char holds at most 4096 bytes",
    ),
    ("54000", "more than 24 indexes per table are not allowed", "", "INVALID ones included"),
    ("54000", "more than 10 schemas not allowed", "", "at most 10 schemas"),
    ("54000", "creating more than 1000 tables not allowed", "", "at most 1000 tables"),
    ("54000", "more than 5 extended statistics per table are not allowed", "", "at most 5"),
    ("54011", "more than 8 column keys in an index are not supported", "", "8 key columns"),
    ("54011", "tables can have at most 255 columns", "", "255 columns"),
    ("53100", "Current cluster size exceeds cluster size limit.", "", "storage is full"),
    ("40001", "change conflicts with another transaction (OC000)", "", "committed first"),
    ("40001", "schema has been updated by another transaction (OC001)", "", "has changed since"),
    (
        "23505",
        'duplicate key value violates unique constraint "orders_number"',
        "",
        "unique index orders_number has failed",
    ),
    ("55000", 'index "i" is not valid', "", "drop i and create it again"),
    ("25P02", "current transaction is aborted", "", "ROLLBACK"),
    ("0A000", "multiple ddl statements not supported in a transaction", "", "query --script"),
    ("0A000", "ddl and dml are not supported in the same transaction", "", "query --script"),
    ("0A000", "function inet_server_addr not supported", "", "endpoint"),
    ("0A000", "function pg_cancel_backend not supported", "", "close its connection"),
    ("0A000", 'setting configuration parameter "lock_timeout" not supported', "", "no timeout"),
    ("0A000", 'setting configuration parameter "row_security" not supported', "", "leave it out"),
    ("0A000", "UNIQUE constraints cannot be marked NOT VALID", "", "UNIQUE USING INDEX"),
    (
        "0A000",
        "unsupported ALTER TABLE ADD CONSTRAINT statement",
        "alter table t add primary key (a)",
        "copy the rows",
    ),
    ("22023", "CACHE (100) must be greater than or equal to 65536 or equal to 1", "", "CACHE 1"),
    ("42704", 'text search configuration "english" does not exist', "", "'simple'"),
    ("0A000", "something new", "select 1 for share", "dsql-tui lint: Use FOR UPDATE"),
]


@pytest.mark.parametrize(("sqlstate", "message", "statement", "words"), EXPLAINED)
def test_a_refusal_is_explained(sqlstate: str, message: str, statement: str, words: str) -> None:
    assert words in advice_on_refusal(sqlstate, message, statement)


UNEXPLAINED = [
    ("23505", 'duplicate key value violates unique constraint "orders_pkey"', "insert into t"),
    ("23503", "insert or update violates foreign key constraint", "insert into t"),
    ("42P01", 'relation "pg_stat" does not exist', "select * from pg_stat"),
    ("42P01", 'relation "my_pg_locks" does not exist', "select * from my_pg_locks"),
    ("42703", 'column "pg_locks" does not exist', "select pg_locks"),
    ("42704", 'type "serialized" does not exist', "create table t (a serialized)"),
    ("42601", "syntax error", "select 'group by all"),
    ("42601", "syntax error", "select 1 -- group by all"),
    ("42501", "permission denied for table t", "select * from t"),
    ("57014", "canceling statement due to user request", "select 1"),
    ("0A000", "something new", "select 1"),
    ("XX000", "server unavailable", "commit"),
    ("", "", ""),
]


@pytest.mark.parametrize(("sqlstate", "message", "statement"), UNEXPLAINED)
def test_plain_and_unknown_errors_get_no_explanation(
    sqlstate: str, message: str, statement: str
) -> None:
    assert advice_on_refusal(sqlstate, message, statement) == ""


@given(st.sampled_from(["0A000", "54000", "42601", "42P01", "23505"]), st.text(), st.text())
def test_no_text_makes_it_raise(sqlstate: str, message: str, statement: str) -> None:
    assert "\n" not in advice_on_refusal(sqlstate, message, statement)
