"""The lock monitor and job worker of each database, created at its first session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dsql_tui.local.faults import Conditions
from dsql_tui.local.gateway.session import MESSAGE_MAX_BYTES
from dsql_tui.local.postgres.databases import Databases
from dsql_tui.local.transactions.jobs import JobWorker
from dsql_tui.local.transactions.lock_monitor import LockMonitor
from dsql_tui.local.transactions.session_context import SessionContext


@dataclass(frozen=True, slots=True)
class DatabaseEntry:
    """The objects that the sessions of one database share."""

    lock_monitor: LockMonitor
    worker: JobWorker


class DatabaseRegistry:
    """Creates the objects that the sessions of each database share.

    Args:
        databases: Opens connections to them.

    Attributes:
        conditions: The current conditions of the server; replaced as a whole.
    """

    def __init__(self, databases: Databases) -> None:
        self.conditions = Conditions()
        self._databases = databases
        self._entries: dict[str, DatabaseEntry] = {}

    def context(self, database_id: str, region: str, *, is_multi_region: bool) -> SessionContext:
        """Return the objects that the sessions of a database share."""
        entry = self._entry(database_id)
        return SessionContext(
            lock_monitor=entry.lock_monitor,
            region=region,
            is_multi_region=is_multi_region,
            conditions=self._now,
            job_submitted=entry.worker.wake,
            rows_changed=entry.worker.rows_changed,
            message_max_bytes=MESSAGE_MAX_BYTES,
        )

    async def close(self) -> None:
        """Stop all job workers and lock monitors."""
        for entry in self._entries.values():
            await entry.worker.close()
            await entry.lock_monitor.close()

    def _now(self) -> Conditions:
        return self.conditions

    def _entry(self, database_id: str) -> DatabaseEntry:
        entry = self._entries.get(database_id)
        if entry is None:
            system = partial(self._databases.system, database_id)
            lock_monitor = LockMonitor(system)
            now: Callable[[], Conditions] = self._now
            entry = self._entries[database_id] = DatabaseEntry(
                lock_monitor, JobWorker(lock_monitor, system, now)
            )
            entry.worker.wake()  # resumes jobs that an earlier process left unfinished
        return entry
