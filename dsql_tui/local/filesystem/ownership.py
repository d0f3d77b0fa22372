"""Opens, reads and deletes files only after checking their owner.

Temporary folders are shared, and names in them can be guessed: another user can create a folder, a
link or a FIFO under a name that the server is going to use. So files are opened without following
links, and the owner and kind of the open file are checked, which nobody can replace afterwards. All
code in `local/` reads, locks and deletes files through this module; a test checks that.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dsql_tui.errors import LocalError

TEXT_MAX_BYTES = 16 * 1024 * 1024
"""Largest file that is read; the state of a thousand clusters takes one MiB."""
_RUN_AS = ("postgres", "nobody")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # opening a FIFO must not block


class NotOurs(PermissionError):
    """A file that belongs to another user, or that another user can change."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(1, reason, str(path))


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user PostgreSQL runs as if this process is root."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can access `folder` through all its existing parents."""
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        return all(self._passes(path) for path in (existing, *existing.parents))

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        bit = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
        return bool(status.st_mode & bit)


@cache
def account() -> Account | None:
    """Return the user that PostgreSQL runs as, or `None` for the current one.

    Raises:
        LocalError: This process is root and the system has no suitable user.
    """
    if os.geteuid() != 0:
        return None
    import pwd  # not on Windows

    for name in _RUN_AS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid)
    raise LocalError(
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`.",
        remedy="Start dsql-tui as an ordinary user.",
    )


def is_our_user(uid: int) -> bool:
    """Whether a user is the current one, or the one that PostgreSQL runs as for it."""
    user = account()
    return uid == os.geteuid() or (user is not None and uid == user.uid)


def _is_changeable(status: os.stat_result) -> bool:
    """Whether other users may write: everybody, or a group other than our own."""
    by_group = status.st_mode & stat.S_IWGRP and status.st_gid != os.getegid()
    return bool(status.st_mode & stat.S_IWOTH or by_group)


def _check(status: os.stat_result, path: Path) -> None:
    """Check that an open file belongs to this user alone.

    Raises:
        NotOurs: It is another user's, or others may change it.
    """
    if not is_our_user(status.st_uid):
        raise NotOurs(path, "it belongs to another user")
    if _is_changeable(status):
        raise NotOurs(path, "other users may change it")


# --- folders -------------------------------------------------------------------------------------


def open_folder(path: Path) -> int:
    """Open a folder that belongs to this user; links are not followed.

    Raises:
        OSError: It does not exist, is a link, or (`NotOurs`) belongs to another user.
    """
    handle = os.open(path, _FOLDER)
    try:
        _check(os.fstat(handle), path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def is_our_folder(path: Path) -> bool:
    """Whether a folder exists and belongs to this user."""
    try:
        os.close(open_folder(path))
    except OSError:
        return False
    return True


def settled(path: Path) -> Path:
    """Return the real path of a data folder, which need not exist, if it may be used.

    It may belong to root, as the mount point of a volume does; a link to it must be root's or ours.

    Raises:
        NotOurs: The folder or the link belongs to another user, or everybody may write in it.
    """
    try:
        status = path.lstat()
    except OSError:
        return path.absolute()  # the caller that creates or reads it reports the error
    if stat.S_ISLNK(status.st_mode) and (status.st_uid == 0 or is_our_user(status.st_uid)):
        path = path.resolve()
        with suppress(FileNotFoundError):
            status = path.lstat()
    if status.st_uid != 0 and not is_our_user(status.st_uid):
        raise NotOurs(path, "it belongs to another user")
    if stat.S_ISDIR(status.st_mode) and status.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == 0o002:
        raise NotOurs(path, "other users may change its contents")
    return path.absolute()


# --- files ---------------------------------------------------------------------------------------


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a regular file of this user, as `os.open` does; links are not followed.

    Raises:
        OSError: It cannot be opened, is not a regular file, or (`NotOurs`) is another user's.
    """
    handle = os.open(path, flags | _FILE, mode)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise NotOurs(path, "it is not a regular file")
        _check(status, path)
    except BaseException:
        os.close(handle)
        raise
    return handle


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        OSError: It cannot be read, is larger than `TEXT_MAX_BYTES`, or (`NotOurs`) is another
            user's.
    """
    with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
        data = file.read(TEXT_MAX_BYTES + 1)
    if len(data) > TEXT_MAX_BYTES:
        raise NotOurs(path, "it is too large")
    return data


def read_text(path: Path) -> str:
    """Return the content of a UTF-8 file.

    Raises:
        OSError: As for `read_bytes`.
        ValueError: It is not UTF-8.
    """
    return read_bytes(path).decode("utf-8")


# --- deleting ------------------------------------------------------------------------------------


def delete(path: Path, *, within: int | None = None) -> None:
    """Delete a file, a link itself, or a folder with its contents, if it exists.

    Args:
        path: The file or folder.
        within: Open folder to which `path` is relative.

    Raises:
        OSError: It cannot be deleted, or (`NotOurs`) belongs to another user.
    """
    with suppress(FileNotFoundError):
        status = os.stat(path, dir_fd=within, follow_symlinks=False)
        if not is_our_user(status.st_uid):
            raise NotOurs(path, "it belongs to another user")
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path, dir_fd=within)  # by open folders: it follows no link
        else:
            os.unlink(path, dir_fd=within)


def delete_entries(folder: Path, names: tuple[str, ...], *, then: str = "") -> None:
    """Delete entries of a folder by name and, if it is then empty, the folder.

    Args:
        folder: Their folder; a link to it must be ours.
        names: Names of the entries.
        then: Name of the entry that is deleted last, followed by the folder; empty keeps the
            folder.

    Raises:
        OSError: Something cannot be deleted.
    """
    handle = os.open(settled(folder), _FOLDER)
    try:
        for name in (*names, then) if then else names:
            delete(Path(name), within=handle)
    finally:
        os.close(handle)
    if then:
        folder.rmdir()
