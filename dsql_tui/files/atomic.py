"""Replaces files atomically: readers see the old or the new content, even after a crash.

The new content is written beside the file, flushed to disk, renamed over it, and the folder is
flushed. A write that fails leaves the file as it was and nothing beside it.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

PRIVATE = 0o600
"""Mode of what only its owner may read."""
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""What file systems answer that cannot flush a folder, such as some network ones."""


def real_path(path: Path) -> Path:
    """Return the target of symbolic links in `path`; it need not exist.

    Unlike `Path.resolve` it does not raise for a loop of links: opening the result does.
    """
    return Path(os.path.realpath(path))


def reason(error: OSError) -> str:
    """Return the reason of a system error, without the path."""
    return error.strerror or str(error)


def replace_file(path: Path, data: bytes, *, mode: int = PRIVATE) -> None:
    """Replace the content of `path`, which need not exist; a symbolic link stays one.

    Raises:
        OSError: It cannot be written; the file is as it was.
    """
    target = real_path(path)
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".dsql-tui-")
    try:
        try:
            write_all(handle, data)
            if mode != PRIVATE:
                Path(draft).chmod(mode)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(draft, target)  # noqa: PTH105 - one name for tests that let it fail
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_all(handle: int, data: bytes) -> None:
    """Write everything at the handle's position.

    Raises:
        OSError: It cannot be written; a part of it may be.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, if the file system supports it.

    Raises:
        OSError: The disk reports an error.
    """
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)
