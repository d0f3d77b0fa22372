"""How many calls are under way at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from threading import Barrier, Event, Lock

from dsql_tui.aws.at_once import AT_ONCE_MAX, AT_ONCE_MIN, answers


def test_every_call_is_answered_those_too_that_an_answer_asks_for() -> None:
    waiting: deque[Callable[[], int]] = deque([lambda: 1, lambda: 2])
    found = []
    for answer in answers(waiting):
        found.append(answer)
        if answer < 10:
            waiting.append(partial(int, f"{answer}0"))
    assert sorted(found) == [1, 2, 10, 20]


def test_calls_that_wait_for_the_network_wait_together() -> None:
    together = Barrier(AT_ONCE_MAX, timeout=10)
    assert len(list(answers(deque([together.wait] * AT_ONCE_MAX)))) == AT_ONCE_MAX


def test_calls_that_are_answered_at_once_are_few_at_once() -> None:
    running, most, lock = 0, 0, Lock()

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1

    assert len(list(answers(deque([call] * 200), patience_s=60))) == 200
    assert most < AT_ONCE_MAX


def test_closing_starts_no_further_call() -> None:
    made: list[int] = []
    go_on = Event()

    def slow() -> None:
        made.append(1)
        go_on.wait(10)

    def quick() -> None:
        made.append(0)

    arriving = answers(deque([quick, *[slow] * 500]))
    next(arriving)
    arriving.close()  # type: ignore[attr-defined]  # a generator
    before = len(made)
    go_on.set()
    assert before <= AT_ONCE_MIN
