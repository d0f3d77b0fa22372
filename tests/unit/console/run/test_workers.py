"""Workers as plain functions: what they post, with `list.append` in place of a screen."""

from __future__ import annotations

import time

import pytest
from textual.message import Message

from dsql_tui.console.clusters.workers import list_clusters
from dsql_tui.console.messages.statements import ResultDescribed, RowsPaused, RunEnded
from dsql_tui.console.run.statements import RunOrder, run_statements
from dsql_tui.console.schema.workers import read_relations, read_schemas
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.errors import ConnectError, ConnectStep, CredentialsMissing, StatementError
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.model.result import Completed, Described, RowChunk, StatementEvent, TransactionStatus
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.sql.dsql.discipline import Discipline
from dsql_tui.sql.lexing.split import split
from tests.support.fakes import SHOP, FakeServices, answer, conflict_times
from tests.support.rows import columns, numbered

AUTOCOMMIT = Discipline()
ENDPOINT = Endpoint(host=SHOP.endpoint_host, region="us-east-1", cluster_name="shop")


def run(services: FakeServices, sql: str, discipline: Discipline = AUTOCOMMIT) -> list[Message]:
    posted: list[Message] = []
    pair = SessionPair(services, ENDPOINT)
    run_statements(pair, RunOrder(7, tuple(split(sql)), discipline), posted.append)
    return posted


def kinds(posted: list[Message]) -> list[str]:
    return [type(message).__name__ for message in posted]


def test_a_select_posts_its_header_with_the_first_rows_and_its_end() -> None:
    services = FakeServices()
    services.answers["select 1"] = answer([["1"]], one="integer")
    assert kinds(run(services, "select 1")) == [
        "SessionOpened",
        "StatementStarted",
        "ResultDescribed",
        "StatementCompleted",
        "RunEnded",
    ]


def test_the_first_error_ends_the_run() -> None:
    services = FakeServices()
    services.answers["bad"] = StatementError("no", sqlstate="42601")
    posted = run(services, "bad; select 2")
    assert services.sessions[0].ran == ["bad"]
    assert kinds(posted)[-2:] == ["StatementFailed", "RunEnded"]


@pytest.mark.parametrize(
    ("sqlstate", "sql", "ran"),
    [
        ("42601", "bad; select 2", ["bad", "select 2"]),
        ("57014", "bad; select 2", ["bad"]),
        ("42601", "begin; bad; select 2", ["begin", "bad"]),
    ],
)
def test_a_run_that_is_to_go_on_does_so_where_that_makes_sense(
    sqlstate: str, sql: str, ran: list[str]
) -> None:
    services = FakeServices()
    services.answers["bad"] = StatementError("no", sqlstate=sqlstate)
    posted: list[Message] = []
    pair = SessionPair(services, ENDPOINT)
    run_statements(pair, RunOrder(7, tuple(split(sql)), go_on=True), posted.append)
    assert services.sessions[0].ran == ran
    assert kinds(posted).count("StatementFailed") == 1


def test_a_session_that_cannot_be_opened_ends_the_run_before_it_begins() -> None:
    services = FakeServices()
    services.connect_error = ConnectError("no way", step=ConnectStep.TCP)
    posted = run(services, "select 1")
    assert kinds(posted) == ["SessionFailed", "RunEnded"]
    assert isinstance(posted[-1], RunEnded)
    assert not posted[-1].session_open


def test_a_listing_that_cannot_begin_posts_its_end_with_the_reason() -> None:
    services = FakeServices()
    services.listing_error = CredentialsMissing("none")
    posted: list[Message] = []
    list_clusters(services, 1, posted.append)
    assert kinds(posted) == ["ListingEnded"]


def test_catalog_reads_share_one_session_apart_from_the_persons_own() -> None:
    services = FakeServices()
    pair = SessionPair(services, ENDPOINT)
    posted: list[Message] = []
    pair.user()
    read_schemas(pair, posted.append)
    read_relations(pair, "public", posted.append)
    assert kinds(posted) == ["SchemasArrived", "RelationsArrived"]
    assert len(services.sessions) == 2


def test_closing_a_pair_closes_both_and_one_that_opens_meanwhile() -> None:
    services = FakeServices()
    pair = SessionPair(services, ENDPOINT)
    pair.user()
    pair.close()
    with pair.catalog() as late:
        assert not late.is_open
    assert not any(session.is_open for session in services.sessions)


def chunked(chunks: int) -> list[StatementEvent]:
    return [
        Described(columns(id="bigint", name="text")),
        *(numbered(1 + 10 * number, 10) for number in range(chunks)),
        Completed(f"SELECT {10 * chunks}", 10 * chunks, 1.0, 2.0),
    ]


