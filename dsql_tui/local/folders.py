"""Folders that PostgreSQL can enter, and the user it runs as.

PostgreSQL refuses to be root. When root starts us it runs as another user, who must be able to
reach its programs, data and sockets through every folder above them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dsql_tui.errors import LocalError

RUNTIME_PREFIX = "dsql-"
SYSTEM_HOME = Path("/var/lib/dsql-tui")
"""Where PostgreSQL's files go when root starts us and its user cannot enter root's folders."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
"""Where Linux keeps files in memory."""
ROOM_BYTES = 256 * 1024 * 1024
"""Room that must be left there: a data folder in the making takes 60 MB."""
_PIECE_BYTES = 1024 * 1024
_RUN_AS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user PostgreSQL runs as when we are root: it refuses to be root."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can reach `folder` through all of its existing parents."""
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        return all(self._passes(path) for path in (existing, *existing.parents))

    def _passes(self, folder: Path) -> bool:
        status = folder.stat()
        bit = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
        return bool(status.st_mode & bit)


@cache
def account() -> Account | None:
    """Return whom PostgreSQL runs as, `None` for ourselves.

    Raises:
        LocalError: We are root and the system has no other user.
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


def reachable(folder: Path) -> Path:
    """Return `folder`, or a stand-in for it that the user PostgreSQL runs as can enter."""
    user = account()
    if user is None or user.may_enter(folder):
        return folder
    return SYSTEM_HOME / digest(os.fsencode(folder))


def give_away(folder: Path) -> None:
    """Make `folder` and what is in it the property of PostgreSQL's user."""
    user = account()
    if user is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def copy_folder(source: Path, target: Path) -> None:
    """Copy the files below `source` into the empty folder `target`, for our eyes only.

    PostgreSQL's folders are hundreds of small files; `shutil.copytree` takes twice as long, because
    it asks for and sets what is known here.
    """
    with os.scandir(source) as entries:
        for entry in entries:
            copy = target / entry.name
            if entry.is_dir(follow_symlinks=False):
                copy.mkdir(mode=0o700)
                copy_folder(Path(entry.path), copy)
            else:
                _copy_file(entry.path, copy)


def _copy_file(source: str, target: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with (
        open(source, "rb", buffering=0) as original,  # noqa: PTH123 - hundreds of times
        open(os.open(target, flags, 0o600), "wb") as copy,  # noqa: PTH123
    ):
        while piece := original.read(_PIECE_BYTES):
            copy.write(piece)


def digest(*parts: bytes) -> str:
    """Return twelve characters that stand for these bytes in the name of a folder."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def workshop() -> Iterator[Path | None]:
    """Give an empty folder in memory that is gone afterwards; `None` where there is no room.

    Making a database creates a thousand files, which some disks take a second for. Measured: 0.3 s
    in memory, 1.0 s on an overlay file system.
    """
    folder = _folder_in_memory()
    if folder is None:
        yield None
        return
    try:
        give_away(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder_in_memory() -> Path | None:
    try:
        if shutil.disk_usage(MEMORY).free < ROOM_BYTES:
            return None
        return Path(tempfile.mkdtemp(prefix=RUNTIME_PREFIX, dir=MEMORY))
    except OSError:
        return None


@contextmanager
def draft(target: Path) -> Iterator[Path]:
    """Give an empty folder that becomes `target` at the end; whoever is second to do so yields.

    Raises:
        LocalError: There is no room, or no right, to write there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=".draft-"))
    except OSError as error:
        raise cannot_write(target.parent, error) from error
    try:
        yield fresh
        try:
            fresh.rename(target)
        except OSError:
            if not target.exists():
                raise
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def reason(error: OSError) -> str:
    """Return why, in one line; copying a folder fails with a list of all its files."""
    if isinstance(error, shutil.Error):
        failures: list[tuple[str, str, str]] = error.args[0]
        _source, _target, why = failures[0]
        return why.partition(": ")[0]
    return error.strerror or str(error)


def cannot_write(folder: Path, error: OSError) -> LocalError:
    """Say that a folder cannot be written, and why."""
    return LocalError(
        f"Cannot write {folder}: {reason(error)}.",
        remedy="Free some space, or choose another data folder with --data.",
    )


def runtime_folder() -> Path:
    """Make a short-named private folder for sockets: their paths may have about 100 characters."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > 60:
        base = Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder inside it
    folder = Path(tempfile.mkdtemp(prefix=RUNTIME_PREFIX, dir=base))
    give_away(folder)
    return folder
