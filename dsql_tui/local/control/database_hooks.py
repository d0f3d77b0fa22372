"""What the control plane asks of the databases; `server.py` answers it."""

from __future__ import annotations

from typing import Protocol


class DatabaseHooks(Protocol):
    """Makes and ends databases. Called from worker threads, never for one database at once."""

    def provision(self, database_id: str) -> None:
        """Make the database, ready for sessions; nothing happens when it is there already.

        Raises:
            LocalError: It cannot be made.
        """
        ...

    def retire(self, database_id: str) -> None:
        """End the database's sessions and delete its data; nothing happens when it is gone.

        Raises:
            LocalError: It cannot be deleted.
        """
        ...
