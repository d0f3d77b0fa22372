from __future__ import annotations

import pytest

from dsql_tui.errors import SessionLost
from dsql_tui.sql.statements.outcome import check_query, with_outcome

CUT = SessionLost(
    "The connection was lost (EOF); the statement may or may not have completed.",
    outcome_unknown=True,
    remedy="Check the data before you run it again.",
)


@pytest.mark.parametrize(
    ("statement", "query"),
    [
        ("update t set a = 1 where b = 2", "SELECT * FROM t where b = 2 LIMIT 100"),
        ("UPDATE t AS x SET a = 1", "SELECT * FROM t AS x LIMIT 100"),
        (
            "update t set a = (select 1 from u where u.x = 1) where b = 2 returning a",
            "SELECT * FROM t where b = 2 LIMIT 100",
        ),
        ("update t set a = u.a from u where u.id = t.id", "SELECT count(*) FROM t"),
        ("delete from app.t where b = 2;", "SELECT count(*) FROM app.t where b = 2"),
        ("delete from t using u where u.id = t.id", "SELECT count(*) FROM t"),
        (
            'insert into t (id, "At", note, doc, n) values '
            "('a;b', now(), NULL, '{\"a\": 1}', -3), ('c', now(), '', '{}', 4)",
            "SELECT * FROM t WHERE id = 'a;b' AND n = -3 LIMIT 100",
        ),
        ("insert into t select * from u", "SELECT count(*) FROM t"),
        ("insert into t values (1)", "SELECT count(*) FROM t"),
        (
            'create table app."My T" (id int)',
            "SELECT relname FROM pg_catalog.pg_class WHERE relname = 'My T'",
        ),
        ("drop role x", "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = 'x'"),
        (
            "create index async on t (a)",
            "SELECT job_id, status, object_name, start_time FROM sys.jobs "
            "ORDER BY start_time DESC LIMIT 5",
        ),
        ("grant select on t to x", ""),
        ("select 1", ""),
        ("explain analyze delete from t", ""),
        ("call f()", ""),
        ("", ""),
    ],
)
def test_the_query_to_check_with_reads_what_the_statement_named(statement: str, query: str) -> None:
    assert check_query(statement)[0] == query


def test_a_write_s_outcome_is_unknown_and_comes_with_its_query() -> None:
    told = with_outcome(CUT, "delete from t where id = 1", in_transaction=False)
    assert told.outcome_unknown
    assert "may or may not have completed" in told.message
    assert told.check == "SELECT count(*) FROM t where id = 1"
    assert told.check in told.remedy


@pytest.mark.parametrize("statement", ["select 1", "set timezone = 'UTC'", "show all", "begin"])
def test_what_changes_nothing_has_no_unknown_outcome(statement: str) -> None:
    told = with_outcome(CUT, statement, in_transaction=False)
    assert not told.outcome_unknown
    assert "nothing was changed" in told.message


def test_what_was_not_committed_is_undone_whatever_it_was() -> None:
    told = with_outcome(CUT, "delete from t", in_transaction=True)
    assert not told.outcome_unknown
    assert "rolled back" in told.message


def test_a_lost_commit_is_checked_by_what_the_transaction_wrote_last() -> None:
    before = ("BEGIN", "update t set a = 1 where b = 2", "select 1")
    told = with_outcome(CUT, "commit", in_transaction=True, before=before)
    assert told.outcome_unknown
    assert told.check == "SELECT * FROM t where b = 2 LIMIT 100"


def test_in_read_only_mode_nothing_was_changed() -> None:
    told = with_outcome(CUT, "delete from t", in_transaction=False, read_only=True)
    assert not told.outcome_unknown


def test_a_statement_that_was_never_sent_is_reported_as_not_sent() -> None:
    closed = SessionLost("The session is closed.", outcome_unknown=False)
    assert with_outcome(closed, "delete from t", in_transaction=False) is closed
