"""What tests need that make a local DSQL of their own misbehave."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from dsql_tui.console.shared.services import LiveServices
from dsql_tui.local.faults import Conditions
from dsql_tui.local.process.server import LocalServer

NORMAL = Conditions().described()
"""Every condition as it is at the start of a server."""


class Clocked(LiveServices):
    """The live services with a clock that a test can move, and without a history."""

    shift = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.shift

    def remember(self, run: object) -> None:
        """Store nothing of a test in a history file."""


def until_cut(local: LocalServer, *, left: int = 0) -> None:
    """Wait until the service has ended all sessions but `left`, without asking the sessions."""
    deadline = time.monotonic() + 20
    while sum(cluster["sessions"] for cluster in local.ask("status")["clusters"]) > left:
        assert time.monotonic() < deadline
