"""Decides whether a connection is accepted: rate, count, wake-up, simulated refusals.

Limits: user guide, CHAP_quotas (100 connects a second, a burst of 1,000, 10,000 open at once).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dsql_tui.local.faults import Conditions
from dsql_tui.local.protocol import answers
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.sql.dsql.limits import CONNECT_BURST, CONNECTIONS, CONNECTS_PER_S


@dataclass(slots=True)
class Bucket:
    """A token bucket: each connect takes a token, and tokens are refilled over time.

    Attributes:
        timer: Returns monotonic seconds.
        level: Tokens at `filled_at_s`.
        filled_at_s: Monotonic seconds of the last refill.
    """

    timer: Callable[[], float] = time.monotonic
    level: float = CONNECT_BURST
    filled_at_s: float = field(default=0.0)

    def take(self) -> bool:
        """Remove a token; return whether there was one."""
        now_s = self.timer()
        self.level = min(self.level + (now_s - self.filled_at_s) * CONNECTS_PER_S, CONNECT_BURST)
        self.filled_at_s = now_s
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Admission:
    """Admits or refuses connections to all clusters of a server.

    Args:
        open_sessions: Returns how many sessions a cluster has.
        timer: Returns monotonic seconds.
    """

    def __init__(
        self, open_sessions: Callable[[str], int], timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._open_sessions = open_sessions
        self._timer = timer
        self._buckets: dict[str, Bucket] = {}
        self._awake: set[str] = set()

    def refusal(self, cluster: str, conditions: Conditions) -> ServerMessage | None:
        """Return the error for a connection to a cluster, or `None` if it is accepted."""
        bucket = self._buckets.setdefault(cluster, Bucket(self._timer, filled_at_s=self._timer()))
        if not bucket.take():
            return answers.RATE_EXCEEDED
        if self._open_sessions(cluster) >= CONNECTIONS:
            return answers.TOO_MANY
        if conditions.waking_up and cluster not in self._awake:
            self._awake.add(cluster)
            return answers.WAKING_UP
        if random.random() < conditions.refuse_connects:  # noqa: S311 - not a secret
            return answers.CONNECT_REFUSED
        return None

    def put_to_sleep(self) -> None:
        """Make every cluster respond to the next connection with "waking up"."""
        self._awake.clear()
