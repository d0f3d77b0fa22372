"""Waiting until an application under test has nothing to do, by what its event loop knows.

Textual's pilot waits 20 ms twice for each key, and on until the process uses little CPU time. The
loop shows the same at once: nothing is ready to run and no timer is due within those 20 ms.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import textual.app
import textual.pilot
from textual._context import active_app
from textual._wait import SLEEP_GRANULARITY, wait_for_idle

from tests.support.painting import paint

QUIET_STEPS = 3
"""Iterations of the event loop with nothing to do until the application counts as idle."""


def wait_by_the_event_loop() -> None:
    """Have pilots wait for the event loop in place of the clock."""
    textual.app.wait_for_idle = until_idle  # type: ignore[attr-defined]
    textual.pilot.wait_for_idle = until_idle  # type: ignore[attr-defined]


async def until_idle(min_sleep: float = SLEEP_GRANULARITY, max_sleep: float = 1) -> None:
    """Wait until nothing is ready to run, what is due within 20 ms has run and all is drawn.

    A thread at work may post at any time, so for it the CPU time is watched, as Textual does.

    Args:
        min_sleep: Seconds to watch the CPU time for at least.
        max_sleep: Seconds to wait at most.
    """
    loop: Any = asyncio.get_running_loop()
    start = loop.time()
    quiet_steps = 0
    while quiet_steps < QUIET_STEPS and loop.time() - start < max_sleep:
        await asyncio.sleep(0)
        next_timer = _next_timer(loop)
        if _threads_at_work(loop):
            await wait_for_idle(min_sleep, max_sleep)
            quiet_steps = QUIET_STEPS
        elif loop._ready:
            quiet_steps = 0
        elif next_timer <= start + SLEEP_GRANULARITY:
            quiet_steps = 0
            await asyncio.sleep(max(next_timer - loop.time(), 0))
        else:
            quiet_steps += 1
        if quiet_steps == QUIET_STEPS and paint(active_app.get()) and not _threads_at_work(loop):
            quiet_steps = 0


def _next_timer(loop: Any) -> float:
    """Return when the next timer is due, by the clock of the loop."""
    due = (handle.when() for handle in loop._scheduled if not handle.cancelled())
    return float(min(due, default=float("inf")))


def _threads_at_work(loop: Any) -> bool:
    """Return whether a thread other than this one works; those of the pool may wait for work."""
    executor = loop._default_executor
    waiting = executor._idle_semaphore._value if executor is not None else 0
    return bool(threading.active_count() - 1 > waiting)
