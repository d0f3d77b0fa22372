"""What ends a session, and the message for it: the local DSQL is made to misbehave."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.message import Message

from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.messages.statements import (
    ResultDescribed,
    StatementCompleted,
    StatementFailed,
    StatementStarted,
)
from dsql_tui.console.run.statements import RunOrder, run_statements
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import LiveServices
from dsql_tui.errors import ConnectError, SessionLost, TokenRefused
from dsql_tui.local.process.server import LocalServer
from dsql_tui.model.endpoint import Endpoint
from dsql_tui.sql.lexing.split import split
from tests.support.local_dsql import endpoint_of, profile_of
from tests.support.misbehaving import Clocked, until_cut


@pytest.fixture
def endpoint(unruly: LocalServer) -> Endpoint:
    return endpoint_of(unruly.info, "shop")


@pytest.fixture
def services(unruly: LocalServer) -> Clocked:
    return Clocked(profile_of(unruly.info))


@pytest.fixture
def pair(services: Clocked, endpoint: Endpoint) -> Iterator[SessionPair]:
    with closing(SessionPair(services, endpoint)) as opened:
        yield opened


def run(pair: SessionPair, script: str) -> list[Message]:
    posted: list[Message] = []
    run_statements(pair, RunOrder(1, tuple(split(script)), quiet=True), posted.append)
    return posted


def only(posted: list[Message], kind: type[Message]) -> list[Message]:
    return [message for message in posted if isinstance(message, kind)]


def failure(posted: list[Message]) -> Exception:
    (failed,) = (f for f in posted if isinstance(f, StatementFailed | SessionFailed))
    return failed.error


def rows_of(pair: SessionPair, query: str) -> list[tuple[str | None, ...]]:
    return pair.user().fetch(query)


def test_an_expired_token_ends_no_session(services: Clocked, pair: SessionPair) -> None:
    first = pair.user()
    services.shift = timedelta(minutes=20)
    assert first.token.remaining(services.now()) == timedelta(0)
    assert only(run(pair, "select 1"), StatementCompleted)
    assert pair.user() is first


def test_a_cut_while_idle_is_not_noticed_by_the_next_run(
    unruly: LocalServer, pair: SessionPair, conditions: Callable[..., None]
) -> None:
    conditions(session_limit="400ms")
    run(
        pair,
        "set timezone = 'Asia/Tokyo'; set application_name = 'nightly'; "
        "select set_config('search_path', 'sys, public', false)",
    )
    until_cut(unruly)
    conditions(session_limit="1h")
    posted = run(pair, "update products set price = price where id = 1")
    assert only(posted, StatementCompleted)
    assert only(posted, SessionOpened)
    assert rows_of(pair, "show timezone") == [("Asia/Tokyo",)]
    assert rows_of(pair, "show search_path") == [("sys, public",)]
    assert rows_of(pair, "show application_name") == [("nightly",)]


@contextmanager
def cut_soon(conditions: Callable[..., None]) -> Iterator[None]:
    """Take the Region down while the block works, and bring it back afterwards."""
    cut = threading.Timer(0.3, conditions, kwargs={"region_down": "us-east-1"})
    cut.start()
    yield
    cut.join()
    conditions(region_down="none")


def test_a_cut_in_a_read_keeps_what_came_and_runs_nothing_again(
    pair: SessionPair, conditions: Callable[..., None]
) -> None:
    pair.user()
    with cut_soon(conditions):
        posted = run(pair, "select generate_series(1, 50000000), repeat('x', 200)")
    error = failure(posted)
    assert isinstance(error, SessionLost)
    assert not error.outcome_unknown
    (described,) = only(posted, ResultDescribed)
    assert isinstance(described, ResultDescribed)
    assert described.arrivals.take()
    assert len(only(posted, StatementStarted)) == 1


def test_a_cut_in_a_write_may_or_may_not_have_completed(
    pair: SessionPair, conditions: Callable[..., None]
) -> None:
    pair.user()
    slow = "update products set price = price where id = 1 and pg_sleep(30) is not null"
    with cut_soon(conditions):
        error = failure(run(pair, slow))
    assert isinstance(error, SessionLost)
    assert error.outcome_unknown
    assert "may or may not have completed" in error.message
    pair.drop_user()
    assert rows_of(pair, error.check.replace("pg_sleep(30)", "pg_sleep(0)")) != []


def test_a_connection_lost_in_a_write_of_a_transaction_has_a_known_outcome(
    pair: SessionPair, conditions: Callable[..., None]
) -> None:
    run(pair, "begin; update products set price = 4000 where id = 3")
    slow = "update products set price = 4000 where id = 4 and pg_sleep(30) is not null"
    with cut_soon(conditions):
        error = failure(run(pair, slow))
    assert isinstance(error, SessionLost)
    assert not error.outcome_unknown
    assert "was rolled back" in error.message
    pair.drop_user()
    assert rows_of(pair, "select id from products where price = 4000 and id in (3, 4)") == []


def test_a_connection_lost_in_a_transaction_reports_the_rollback(
    unruly: LocalServer, pair: SessionPair, conditions: Callable[..., None]
) -> None:
    run(pair, "begin; update products set price = 4000 where id = 2")
    conditions(region_down="us-east-1")
    until_cut(unruly)
    conditions(region_down="none")
    posted = run(pair, "commit")
    error = failure(posted)
    assert isinstance(error, SessionLost)
    assert not error.outcome_unknown
    assert not only(posted, StatementStarted)
    assert rows_of(pair, "select price < 4000 from products where id = 2") == [("t",)]


def test_a_laptop_that_slept_gets_a_new_session(services: Clocked, pair: SessionPair) -> None:
    first = pair.user()
    services.shift = timedelta(hours=8)
    assert only(run(pair, "select 1"), StatementCompleted)
    assert pair.user() is not first


def test_keys_that_were_rotated_in_the_files_are_picked_up_by_the_next_connect(
    unruly: LocalServer, endpoint: Endpoint, tmp_path: Path
) -> None:
    good = unruly.info.credentials_file.read_text()
    copied = tmp_path / "credentials"
    copied.write_text(re.sub(r"(aws_secret_access_key *= *)\S+", r"\1" + "x" * 40, good))
    services = Clocked(replace(profile_of(unruly.info), credentials_file=copied))
    with closing(SessionPair(services, endpoint)) as pair:
        assert isinstance(failure(run(pair, "select 1")), TokenRefused)
        copied.write_text(good)
        posted = run(pair, "select 1")
        assert only(posted, StatementCompleted)
        assert not only(posted, SessionFailed)


def test_a_revoked_mapping_is_reported_with_the_missing_grant(
    unruly: LocalServer, pair: SessionPair
) -> None:
    arn = "arn:aws:iam::000000000000:role/app-ro"
    run(pair, f"aws iam revoke app_ro from '{arn}'")
    reader = LiveServices(profile_of(unruly.info, role="app_ro"))
    endpoint = endpoint_of(unruly.info, "shop", role="app_ro")
    with closing(SessionPair(reader, endpoint)) as refused:
        error = failure(run(refused, "select 1"))
    run(pair, f"aws iam grant app_ro to '{arn}'")
    assert isinstance(error, TokenRefused)
    assert "AWS IAM GRANT app_ro" in error.remedy


def test_a_region_that_is_down_is_reported_while_its_peer_works(
    unruly: LocalServer,
    services: Clocked,
    pair: SessionPair,
    conditions: Callable[..., None],
) -> None:
    pair.user()
    elsewhere = endpoint_of(unruly.info, "shop", region="us-east-2")
    conditions(region_down="us-east-1")
    until_cut(unruly)
    assert isinstance(failure(run(pair, "select 1")), ConnectError)
    with closing(SessionPair(services, elsewhere)) as peer:
        assert only(run(peer, "select 1"), StatementCompleted)


def test_refused_connects_lose_nothing_and_the_next_try_may_work(
    pair: SessionPair, conditions: Callable[..., None]
) -> None:
    conditions(refuse_connects="100%")
    assert isinstance(failure(run(pair, "select 1")), ConnectError)
    conditions(refuse_connects="0%")
    assert only(run(pair, "select 1"), StatementCompleted)
