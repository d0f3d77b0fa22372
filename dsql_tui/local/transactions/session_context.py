"""The objects that a session shares with the other sessions of its database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dsql_tui.local.faults import Conditions
from dsql_tui.local.transactions.lock_monitor import LockMonitor


@dataclass(frozen=True, slots=True)
class SessionContext:
    """The objects that a session shares with the other sessions of its database.

    Attributes:
        lock_monitor: Lock monitor of its database.
        region: Region of the endpoint it is connected to.
        is_multi_region: Whether the database has a second endpoint.
        conditions: Returns the current conditions of the server.
        job_submitted: Called when it may have committed an asynchronous job.
        rows_changed: Called when it may have committed changes of rows.
        message_max_bytes: Largest message a client may send.
    """

    lock_monitor: LockMonitor
    region: str
    is_multi_region: bool
    conditions: Callable[[], Conditions]
    job_submitted: Callable[[], None]
    rows_changed: Callable[[], None]
    message_max_bytes: int
