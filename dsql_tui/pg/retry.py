"""Retries of a transaction after a conflict: exponential backoff with full jitter.

All code that retries a transaction uses this module. Where policies differ, the reason is stated at
the policy. A conflict means that nothing was stored (SQLSTATE 40001), so the whole transaction is
sent again. An error that leaves the outcome unknown is not retried here.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from dsql_tui.errors import DsqlTuiError, OccConflict

T = TypeVar("T")
Uniform = Callable[[float, float], float]
"""Draws a number between two others."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The maximum number of retries and the maximum delay.

    The defaults suit a person who waits for one statement.

    Attributes:
        attempts: Retries at most; 0 for none.
        base_ms: Longest wait before the first retry; it doubles with each.
        cap_ms: Longest wait before any retry.
    """

    attempts: int = 3
    base_ms: float = 1
    cap_ms: float = 100

    def longest_wait_s(self, number: int) -> float:
        """Return the maximum delay before a retry, numbered from 1."""
        return float(min(self.base_ms * 2 ** (number - 1), self.cap_ms) / 1_000)


class Retries:
    """The retries of one transaction.

    Args:
        policy: How often, and how long the waits may become.
        stop: Set it to end a wait; no retry begins afterwards.
        uniform: Draws each wait between 0 and the longest one (full jitter).

    Attributes:
        number: Retries so far.
        wait_s: How long `wait` waits before the retry that was begun.
    """

    def __init__(
        self, policy: RetryPolicy, *, stop: Event | None = None, uniform: Uniform = random.uniform
    ) -> None:
        self._policy = policy
        self._stop = stop or Event()
        self._uniform = uniform
        self.number = 0
        self.wait_s = 0.0

    def begin(self, policy: RetryPolicy | None = None) -> bool:
        """Count one more retry and choose its delay; return whether to retry.

        Args:
            policy: Sets the number and the wait in place of the usual one; the count is shared.
        """
        chosen = policy or self._policy
        if self.number >= chosen.attempts or self._stop.is_set():
            return False
        self.number += 1
        self.wait_s = self._uniform(0, chosen.longest_wait_s(self.number))
        return True

    def wait(self) -> None:
        """Wait for the chosen delay, or until `stop` is set."""
        self._stop.wait(self.wait_s)


def retrying(
    transaction: Callable[[], T],
    retries: Retries,
    *,
    errors: tuple[type[DsqlTuiError], ...] = (OccConflict,),
    on_retry: Callable[[], object] = lambda: None,
) -> T:
    """Run a transaction until it does not fail with one of `errors`, and return its result.

    Args:
        transaction: Runs it from its beginning.
        retries: How often, and with which waits.
        errors: Errors after which nothing of it is stored.
        on_retry: Called before each wait.

    Raises:
        DsqlTuiError: The last error, when no retry is left; any other at once.
    """
    while True:
        try:
            return transaction()
        except errors:
            if not retries.begin():
                raise
        on_retry()
        retries.wait()
