"""Temporary folders, removed by their process or, if it was killed, by a later one.

The process that creates a folder locks it; the kernel releases the lock when the process ends, for
any reason. A folder without a lock is abandoned, and the next process removes it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dsql_tui.local.filesystem import ownership

PREFIX = "dsql-tui-run-"
_UNLOCKED = "new-"
"""Part of the name, after the prefix, until the folder is locked."""
_JUST_MADE_S = 10.0
"""A folder with an `_UNLOCKED` name that is younger than this, seconds, may still be locked."""


@contextmanager
def scratch(base: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Yield a new private folder that is removed afterwards.

    Args:
        base: Folder in which it is created.
        prefix: Beginning of its name; abandoned folders with this prefix are removed first.

    Raises:
        OSError: It cannot be created.
    """
    sweep(base, prefix)
    made = Path(tempfile.mkdtemp(prefix=f"{prefix}{_UNLOCKED}", dir=base))
    lock = _lock(made)
    folder = made.rename(base / f"{prefix}{secrets.token_hex(4)}")  # locked before it has this name
    try:
        yield folder
    finally:
        with suppress(OSError):
            ownership.delete(folder)
        if lock is not None:
            os.close(lock)


def sweep(base: Path, prefix: str = PREFIX) -> None:
    """Remove this user's folders in `base` whose processes were killed."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):  # another user's, not a folder, or already deleted
            lock = _lock(folder)
            if lock is None:
                continue
            try:
                age_s = time.time() - os.fstat(lock).st_mtime
                if age_s > _JUST_MADE_S or not folder.name.startswith(f"{prefix}{_UNLOCKED}"):
                    ownership.delete(folder)
            finally:
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return an open file that locks a folder of ours, or `None` if it is locked already."""
    import fcntl  # missing on Windows, where the local DSQL does not start

    handle = ownership.open_folder(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
