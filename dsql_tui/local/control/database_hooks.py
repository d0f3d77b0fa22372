"""What the control plane needs of the databases; `postgres/databases.py` implements it."""

from __future__ import annotations

from typing import Protocol


class DatabaseHooks(Protocol):
    """Creates and deletes databases; called from threads, for one database by one at a time."""

    def provision(self, database_id: str) -> None:
        """Create the database, ready for sessions; does nothing if it exists.

        Raises:
            LocalError: It cannot be made.
        """
        ...

    def retire(self, database_id: str) -> None:
        """End the database's sessions and delete its data; does nothing if it is gone.

        Raises:
            LocalError: It cannot be deleted.
        """
        ...
