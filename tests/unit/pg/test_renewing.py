"""When a session is replaced, on a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from dsql_tui.errors import ConnectError, ConnectStep, SessionLost
from dsql_tui.model.result import TransactionStatus
from dsql_tui.pg.renewing import (
    RENEW_BEFORE_END,
    RenewingSession,
    session_ends_at,
    session_ends_soon,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
IDLE, OPEN = TransactionStatus.IDLE, TransactionStatus.IN_TRANSACTION
BEFORE, AT = timedelta(minutes=55, microseconds=-1), timedelta(minutes=55)


@dataclass
class FakeSession:
    opened_at: datetime
    transaction_status: TransactionStatus = IDLE
    is_open: bool = True
    is_connected: bool = True

    def is_alive(self) -> bool:
        self.is_open = self.is_open and self.is_connected
        return self.is_open

    def close(self) -> None:
        self.is_open = False


class World:
    """A clock, and the sessions that were opened by it."""

    def __init__(self) -> None:
        self.now = NOON
        self.opened: list[FakeSession] = []
        self.replaced: list[FakeSession] = []
        self.refuses: ConnectError | None = None
        self.renewing = RenewingSession(
            self.connect, now=lambda: self.now, before_replacing=self.replaced.append
        )

    def connect(self) -> FakeSession:
        if self.refuses is not None:
            raise self.refuses
        self.opened.append(FakeSession(self.now))
        return self.opened[-1]


@pytest.mark.parametrize(
    ("age", "status", "is_replaced"),
    [
        (timedelta(0), IDLE, False),
        (BEFORE, IDLE, False),
        (AT, IDLE, True),
        (timedelta(hours=9), IDLE, True),
        (AT, OPEN, False),
        (AT, TransactionStatus.FAILED, False),
        (AT, TransactionStatus.ACTIVE, False),
    ],
)
def test_a_session_is_replaced_five_minutes_before_its_end_and_only_between_transactions(
    age: timedelta, status: TransactionStatus, is_replaced: bool
) -> None:
    world = World()
    first = world.renewing.fit()
    first.transaction_status = status
    world.now = NOON + age
    second = world.renewing.fit()
    assert (second is not first) is is_replaced
    assert first.is_open is not is_replaced
    assert world.replaced == ([first] if is_replaced else [])
    assert world.renewing.current is second


def test_the_longest_transaction_ends_before_its_session_does() -> None:
    last_begin = NOON + BEFORE
    assert not session_ends_soon(NOON, last_begin)
    assert last_begin + timedelta(seconds=300) < session_ends_at(NOON)
    assert timedelta(minutes=5) == RENEW_BEFORE_END


@pytest.mark.parametrize("status", [IDLE, TransactionStatus.FAILED])
def test_a_session_that_has_ended_is_opened_again(status: TransactionStatus) -> None:
    world = World()
    first = world.renewing.fit()
    first.is_connected, first.transaction_status = False, status
    assert world.renewing.fit() is world.opened[1]
    assert world.replaced == []


def test_a_transaction_that_ended_with_its_session_is_reported_once() -> None:
    world = World()
    first = world.renewing.fit()
    first.is_connected, first.transaction_status = False, OPEN
    with pytest.raises(SessionLost) as caught:
        world.renewing.fit()
    assert not caught.value.outcome_unknown
    assert world.renewing.fit() is world.opened[1]


def test_a_session_that_cannot_be_replaced_is_kept() -> None:
    world = World()
    first = world.renewing.fit()
    world.now = NOON + AT
    world.refuses = ConnectError("refused", step=ConnectStep.TCP)
    with pytest.raises(ConnectError):
        world.renewing.fit()
    assert first.is_open
    world.refuses = None
    assert world.renewing.fit() is world.opened[1]
    assert not first.is_open


def test_it_opens_when_first_needed_and_again_after_it_was_closed() -> None:
    world = World()
    assert (world.renewing.current, world.opened) == (None, [])
    first = world.renewing.fit()
    world.renewing.close()
    world.renewing.close()
    assert (first.is_open, world.renewing.current) == (False, None)
    assert world.renewing.fit() is world.opened[1]


def test_it_begins_with_a_session_that_is_open_already() -> None:
    world = World()
    given = FakeSession(NOON)
    renewing = RenewingSession(world.connect, now=lambda: world.now, session=given)
    assert renewing.fit() is given
    renewing.close()
    assert not given.is_open
