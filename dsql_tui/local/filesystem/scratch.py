"""Temporary folders, removed by their process or, if it was killed, by a later one.

A maker holds a lock on its folder itself, which the kernel gives back however the maker ends. A
folder that is not locked is abandoned, and the next process removes it.
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
"""Follows the prefix until the folder is locked."""
_JUST_MADE_S = 10.0
"""A folder of that name that is younger may still get its lock."""


@contextmanager
def scratch(base: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Yield a new private folder that is removed afterwards.

    Args:
        base: Folder it is made in.
        prefix: Beginning of its name; what others have left of that name is removed first.

    Raises:
        OSError: It cannot be made.
    """
    sweep(base, prefix)
    made = Path(tempfile.mkdtemp(prefix=f"{prefix}{_UNLOCKED}", dir=base))
    held = _lock(made)
    folder = made.rename(base / f"{prefix}{secrets.token_hex(4)}")  # locked from its first moment
    try:
        yield folder
    finally:
        with suppress(OSError):
            ownership.delete(folder)
        if held is not None:
            os.close(held)


def sweep(base: Path, prefix: str = PREFIX) -> None:
    """Remove this user's folders in `base` whose processes were killed."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):  # of another user, no folder, or gone
            held = _lock(folder)
            if held is None:
                continue
            try:
                age_s = time.time() - os.fstat(held).st_mtime
                if age_s > _JUST_MADE_S or not folder.name.startswith(f"{prefix}{_UNLOCKED}"):
                    ownership.delete(folder)
            finally:
                os.close(held)


def _lock(folder: Path) -> int | None:
    """Return an open file that holds a folder of ours, `None` when another process holds it."""
    import fcntl  # not on Windows, where the local DSQL does not start

    handle = ownership.open_folder(folder)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
