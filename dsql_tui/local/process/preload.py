"""Prepares PostgreSQL while the rest of the server is still being imported.

A first start creates a PostgreSQL database, which takes half a second in another process; importing
the server takes a quarter of a second. Both run at the same time.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

import platformdirs

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.folders import reachable
from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.local.postgres.postmaster import Templates


class Preload:
    """Finds PostgreSQL and creates its empty template, in a thread started immediately.

    Args:
        data_dir: Stores the templates if the user's cache cannot: no home folder, read-only disk.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._outcome: Templates | LocalError | None = None
        self._thread = threading.Thread(target=self._prepare, name="groundwork")
        self._thread.start()

    def templates(self) -> Templates:
        """Return the templates, after the empty one was created.

        Raises:
            LocalError: There is no PostgreSQL, or it cannot prepare a database.
        """
        self._thread.join()
        if isinstance(self._outcome, Templates):
            return self._outcome
        raise self._outcome or LocalError("PostgreSQL could not be prepared.")

    def _prepare(self) -> None:
        try:
            cache = platformdirs.user_cache_path("dsql-tui", appauthor=False) / "local"
            folder = cache if _is_writable(cache) else self._data_dir / "templates"
            templates = Templates(find_binaries(), reachable(folder))
            templates.prepare()
            self._outcome = templates
        except LocalError as error:
            self._outcome = error


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
