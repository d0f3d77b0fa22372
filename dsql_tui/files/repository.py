"""The folder `.dsql-tui` of a repository, whose content is not trusted.

The folder is in the working directory or in one of its parents, up to the root of the repository.
Only regular files of bounded size are opened, and nothing is reached through a link.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

FOLDER = ".dsql-tui"
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO is opened, recognized, and closed
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def find_folder(start: Path) -> tuple[Path | None, str]:
    """Return the folder of the repository that contains a path, and why it is not read.

    Returns:
        The folder, `None` if there is none; and the reason, empty if it may be read.
    """
    for parent in (start, *start.parents):
        folder = parent / FOLDER
        try:
            return folder, _objection(folder.lstat(), parent.stat())
        except OSError:
            if (parent / ".git").exists():
                break
    return None, ""


def read_seen(path: Path | str, seen: os.stat_result, size_max: int) -> bytes:
    """Return the content of a file that was checked before.

    Args:
        path: The file.
        seen: What `lstat` has said of it.
        size_max: Bytes; a larger file is refused.

    Raises:
        OSError: It cannot be read, is too large, is no regular file, or is another one by now.
    """
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(0, "is a link" if stat.S_ISLNK(seen.st_mode) else "is not a file")
    handle = os.open(path, _FLAGS)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        is_same = not seen.st_ino or os.path.samestat(status, seen)  # Windows has no number
        if not stat.S_ISREG(status.st_mode) or not is_same:
            raise OSError(0, "is another file by now")
        data = file.read(size_max + 1)
    if len(data) > size_max:
        raise OSError(0, f"is larger than {size_max // 1_000} kB")
    return data


def _objection(folder: os.stat_result, parent: os.stat_result) -> str:
    """Return why a folder is not read, empty if it may be.

    Git reads no repository of another user's either: who else can write there could put in what
    this user would then run.
    """
    if stat.S_ISLNK(folder.st_mode):
        return "is a link"
    if not stat.S_ISDIR(folder.st_mode):
        return "is not a folder"
    if not hasattr(os, "geteuid"):
        return ""
    if not _is_of_this_user(folder.st_uid):
        return "belongs to another user"
    open_to_all = parent.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH
    if folder.st_mode & stat.S_IWOTH or open_to_all:
        return "can be changed by every user"
    return ""


def _is_of_this_user(uid: int) -> bool:
    """Whether a user is this one, or the one who became root by `sudo`."""
    return uid == os.geteuid() or (os.geteuid() == 0 and str(uid) == os.environ.get("SUDO_UID"))
