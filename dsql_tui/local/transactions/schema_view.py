"""What a session knows of the schema changes of others: when OC001 is its answer.

The service gives a session the new schema by failing one statement of it. Which statement is a
matter of `--schema-conflicts` (`conditions.py`).
"""

from __future__ import annotations

from dsql_tui.local.transactions.lock_monitor import LockMonitor


class SchemaView:
    """The state of the schema as one session has it.

    Args:
        lock_monitor: Counts the changes of all sessions.

    Attributes:
        is_outdated: Its next statement is answered by OC001, whatever it is.
    """

    def __init__(self, lock_monitor: LockMonitor) -> None:
        self.is_outdated = False
        self._lock_monitor = lock_monitor
        self._own_changes = 0

    @property
    def changes(self) -> int:
        """How often others have begun or ended to change the schema of the database."""
        return self._lock_monitor.schema_changes - self._own_changes

    def begin_change(self) -> None:
        """Note that the session begins to change the schema."""
        self._lock_monitor.schema_changes += 1
        self._own_changes += 1

    def end_change(self) -> None:
        """Note that the session's change is committed; the arena counts it."""
        self._own_changes += 1

    def refresh(self) -> bool:
        """Note that the session has heard OC001; whether it had to."""
        was_outdated, self.is_outdated = self.is_outdated, False
        return was_outdated
