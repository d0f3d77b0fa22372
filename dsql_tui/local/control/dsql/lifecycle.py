"""Creates and deletes databases in the background, and updates the status of their clusters.

A cluster is CREATING until its database responds and DELETING until it is deleted; no delay is
added. Two peered clusters share one database: it is created when both are linked and deleted when
both are deleted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from dsql_tui.errors import LocalError
from dsql_tui.local.control.database_hooks import DatabaseHooks
from dsql_tui.local.control.state import AccountState, StoredStatus

_AT_ONCE = 2
"""How many databases are created in parallel, and how many are deleted in parallel."""


class Lifecycle:
    """Moves clusters through the statuses that need background work.

    Args:
        state: The clusters.
        hooks: Creates and deletes databases.
    """

    def __init__(self, state: AccountState, hooks: DatabaseHooks) -> None:
        self._state = state
        self._hooks = hooks
        # A new cluster does not wait for the deletion of others' files, which may take seconds.
        self._makers = threading.BoundedSemaphore(_AT_ONCE)
        self._deleters = threading.BoundedSemaphore(_AT_ONCE)
        self._threads: list[threading.Thread] = []

    def resume(self) -> None:
        """Resume the creations and deletions that an earlier process left unfinished."""
        statuses = {record.database_id: record.status for record in self._state.clusters()}
        for database_id, status in statuses.items():
            if status is StoredStatus.CREATING:
                self.create(database_id)
            elif status is StoredStatus.DELETING:
                self.delete(database_id)

    def create(self, database_id: str) -> None:
        """Create a database; its CREATING clusters then become ACTIVE or FAILED."""
        self._start(self._create, database_id)

    def delete(self, database_id: str) -> None:
        """Delete a database; its DELETING clusters are then removed or become FAILED."""
        self._start(self._delete, database_id)

    def settle(self) -> None:
        """Wait until all background work is done."""
        for thread in list(self._threads):
            thread.join()

    def _start(self, work: Callable[[str], None], database_id: str) -> None:
        thread = threading.Thread(
            target=work, args=(database_id,), name=f"lifecycle-{database_id}", daemon=True
        )
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _create(self, database_id: str) -> None:
        with self._makers:
            try:
                self._hooks.provision(database_id)
                reached = StoredStatus.ACTIVE
            except LocalError:
                reached = StoredStatus.FAILED
            self._move(database_id, StoredStatus.CREATING, reached)

    def _delete(self, database_id: str) -> None:
        with self._deleters:
            records = self._state.endpoints_of(database_id)
            # A cluster that was unlinked from its peer may also have its own database.
            database_ids = dict.fromkeys((database_id, *(one.identifier for one in records)))
            try:
                for identifier in database_ids:
                    self._hooks.retire(identifier)
            except LocalError:
                self._move(database_id, StoredStatus.DELETING, StoredStatus.FAILED)
                return
            for record in self._state.endpoints_of(database_id):
                self._state.remove(record.identifier)

    def _move(self, database_id: str, origin: StoredStatus, reached: StoredStatus) -> None:
        for record in self._state.endpoints_of(database_id):
            self._state.update(
                record.identifier,
                lambda old: replace(old, status=reached) if old.status is origin else old,
            )
