"""Folders for as long as a process lives, each removed by its maker, or after it was killed.

A maker holds a lock on its folder itself, which the kernel gives back however the maker ends. A
folder that nobody holds is nobody's, and the next maker removes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "dsql-tui-run-"
_JUST_MADE_S = 10.0
"""A younger folder may not be locked yet."""


@contextmanager
def scratch(base: Path, prefix: str = PREFIX) -> Iterator[Path]:
    """Give a new folder, for our eyes only, that is gone afterwards.

    Args:
        base: Folder it is made in.
        prefix: Beginning of its name; what others have left of that name is removed first.

    Raises:
        OSError: It cannot be made.
    """
    sweep(base, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    held = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held is not None:
            os.close(held)


def sweep(base: Path, prefix: str = PREFIX) -> None:
    """Remove the folders in `base` whose makers were killed."""
    for folder in base.glob(f"{prefix}*"):
        with suppress(OSError):  # somebody else's, or gone
            if time.time() - folder.stat().st_mtime < _JUST_MADE_S:
                continue
            held = _lock(folder)
            if held is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def is_scratch(folder: Path) -> bool:
    """Whether a folder is one of these, by its name."""
    return folder.name.startswith(PREFIX)


def _lock(folder: Path) -> int | None:
    """Return an open file that holds a folder, `None` when another process holds it."""
    import fcntl  # not on Windows, where the local DSQL does not start

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
