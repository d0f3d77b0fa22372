"""A lock on a file for one process; the kernel releases it when the process ends.

The lock belongs to the real file, after links are resolved. A second process is refused with the
holder's name, at once or after the given patience. A lock file that remains after a process was
killed does not lock anything: only the kernel's lock on it counts, not its existence.

A holder first locks the file and then writes its name into it; at the end, it first deletes the
file and then closes it. Between these steps the name in the file may be missing or outdated, so a
second process that is refused retries for at most `CHANGING_S`.
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
CHANGING_S = 1.0
"""How long a lock file may be without its holder's name, or be deleted and created again; on a busy
machine a process may wait this long between two system calls."""
_LOOK_AGAIN_S = 0.01
_TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
_UNSUPPORTED = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_HOLDER = {"pid": ordinal, "host": text, "since": text, "command": text}


@contextmanager
def hold(path: Path, command: str, *, remedy: str = "", patience_s: float = 0) -> Iterator[None]:
    """Lock a file for this process while the block runs; the file need not exist.

    Args:
        path: The file.
        command: The command of this process, shown to a second process; without private arguments.
        remedy: The remedy on a file system without locks.
        patience_s: How long to wait for the holder; for files that are locked only briefly.

    Raises:
        FileInUse: Another process holds it; says which.
        InputError: It cannot be locked here.
    """
    lock = real_path(path)
    lock = lock.with_name(lock.name + SUFFIX)
    handle = _acquire(path, lock, remedy, patience_s)
    try:
        with suppress(OSError):  # on a full disk the lock is effective too, without a name
            _write_holder(handle, command)
        yield
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(handle)


def _acquire(path: Path, lock: Path, remedy: str, patience_s: float) -> int:
    began = time.monotonic()
    while True:
        try:
            handle = os.open(lock, _FLAGS, PRIVATE)
        except OSError as error:
            raise InputError(f"{path} cannot be locked: {reason(error)}.", remedy=remedy) from None
        holder = ""
        try:
            _lock(handle)
        except OSError as error:
            if error.errno not in _TAKEN:
                os.close(handle)
                raise _cannot_lock(path, error, remedy) from None
            holder = _holder(handle)
            is_settled = bool(holder) and _is_there(handle, lock)
        else:
            if _is_there(handle, lock):
                return handle
            is_settled = False
        os.close(handle)
        if time.monotonic() - began >= max(patience_s, 0 if is_settled else CHANGING_S):
            raise FileInUse(
                f"{path} is in use by {holder or 'another process'}.",
                remedy="Wait until that process has ended, or stop it.",
            )
        time.sleep(_LOOK_AGAIN_S)


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
    """Return who holds the lock, in words; empty if the file does not say so (yet)."""
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        holder = checked_object(parse_json(os.read(handle, _HOLDER_MAX_BYTES)), _HOLDER)
    except (OSError, Damaged):
        return ""
    if holder["host"] == _host() and not _is_running(holder["pid"]):
        return ""  # written by a process that was killed; the holder has not replaced it yet
    process = f"process {holder['pid']} on {holder['host']}"
    words = f"{process} since {holder['since']} ({holder['command']})"
    return words if words.isprintable() else ""


def _is_running(pid: int) -> bool:
    """Whether a process of this machine exists, where that can be asked without ending it."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _cannot_lock(path: Path, error: OSError, remedy: str) -> InputError:
    if error.errno in _UNSUPPORTED:
        return InputError(
            f"{path} is on a file system without locks, so a second process could not be kept out.",
            remedy=remedy,
        )
    return InputError(f"{path} cannot be locked: {reason(error)}.", remedy=remedy)
