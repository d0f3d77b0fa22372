"""What SIGINT, SIGTERM and SIGHUP do, in this process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import cast

import pytest

from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.signals import SIGNALS, Interrupted, Interruption
from dsql_tui.errors import SessionLost
from dsql_tui.pg.session import Session


class Running:
    """A session that counts the requests to cancel."""

    def __init__(self, *, is_running: bool = True, error: SessionLost | None = None) -> None:
        self.is_running = is_running
        self.error = error
        self.cancels = 0

    def request_cancel(self) -> None:
        self.cancels += 1
        if self.error is not None:
            raise self.error


def session(running: Running) -> Session:
    return cast("Session", running)


@pytest.fixture
def interruption() -> Iterator[Interruption]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    made = Interruption()
    made.install()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.HUNG_UP),
    ],
)
def test_each_signal_raises_and_has_the_exit_code_of_its_number(
    interruption: Interruption, number: signal.Signals, code: ExitCode
) -> None:
    assert not interruption.is_received
    with pytest.raises(Interrupted):
        signal.raise_signal(number)
    assert (interruption.is_received, interruption.exit_code) == (True, code)


def test_the_first_signal_decides_the_exit_code(interruption: Interruption) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with pytest.raises(Interrupted):
            signal.raise_signal(number)
    assert interruption.exit_code == ExitCode.TERMINATED


def test_under_cancelling_the_first_cancels_what_runs_and_the_second_raises(
    interruption: Interruption,
) -> None:
    running, idle = Running(), Running(is_running=False)
    interruption.watch(session(running))
    interruption.watch(session(idle))
    with interruption.cancelling() as stop:
        signal.raise_signal(signal.SIGTERM)
        assert stop.is_set()
        assert (running.cancels, idle.cancels) == (1, 0)
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGTERM)
        assert running.cancels == 1


def test_with_nothing_to_cancel_a_wait_on_one_session_is_left(interruption: Interruption) -> None:
    idle, other = Running(is_running=False), Running()
    interruption.watch(session(other))
    with interruption.cancelling(session(idle)), pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGTERM)
    assert (idle.cancels, other.cancels) == (0, 0)


def test_a_wait_on_one_session_cancels_that_one(interruption: Interruption) -> None:
    running, other = Running(), Running()
    interruption.watch(session(other))
    with interruption.cancelling(session(running)):
        signal.raise_signal(signal.SIGHUP)
    assert (running.cancels, other.cancels) == (1, 0)


def test_what_was_about_to_be_sent_is_cancelled_when_it_runs(
    interruption: Interruption, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsql_tui.cli.shared.signals.CANCEL_AGAIN_S", 0.01)
    late = Running(is_running=False)
    interruption.watch(session(late))
    with interruption.cancelling():
        signal.raise_signal(signal.SIGTERM)
        assert late.cancels == 0
        late.is_running = True
        while not late.cancels:
            signal.pause()
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_cancel_that_cannot_be_delivered_raises(interruption: Interruption) -> None:
    running = Running(error=SessionLost("no", outcome_unknown=True))
    with interruption.cancelling(session(running)), pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGTERM)


def test_behind_the_block_a_signal_raises_again(interruption: Interruption) -> None:
    running = Running()
    with interruption.cancelling(session(running)):
        pass
    with pytest.raises(Interrupted):
        signal.raise_signal(signal.SIGTERM)
    assert running.cancels == 0


def test_what_the_parent_ignores_stays_ignored_and_the_rest_can_be_given_back(
    interruption: Interruption,
) -> None:
    interruption.restore()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interruption.install()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.raise_signal(signal.SIGHUP)
    assert not interruption.is_received
