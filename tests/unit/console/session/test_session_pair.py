from __future__ import annotations

from datetime import timedelta

import pytest

from dsql_tui.console.messages.sessions import SessionFailed, SessionOpened
from dsql_tui.console.messages.statements import RunEnded, StatementCompleted
from dsql_tui.console.run.statements import RunOrder, run_statements
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.errors import SessionLost
from dsql_tui.model.result import TransactionStatus
from dsql_tui.sql.lexing.split import split
from tests.support.fakes import FakeServices, FakeSession, make_cluster

TOKYO = (("TimeZone", "Asia/Tokyo"),)


@pytest.fixture
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture
def pair(services: FakeServices) -> SessionPair:
    return SessionPair(services, make_cluster("shop").endpoint(services.profile))


def opened(pair: SessionPair) -> FakeSession:
    session = pair.user()
    assert isinstance(session, FakeSession)
    return session


def run(pair: SessionPair, script: str) -> list[object]:
    posted: list[object] = []
    run_statements(pair, RunOrder(1, tuple(split(script))), posted.append)
    return posted


def test_a_session_serves_one_statement_after_the_other(pair: SessionPair) -> None:
    assert opened(pair) is opened(pair)


def test_an_idle_session_is_replaced_before_its_hour_ends(
    pair: SessionPair, services: FakeServices
) -> None:
    first = opened(pair)
    first.settings = TOKYO
    services.time = first.opened_at + timedelta(minutes=55)
    second = opened(pair)
    assert second is not first
    assert not first.is_open
    assert second.settings == TOKYO


def test_an_hour_slept_through_counts(pair: SessionPair, services: FakeServices) -> None:
    first = opened(pair)
    services.time += timedelta(hours=9)
    assert opened(pair) is not first


def test_a_session_in_a_transaction_is_left_alone_to_its_end(
    pair: SessionPair, services: FakeServices
) -> None:
    first = opened(pair)
    first.transaction_status = TransactionStatus.IN_TRANSACTION
    services.time = first.opened_at + timedelta(minutes=58)
    assert opened(pair) is first


def test_a_session_ended_while_idle_is_opened_again_with_its_settings(pair: SessionPair) -> None:
    first = opened(pair)
    first.settings = TOKYO
    run(pair, "set timezone = 'Asia/Tokyo'")
    first.ended_by_service = True
    second = opened(pair)
    assert second is not first
    assert second.settings == TOKYO


def test_what_was_set_in_a_transaction_counts_when_it_ends(pair: SessionPair) -> None:
    first = opened(pair)
    run(pair, "begin; set timezone = 'Asia/Tokyo'")
    first.settings = TOKYO
    assert pair.settings == ()
    first.settings = ()
    run(pair, "rollback")
    assert (pair.settings, pair.settings_due) == ((), False)


def test_a_setting_made_by_a_function_is_kept_too(pair: SessionPair) -> None:
    opened(pair).settings = TOKYO
    run(pair, "select set_config('TimeZone', 'Asia/Tokyo', false)")
    assert pair.settings == TOKYO


def test_a_transaction_that_ended_with_its_session_is_reported_and_not_retried(
    pair: SessionPair,
) -> None:
    first = opened(pair)
    first.transaction_status = TransactionStatus.IN_TRANSACTION
    first.ended_by_service = True
    posted = run(pair, "update t set a = 1 where b = 2")
    assert first.ran == []
    (failed,) = [message for message in posted if isinstance(message, SessionFailed)]
    assert isinstance(failed.error, SessionLost)
    assert not failed.error.outcome_unknown


def test_a_renewal_within_a_run_is_reported_once_and_the_run_continues(
    pair: SessionPair, services: FakeServices
) -> None:
    first = opened(pair)
    services.time = first.opened_at + timedelta(minutes=56)
    posted = run(pair, "select 1; select 2")
    assert sum(isinstance(message, SessionOpened) for message in posted) == 1
    assert sum(isinstance(message, StatementCompleted) for message in posted) == 2
    assert isinstance(posted[-1], RunEnded)
    assert first.ran == []


def lent(pair: SessionPair) -> FakeSession:
    with pair.catalog() as session:
        assert isinstance(session, FakeSession)
        return session


def test_the_catalog_session_is_replaced_when_it_ended_or_its_hour_does(
    pair: SessionPair, services: FakeServices
) -> None:
    first = lent(pair)
    assert lent(pair) is first
    first.ended_by_service = True
    second = lent(pair)
    assert second is not first
    services.time = second.opened_at + timedelta(minutes=56)
    services.session_age = timedelta(0)
    assert lent(pair) is not second
    assert not second.is_open