def run_with_limit(chunks: int, told: list[str]) -> list[Message]:
    """Run a select of ten-row chunks with a limit of 20; at each pause say the next of `told`."""
    services = FakeServices()
    services.answers["select"] = chunked(chunks)
    posted: list[Message] = []
    run = RunOrder(7, tuple(split("select")), row_limit=20)

    def post(message: Message) -> None:
        posted.append(message)
        if isinstance(message, RowsPaused):
            getattr(run.gate, told.pop(0))()

    run_statements(SessionPair(services, ENDPOINT), run, post)
    return posted


def arrived(posted: list[Message]) -> list[RowChunk]:
    (described,) = (each for each in posted if isinstance(each, ResultDescribed))
    return described.arrivals.take()


def test_the_first_row_is_timed_from_sending() -> None:
    before = time.monotonic()
    posted = run_with_limit(1, [])
    (described,) = (each for each in posted if isinstance(each, ResultDescribed))
    assert before <= described.arrivals.sent_s <= time.monotonic()
    assert 0 < (described.arrivals.first_row_ms or 0) <= (time.monotonic() - before) * 1_000


def test_at_the_row_limit_the_worker_waits_for_more() -> None:
    posted = run_with_limit(5, ["more", "more"])
    assert len(arrived(posted)) == 5
    assert kinds(posted)[-2:] == ["StatementCompleted", "RunEnded"]


def test_enough_leaves_the_rest_on_the_server() -> None:
    posted = run_with_limit(5, ["enough"])
    assert len(arrived(posted)) == 2
    assert kinds(posted)[-2:] == ["StatementStopped", "RunEnded"]


def test_a_result_of_exactly_the_limit_is_whole() -> None:
    posted = run_with_limit(2, [])
    assert "RowsPaused" not in kinds(posted)
    assert kinds(posted)[-2:] == ["StatementCompleted", "RunEnded"]


def test_rows_beyond_the_memory_bound_are_spilled_and_still_there() -> None:
    services = FakeServices()
    services.answers["select"] = chunked(5)
    posted: list[Message] = []
    run = RunOrder(7, tuple(split("select")), spill_bytes=100)
    run_statements(SessionPair(services, ENDPOINT), run, posted.append)
    assert [chunk.text(0, 0) for chunk in arrived(posted)] == ["1", "11", "21", "31", "41"]


def test_a_statement_in_autocommit_is_retried_after_a_conflict_and_counted() -> None:
    services = FakeServices()
    services.answers["update t set a = 1 where id = 2"] = conflict_times(2)
    posted = run(services, "update t set a = 1 where id = 2")
    assert kinds(posted).count("StatementRetried") == 2
    assert kinds(posted)[-2:] == ["StatementCompleted", "RunEnded"]


def test_retries_are_bounded() -> None:
    services = FakeServices()
    services.answers["update t set a = 1 where id = 2"] = conflict_times(99)
    posted = run(services, "update t set a = 1 where id = 2")
    assert kinds(posted).count("StatementRetried") == RetryPolicy().attempts
    assert "StatementFailed" in kinds(posted)


def test_nothing_is_retried_inside_a_transaction_or_with_unknown_effects() -> None:
    services = FakeServices()
    services.answers["update t set a = 1 where id = 2"] = conflict_times(1)
    services.answers["select my_function()"] = conflict_times(1)
    assert "StatementRetried" not in kinds(run(services, "begin; update t set a = 1 where id = 2"))
    assert "StatementRetried" not in kinds(run(services, "select my_function()"))


def test_read_only_mode_wraps_each_statement_in_a_transaction_the_server_enforces() -> None:
    services = FakeServices()
    run(services, "select 1; delete from t", Discipline(read_only=True))
    assert services.sessions[0].ran == [
        *("BEGIN READ ONLY", "select 1", "COMMIT"),
        *("BEGIN READ ONLY", "delete from t", "COMMIT"),
    ]


def test_a_statement_that_fails_in_read_only_mode_leaves_no_transaction_open() -> None:
    services = FakeServices()
    services.answers["delete from t"] = StatementError("read-only", sqlstate="25006")
    run(services, "delete from t", Discipline(read_only=True))
    assert services.sessions[0].ran[-1] == "ROLLBACK"
    assert services.sessions[0].transaction_status is TransactionStatus.IDLE


def test_manual_commit_begins_once_and_stays_open() -> None:
    services = FakeServices()
    run(services, "select 1; select 2", Discipline(manual=True))
    assert services.sessions[0].ran == ["BEGIN", "select 1", "select 2"]
