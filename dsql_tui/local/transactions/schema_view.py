"""Tracks schema changes by other sessions, to decide when a session gets OC001.

After one session has changed the schema, the service fails one statement of every other session.
The setting `schema-conflicts` selects which statement (`faults.py`).
"""

from __future__ import annotations

from dsql_tui.local.transactions.lock_monitor import LockMonitor


class SchemaView:
    """The schema changes that were reported to one session.

    Args:
        lock_monitor: Counts the changes of all sessions.

    Attributes:
        is_outdated: Its next statement fails with OC001, whatever it is.
    """

    def __init__(self, lock_monitor: LockMonitor) -> None:
        self.is_outdated = False
        self._lock_monitor = lock_monitor
        self._own_changes = 0

    @property
    def changes(self) -> int:
        """The number of schema changes that other sessions have begun or ended."""
        return self._lock_monitor.schema_changes - self._own_changes

    def begin_change(self) -> None:
        """Record that the session begins to change the schema."""
        self._lock_monitor.schema_changes += 1
        self._own_changes += 1

    def end_change(self) -> None:
        """Record that the session's change is committed; the lock monitor has counted it."""
        self._own_changes += 1

    def refresh(self) -> bool:
        """Clear `is_outdated`; return whether it was set."""
        was_outdated, self.is_outdated = self.is_outdated, False
        return was_outdated
