"""Restricts a child process to named files and folders with Landlock, if available.

A restriction applies to a thread and to the processes that the thread starts, and cannot be
removed. So the child is started from a new thread, and the rest of this process stays unrestricted.
Linux has Landlock since 5.13, if it is enabled; on other systems the child runs unrestricted.

Source: https://docs.kernel.org/userspace-api/landlock.html and `linux/landlock.h`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_OTHER_NUMBERS = ("alpha", "mips")
"""CPU architectures on which these system calls have other numbers."""

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_FOLDER = 1 << 3
_REMOVE_FOLDER = 1 << 4
_REMOVE_FILE = 1 << 5
_MAKE_FOLDER = 1 << 7
_MAKE_FILE = 1 << 8
_MAKE_SOCKET = 1 << 9
_RENAME_ACROSS = 1 << 13
_TRUNCATE = 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
"""Rights that a rule for a file, not a folder, may name."""
_READ = _READ_FILE | _READ_FOLDER
# Neither links nor FIFOs nor devices: processes outside find only files in the folder.
_WRITE = (_READ | _WRITE_FILE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE) | (
    _MAKE_SOCKET | _RENAME_ACROSS | _TRUNCATE
)
_RESTRICTED_SINCE = ((5, 16), (3, 15), (2, 14), (1, 13))
"""Version of Landlock and how many rights, from the lowest bit, it can restrict."""
_ELF_INTERPRETER = 3
_TCP_SINCE, _TCP = 4, 0b11
"""Binding and connecting TCP sockets."""
_SCOPES_SINCE, _SCOPES = 6, 0b11
"""Abstract Unix sockets of others, and signals to others."""


class Kernel(Protocol):
    """The system calls that restrict a thread; each raises `OSError`."""

    def call(self, number: int, *arguments: object) -> int:
        """Make a system call."""

    def forbid_new_privileges(self) -> None:
        """Set `no_new_privs`, so that setuid programs started by this thread gain no privileges."""


class Linux:
    """The Linux kernel of this process."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def call(self, number: int, *arguments: object) -> int:
        """Make a system call."""
        return _checked(self._libc.syscall(ctypes.c_long(number), *arguments))

    def forbid_new_privileges(self) -> None:
        """Set `no_new_privs`, so that setuid programs started by this thread gain no privileges."""
        zero = ctypes.c_ulong(0)
        _checked(self._libc.prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def interpreter(program: Path) -> Path | None:
    """Return the dynamic linker of a 64-bit ELF program.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not such a program, but for example a script.
    """
    with program.open("rb") as file:
        head = file.read(64)
        if len(head) < 64 or head[:5] != b"\x7fELF\x02":
            raise ValueError(f"{program} is not a 64-bit ELF program")
        order = "<" if head[5] == 1 else ">"
        (table,) = struct.unpack_from(f"{order}Q", head, 32)
        size, count = struct.unpack_from(f"{order}HH", head, 54)
        for number in range(count):
            file.seek(table + number * size)
            entry = struct.unpack(f"{order}IIQQQQQQ", file.read(56).ljust(56, b"\0"))
            if entry[0] == _ELF_INTERPRETER:
                file.seek(entry[2])
                return Path(os.fsdecode(file.read(entry[5]).rstrip(b"\0")))
    return None


def this_kernel() -> Kernel | None:
    """Return the kernel, or `None` if it is not Linux or has other system call numbers."""
    if sys.platform != "linux" or platform.machine().startswith(_OTHER_NUMBERS):
        return None
    return Linux()


@dataclass(frozen=True, slots=True)
class SandboxAccess:
    """The paths a process may use, folders with their contents; missing ones are ignored.

    Attributes:
        run: Programs that it may run.
        read: Files and folders it may read.
        write: Files and folders it may read and change.
    """

    run: tuple[Path, ...] = ()
    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()

    def rules(self) -> list[tuple[Path, int]]:
        """Return each path with the rights to it."""
        return [
            *((path, _EXECUTE | _READ_FILE) for path in self.run),
            *((path, _READ) for path in self.read),
            *((path, _WRITE) for path in self.write),
        ]


def landlock_version(kernel: Kernel | None = None) -> int:
    """Return the version of Landlock's interface; 0 if it is not available."""
    kernel = kernel or this_kernel()
    if kernel is None:
        return 0
    try:
        return kernel.call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION))
    except OSError:  # the kernel is too old or has it disabled, or a container forbids the call
        return 0


def start_restricted(
    access: SandboxAccess | None, start: Callable[[], T], kernel: Kernel | None = None
) -> T:
    """Call `start` in a new thread whose child processes may only use the paths of `access`.

    If restricting is not possible, `start` is called without it.

    Args:
        access: The paths that the process may use; `None` restricts nothing.
        start: Starts the process; it may open only these paths itself.
        kernel: Replaces the kernel of this process, for tests.
    """
    kernel = kernel or this_kernel()

    def restricted() -> T:
        if access is not None and kernel is not None:
            with suppress(OSError):
                _restrict(access, kernel)
        return start()

    with ThreadPoolExecutor(1, "restricted") as thread:
        return thread.submit(restricted).result()


def _restrict(access: SandboxAccess, kernel: Kernel) -> None:
    version = landlock_version(kernel)
    if not version:
        return
    known = (1 << next(bits for since, bits in _RESTRICTED_SINCE if version >= since)) - 1
    handled = struct.pack(
        "=QQQ",
        known,
        _TCP if version >= _TCP_SINCE else 0,
        _SCOPES if version >= _SCOPES_SINCE else 0,
    )
    ruleset = kernel.call(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint(0))
    try:
        for path, rights in access.rules():
            _allow(kernel, ruleset, path, rights & known)
        kernel.forbid_new_privileges()
        kernel.call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)


def _allow(kernel: Kernel, ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # the child cannot open it either
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, place)
        kernel.call(
            _ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0)
        )
    finally:
        os.close(place)
