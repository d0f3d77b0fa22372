"""Concurrent calls: many if they wait for the network, otherwise few."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Answer = TypeVar("Answer")
AT_ONCE_MIN, AT_ONCE_MAX = 2, 16
"""A call is 2 ms of Python. Where each is answered at once, sixteen, or four, keep the interpreter
from whoever draws for 40 ms and take 0.7 s for 200 clusters; two for 20 ms, and take 0.5 s (the
longest stall, medians of five runs, two cores).
"""
SLOW_S = 0.04
"""A call that took so long has waited for the network: there may be one more at once."""
PATIENCE_S = 0.1
"""When none is answered for so long, there may be twice as many."""


def answers(
    waiting: deque[Callable[[], Answer]], *, patience_s: float = PATIENCE_S
) -> Iterator[Answer]:
    """Make calls and yield their results as they arrive; `waiting` may grow meanwhile.

    Closing the iterator early starts no further call.
    """
    pool = ThreadPoolExecutor(AT_ONCE_MAX, thread_name_prefix="at-once")
    running: set[Future[tuple[Answer, float]]] = set()
    at_once = AT_ONCE_MIN
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.add(pool.submit(_timed, waiting.popleft()))
            done, running = wait(running, patience_s, FIRST_COMPLETED)
            if not done:
                at_once = min(at_once * 2, AT_ONCE_MAX)
            for future in done:
                answer, elapsed_s = future.result()
                if elapsed_s > SLOW_S:
                    at_once = min(at_once + 1, AT_ONCE_MAX)
                yield answer
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _timed(call: Callable[[], Answer]) -> tuple[Answer, float]:
    started = time.monotonic()
    return call(), time.monotonic() - started
