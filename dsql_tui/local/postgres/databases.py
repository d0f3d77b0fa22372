"""The databases of a data folder: one private PostgreSQL each, started at the first connection.

The control plane creates and deletes them from its threads (`DatabaseHooks`); the gateway connects
to them from its event loop.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.descriptors import EXHAUSTED
from dsql_tui.local.metering.storage import stored_bytes
from dsql_tui.local.postgres.postmaster import SUPERUSER, Postmaster, Templates, log_of
from dsql_tui.local.postgres.upgrade import upgrade
from dsql_tui.local.protocol.answers import TOO_MANY
from dsql_tui.local.protocol.backend import Backend, BackendLost, BackendRefused

START_TIMEOUT_S = 30.0
ANSWER_TIMEOUT_S = 3.0
"""How long a running database may take to respond to a status check."""
_STARTING_UP = "57P03"
_POLL_S = 0.003
SYSTEM_SESSION = {
    "user": SUPERUSER,
    "database": "postgres",
    "search_path": "pg_catalog, pg_temp",
}
"""Start-up parameters of internal sessions: their search path has no schema of clients."""


class Databases:
    """All databases of one data folder.

    Args:
        templates: Templates for new databases, and the PostgreSQL that they are for.
        folder: Folder of their data.
        sockets: Private folder for their sockets.
    """

    def __init__(self, templates: Templates, folder: Path, sockets: Path) -> None:
        self._templates = templates
        self._folder = folder
        self._sockets = sockets
        self._running: dict[str, Postmaster] = {}
        self._starting: dict[str, asyncio.Task[Postmaster]] = {}
        self._lock = threading.Lock()

    def provision(self, database_id: str, seed: str | None = None) -> None:
        """Create a database, empty or from the script `seed`; thread-safe.

        Raises:
            LocalError: The data folder cannot be written.
        """
        if not self._data(database_id).exists():
            self._templates.copy(seed, self._data(database_id))

    def retire(self, database_id: str) -> None:
        """End a database's sessions and delete its data; thread-safe."""
        with self._lock:
            postmaster = self._running.pop(database_id, None)
        if postmaster is not None:
            postmaster.stop()
        data = self._data(database_id)
        for path in (data, log_of(data)):
            with suppress(OSError):
                ownership.delete(path)

    async def open(self, database_id: str, parameters: dict[str, str]) -> Backend:
        """Connect to a database, starting its PostgreSQL if needed.

        Raises:
            LocalError: It does not start.
            BackendRefused: It refuses the start-up, or no file descriptor is available.
        """
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s:
            postmaster = await self._postmaster(database_id)
            try:
                return await Backend.open(postmaster.socket, parameters)
            except BackendRefused as refused:
                if refused.answer.sqlstate != _STARTING_UP:
                    raise
            except BackendLost:
                pass  # PostgreSQL has ended meanwhile; it is started again
            except OSError as error:
                if error.errno in EXHAUSTED:
                    raise BackendRefused(TOO_MANY) from None
            await asyncio.sleep(_POLL_S)
        raise LocalError("The database does not answer.")

    async def system(self, database_id: str) -> Backend:
        """Connect to a database as its owner, for internal queries and jobs."""
        return await self.open(database_id, SYSTEM_SESSION)

    async def condition(self, database_id: str) -> str:
        """Return `running`, `stopped` (the next session starts it) or `does not answer`."""
        postmaster = self._running.get(database_id)
        if postmaster is None or not postmaster.alive:
            return "stopped"
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return "running" if await _answers(postmaster) else "does not answer"
        except (LocalError, TimeoutError):
            return "does not answer"

    def size_bytes(self, database_id: str) -> int:
        """Return the storage size of a database; thread-safe."""
        return stored_bytes(self._data(database_id))

    def stop(self) -> None:
        """Stop every database."""
        with self._lock:
            postmasters = list(self._running.values())
            self._running.clear()
        for postmaster in postmasters:
            postmaster.stop()

    def _data(self, database_id: str) -> Path:
        return self._folder / database_id

    async def _postmaster(self, database_id: str) -> Postmaster:
        running = self._running.get(database_id)
        if running is not None:
            if running.alive:
                return running
            with self._lock:  # another thread may be deleting and stopping it
                ended = self._running.pop(database_id, None)
            if ended is not None:
                await asyncio.to_thread(ended.stop)
        task = self._starting.get(database_id)
        if task is None:
            task = asyncio.create_task(self._start(database_id))
            self._starting[database_id] = task
            task.add_done_callback(lambda _: self._starting.pop(database_id, None))
        return await asyncio.shield(task)

    async def _start(self, database_id: str) -> Postmaster:
        postmaster = await asyncio.to_thread(self._launch, database_id)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await _answers(postmaster):
            if not postmaster.alive or time.monotonic() > deadline:
                postmaster.stop()
                raise LocalError(f"PostgreSQL did not start: {postmaster.last_words()}")
            await asyncio.sleep(_POLL_S)
        with self._lock:
            self._running[database_id] = postmaster
        return postmaster

    def _launch(self, database_id: str) -> Postmaster:
        upgrade(self._templates.binaries, self._data(database_id))
        return Postmaster(self._templates.binaries, self._data(database_id), self._sockets)


async def _answers(postmaster: Postmaster) -> bool:
    try:
        backend = await Backend.open(postmaster.socket, SYSTEM_SESSION)
    except BackendRefused as refused:
        if refused.answer.sqlstate == _STARTING_UP:
            return False
        raise LocalError(f"PostgreSQL refused the connection: {refused.answer.message}") from None
    except (OSError, BackendLost):
        return False
    backend.close()
    return True
