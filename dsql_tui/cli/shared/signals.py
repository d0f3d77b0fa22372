"""SIGINT, SIGTERM and SIGHUP, with one meaning in every command and exit code 128 + number.

`main` installs the handlers. A signal raises `Interrupted` in the main thread, so that everything
is closed on the way out; a block under `cancelling` has the server cancel what runs instead, and
hears what became of it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING
from weakref import WeakSet

from dsql_tui.errors import SessionLost

if TYPE_CHECKING:
    from dsql_tui.pg.session import Session

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
_EXIT_CODE_BASE = 128
CANCEL_AGAIN_S = 1.0
"""Interval between checks for a statement that was about to be sent when the signal arrived."""


class Interrupted(KeyboardInterrupt):
    """A signal that ends the command."""


class Interruption:
    """The signals that this process has received, and the effect of the next one.

    Attributes:
        stop: Set by the first signal.
    """

    def __init__(self) -> None:
        self.stop = Event()
        self._number = 0
        self._is_cancelling = False
        self._only: Session | None = None
        self._sessions: WeakSet[Session] = WeakSet()
        self._terminals: tuple[int, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return the exit code of a command that a signal has ended."""
        return _EXIT_CODE_BASE + (self._number or signal.SIGINT)

    @property
    def is_received(self) -> bool:
        """Whether a signal was received."""
        return self._number != 0

    def install(self) -> None:
        """Install the handlers; signals that the parent ignores (`nohup`, `&`) stay ignored."""
        self._terminals = tuple(number for number in (1, 2) if os.isatty(number))
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._receive)

    def restore(self) -> None:
        """Restore the default handlers, for a program that handles signals itself."""
        for number in SIGNALS:
            if signal.getsignal(number) == self._receive:
                own = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
                signal.signal(number, own)

    def watch(self, session: Session) -> Session:
        """Return the session; under `cancelling`, a signal cancels its statement."""
        self._sessions.add(session)
        return session

    @contextmanager
    def cancelling(self, only: Session | None = None) -> Iterator[Event]:
        """Yield `stop`: the first signal sets it and cancels the statement instead of raising.

        A cancelled statement raises `StatementCancelled`; one that completed first returns
        normally. A second signal raises `Interrupted`.

        Args:
            only: Cancel on this session, and raise if it runs no statement; else on all watched.
        """
        before = self._is_cancelling, self._only
        self._is_cancelling, self._only = True, only
        try:
            yield self.stop
        finally:
            self._is_cancelling, self._only = before
            if self._number and not self._is_cancelling:
                signal.setitimer(signal.ITIMER_REAL, 0)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        is_first = not self._number
        self._number = self._number or number
        self.stop.set()
        self._leave_lost_terminals()
        if not (is_first and self._is_cancelling):
            raise Interrupted
        if self._only and not self._only.is_running:
            raise Interrupted
        # A statement that is about to be sent is not running yet, so the check is repeated.
        signal.signal(signal.SIGALRM, self._cancel)
        signal.setitimer(signal.ITIMER_REAL, CANCEL_AGAIN_S, CANCEL_AGAIN_S)
        self._cancel()

    def _cancel(self, *_: object) -> None:
        """Cancel the running statements."""
        for session in [self._only] if self._only else list(self._sessions):
            if session.is_running:
                try:
                    session.request_cancel()
                except SessionLost:
                    raise Interrupted from None

    def _leave_lost_terminals(self) -> None:
        """Discard output to a terminal that has hung up: each write would fail."""
        lost = [number for number in self._terminals if not os.isatty(number)]
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for number in lost:
                os.dup2(nowhere, number)
            os.close(nowhere)


INTERRUPTION = Interruption()
"""The process has one, as it has one set of signal handlers."""
