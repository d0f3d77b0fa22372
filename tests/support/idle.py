"""Waiting until an application under test has nothing to do, by what its event loop knows.

Textual's pilot waits 20 ms twice for each key, and on until the process uses little CPU time. The
loop shows the same at once: nothing is ready to run and no timer is due within those 20 ms.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from concurrent.futures import thread
from time import process_time
from typing import Any

import textual.app
import textual.pilot
import textual.screen
from textual._context import active_app
from textual._wait import SLEEP_GRANULARITY

from dsql_tui.console.app.termination import WATCHER
from tests.support.painting import paint

QUIET_STEPS = 3
"""Iterations of the event loop with nothing to do until the application counts as idle."""

STEP_S = 0.002
"""How long a thread at work is waited for at a time."""
WATCHED_STEPS = 20
"""Threads that use no CPU time during so many steps are quiet, as in Textual's own way."""
WAITS = {threading.__file__, thread.__file__}
"""Where a thread is that waits for another, or for work of a pool."""
_SERVES = re.compile(f"{WATCHER}|http-endpoint|.*process_request_thread").match
"""Threads that wait for the terminal to close, and those of servers: whom they answer waits."""
FRAMES_PER_SECOND = 1_000


def wait_by_the_event_loop() -> None:
    """Have pilots wait for the event loop in place of the clock."""
    textual.app.wait_for_idle = until_idle  # type: ignore[attr-defined]
    textual.pilot.wait_for_idle = until_idle  # type: ignore[attr-defined]
    # A screen waits for its next frame: without a terminal nobody sees how often it is drawn.
    textual.screen.UPDATE_PERIOD = 1 / FRAMES_PER_SECOND  # type: ignore[misc]


async def until_idle(min_sleep: float = SLEEP_GRANULARITY, max_sleep: float = 1) -> None:
    """Wait until nothing is ready to run, what is due within 20 ms has run and all is drawn.

    A thread at work may post at any time: it is waited for while the process uses CPU time.

    Args:
        min_sleep: Unused; Textual's way needs it.
        max_sleep: Seconds to wait at most.
    """
    loop: Any = asyncio.get_running_loop()
    start = loop.time()
    threads = Threads()
    quiet_steps = 0
    while quiet_steps < QUIET_STEPS and loop.time() - start < max_sleep:
        await asyncio.sleep(0)
        next_timer = _next_timer(loop)
        if await threads.worked() or loop._ready:
            quiet_steps = 0
        elif next_timer <= start + SLEEP_GRANULARITY:
            quiet_steps = 0
            await asyncio.sleep(max(next_timer - loop.time(), 0))
        else:
            quiet_steps += 1
        if quiet_steps == QUIET_STEPS and paint(active_app.get()):
            quiet_steps = 0


class Threads:
    """The other threads of this process, as far as an application may wait for them.

    Those that wait for another thread, as for a lock, an event or a pool's work, are not at work.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._cpu_s = process_time()
        self._has_paused = False
        self._are_quiet = False

    async def worked(self) -> bool:
        """Give threads at work some time; return false when there are none, or all are quiet.

        A thread that was woken up and has not run yet looks as if it waited, so the first time
        any thread is given a moment.
        """
        is_at_work, is_waiting = self._look()
        if self._are_quiet or not (is_at_work or (is_waiting and not self._has_paused)):
            return False
        self._has_paused = True
        await asyncio.sleep(STEP_S)
        if not is_at_work:
            return True
        self._steps += 1
        if self._steps % WATCHED_STEPS:
            return True
        before, self._cpu_s = self._cpu_s, process_time()
        self._are_quiet = self._cpu_s - before < WATCHED_STEPS * STEP_S / 2
        return not self._are_quiet

    def _look(self) -> tuple[bool, bool]:
        """Return whether a thread is at work, and whether one waits for another."""
        workers = [
            each.ident
            for each in threading.enumerate()
            if each is not threading.main_thread() and not _SERVES(each.name)
        ]
        if not workers:
            return False, False
        frames = sys._current_frames()
        tops = [frames[each] for each in workers if each in frames]
        waiting = sum(each.f_code.co_filename in WAITS for each in tops)
        return len(tops) > waiting, waiting > 0


def _next_timer(loop: Any) -> float:
    """Return when the next timer is due, by the clock of the loop."""
    due = (handle.when() for handle in loop._scheduled if not handle.cancelled())
    return float(min(due, default=float("inf")))
