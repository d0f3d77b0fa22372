"""A lock on a file for one process; the kernel releases it when the process ends.

The lock is that of the real file, however it is reached. Who finds it taken is told by whom, at
once or after the patience that was asked for. A lock file that a killed process left behind is no
obstacle: what counts is the kernel's lock on it, not that it is there.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from dsql_tui.errors import FileInUse, InputError
from dsql_tui.files.atomic import PRIVATE, real_path, reason, write_all
from dsql_tui.files.checked import Damaged, checked_object, ordinal, parse_json, text

SUFFIX = ".lock"
_HOLDER_MAX_BYTES = 10_000
_ATTEMPTS = 100
_LOOK_AGAIN_S = 0.01
_TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_HOLDER = {"pid": ordinal, "host": text, "since": text, "command": text}


@contextmanager
def hold(path: Path, command: str, *, remedy: str = "", patience_s: float = 0) -> Iterator[None]:
    """Lock a file for this process while the block runs; the file need not exist.

    Args:
        path: The file.
        command: What this process does, for who comes second; never an argument that is private.
        remedy: What to do on a file system without locks.
        patience_s: How long to wait for who holds it; for files that are held for moments.

    Raises:
        FileInUse: Another process holds it; says which.
        InputError: It cannot be locked here.
    """
    lock = real_path(path)
    lock = lock.with_name(lock.name + SUFFIX)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            handle = _acquire(path, lock, remedy)
            break
        except FileInUse:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_LOOK_AGAIN_S)
    try:
        with suppress(OSError):  # on a full disk the lock holds all the same, without a name
            _write_holder(handle, command)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(handle)


def _acquire(path: Path, lock: Path, remedy: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    for _ in range(_ATTEMPTS):
        try:
            handle = os.open(lock, flags, PRIVATE)
        except OSError as error:
            raise InputError(f"{path} cannot be locked: {reason(error)}.", remedy=remedy) from None
        try:
            _lock(handle)
        except OSError as error:
            holder = _holder(handle)
            os.close(handle)
            raise _refusal(path, error, holder, remedy) from None
        if _is_there(handle, lock):
            return handle
        os.close(handle)  # its holder ended, and took it away, between our two calls
    raise FileInUse(f"{path} is in use by other processes.", remedy="Run this again.")


def _lock(handle: int) -> None:
    """Lock an open file, or raise `OSError` at once."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _HOLDER_MAX_BYTES, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_there(handle: int, lock: Path) -> bool:
    try:
        there = lock.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(handle), there)


def _host() -> str:
    if sys.platform == "win32":
        return os.environ.get("COMPUTERNAME", "this computer")
    return os.uname().nodename


def _write_holder(handle: int, command: str) -> None:
    holder = {
        "pid": os.getpid(),
        "host": _host(),
        "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "command": command,
    }
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    write_all(handle, json.dumps(holder).encode() + b"\n")


def _holder(handle: int) -> str:
    """Return who holds the lock, in words, if that is written there already."""
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        said = parse_json(os.read(handle, _HOLDER_MAX_BYTES))
        holder = checked_object(said, _HOLDER)
    except (OSError, Damaged):
        return "by another process"
    process = f"by process {holder['pid']} on {holder['host']}"
    words = f"{process} since {holder['since']} ({holder['command']})"
    return words if words.isprintable() else "by another process"


def _refusal(path: Path, error: OSError, holder: str, remedy: str) -> InputError:
    if error.errno in _TAKEN:
        return FileInUse(
            f"{path} is in use {holder}.", remedy="Wait until that process has ended, or stop it."
        )
    if error.errno in _UNSUPPORTED:
        return InputError(
            f"{path} is on a file system without locks, so a second process could not be kept out.",
            remedy=remedy,
        )
    return InputError(f"{path} cannot be locked: {reason(error)}.", remedy=remedy)
