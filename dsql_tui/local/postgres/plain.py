"""A plain PostgreSQL 16, without anything of DSQL, for the length of a block.

It listens on a socket in a private folder alone, and its data is deleted with the block.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem.folders import give_away, runtime_folder
from dsql_tui.local.filesystem.ownership import read_text
from dsql_tui.local.postgres.binaries import find_binaries
from dsql_tui.local.postgres.postmaster import SUPERUSER, Postmaster, initialise

START_TIMEOUT_S = 30.0
_POLL_S = 0.01
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "listen_addresses": "",
    "log_destination": "stderr",
    "log_statement": "none",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "jit": "off",
}


@contextmanager
def plain_postgres() -> Iterator[str]:
    """Start an empty PostgreSQL, and yield how to connect to it: a libpq connection string.

    Raises:
        LocalError: There is no PostgreSQL 16 here, or it does not start.
    """
    binaries = find_binaries()
    with runtime_folder() as folder:
        pgdata = folder / "data"
        pgdata.mkdir(mode=0o700)
        give_away(pgdata)
        initialise(binaries, pgdata, _SETTINGS)
        postmaster = Postmaster(binaries, pgdata, folder)
        try:
            _wait_for(postmaster, pgdata)
            yield f"host={postmaster.socket.parent} user={SUPERUSER} dbname=postgres"
        finally:
            postmaster.stop()


def _wait_for(postmaster: Postmaster, pgdata: Path) -> None:
    """Wait until the server accepts connections; it says so in the file `postmaster.pid`.

    Raises:
        LocalError: It has ended, or takes too long.
    """
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while postmaster.alive and time.monotonic() < deadline_s:
        try:
            lines = read_text(pgdata / "postmaster.pid").splitlines()
        except OSError:
            lines = []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(_POLL_S)
    raise LocalError(f"PostgreSQL does not start: {postmaster.last_words() or 'no reason given'}")
