"""The interface from the control plane to the databases, see `postgres/databases.py`."""

from __future__ import annotations

from typing import Protocol


class DatabaseHooks(Protocol):
    """Creates and deletes databases; called from threads, one at a time for each database."""

    def provision(self, database_id: str) -> None:
        """Create the database, ready for sessions; does nothing if it exists.

        Raises:
            LocalError: It cannot be created.
        """
        ...

    def retire(self, database_id: str) -> None:
        """End the database's sessions and delete its data; does nothing if it does not exist.

        Raises:
            LocalError: It cannot be deleted.
        """
        ...
