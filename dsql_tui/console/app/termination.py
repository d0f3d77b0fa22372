"""Quits the console on a signal or when its terminal closes; unsaved text is kept.

Signals alone do not report a closed terminal: a program that is not in the foreground, or that was
started with `nohup`, receives none. Textual would then read its closed input endlessly.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
EXIT_CODE_BASE = 128
LOOK_S = 0.01
QUIET_LOOKS = 5
"""Consecutive checks without pending input; the terminal is read in another thread."""
MOST_S = 3.0
"""How long to wait for typed input to be handled, if the program does not become idle."""

WATCHER = "hang-up"
"""Name of the thread that waits for the terminal to close."""


class Termination:
    """Waits for pending input, then quits the console.

    Args:
        is_idle: Whether all input that was received has taken effect.
        end: Saves the open tabs and ends with an exit code.
        terminal: File descriptor of the terminal.
    """

    def __init__(
        self, is_idle: Callable[[], bool], end: Callable[[int], None], *, terminal: int
    ) -> None:
        self._is_idle, self._end, self._terminal = is_idle, end, terminal
        self._ending: asyncio.Task[None] | None = None
        self._watching: int | None = None

    def watch(self) -> None:
        """Install the handlers in the event loop; signals the parent ignores stay ignored."""
        if sys.platform == "win32":
            return
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.begin, number)
        until, self._watching = os.pipe()
        threading.Thread(
            target=self._wait_for_hang_up, name=WATCHER, args=(loop, until), daemon=True
        ).start()

    def stop(self) -> None:
        """Stop watching the terminal; a thread that waited on would keep the whole application."""
        if self._watching is not None:
            os.close(self._watching)
            self._watching = None

    def begin(self, number: int) -> None:
        """Quit the console because of a signal; further signals have no effect."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._take_input_and_end(number))

    async def _take_input_and_end(self, number: int) -> None:
        deadline = monotonic() + MOST_S
        quiet = 0
        while quiet < QUIET_LOOKS and monotonic() < deadline:
            await asyncio.sleep(LOOK_S)
            quiet = quiet + 1 if self._is_idle() and not self._has_unread_input() else 0
        _leave_lost_terminals()
        self._end(EXIT_CODE_BASE + number)

    def _has_unread_input(self) -> bool:
        poller = select.poll()
        poller.register(self._terminal, select.POLLIN)
        return any(event == select.POLLIN for _, event in poller.poll(0))

    def _wait_for_hang_up(self, loop: asyncio.AbstractEventLoop, until: int) -> None:
        poller = select.poll()
        poller.register(self._terminal, 0)  # a hang-up is reported all the same
        poller.register(until, 0)
        events = dict(poller.poll())
        os.close(until)
        if events.get(self._terminal, 0) & select.POLLHUP:
            with suppress(RuntimeError):  # the event loop has ended meanwhile
                loop.call_soon_threadsafe(self.begin, signal.SIGHUP)


def _leave_lost_terminals() -> None:
    """Discard output for a closed terminal; otherwise Python would end with code 120."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in (1, 2):
            if not os.isatty(number):
                os.dup2(nowhere, number)
        os.close(nowhere)
