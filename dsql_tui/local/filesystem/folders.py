"""Folders that the operating-system user of PostgreSQL can access.

PostgreSQL refuses to run as root. If root starts the server, PostgreSQL runs as another user, who
must be able to access its programs, data and sockets through every folder above them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.ownership import account
from dsql_tui.local.filesystem.scratch import scratch

SYSTEM_HOME = Path("/var/lib/dsql-tui")
"""Folder of PostgreSQL's files if root starts the server and its user cannot enter root's folders.
"""
MEMORY = Path("/dev/shm")  # noqa: S108 - only a private folder is created in it
"""Where Linux keeps files in memory."""
ROOM_BYTES = 256 * 1024 * 1024
"""Space that must be free there: creating a data folder takes 60 MB."""
_FOR = "stands-for"
BASE_MAX_BYTES = 54
"""Longest path of the folder in which folders for sockets are created: 49 characters are appended,
and macOS allows 103."""
_PIECE_BYTES = 1024 * 1024


def reachable(folder: Path) -> Path:
    """Return `folder`, or an alias of it that PostgreSQL's user can access."""
    user = account()
    if user is None or user.may_enter(folder):
        return folder
    return SYSTEM_HOME / digest(os.fsencode(folder))


def stand_in(folder: Path) -> Path:
    """Return the result of `reachable`; an alias is created and recorded.

    Raises:
        LocalError: It cannot be created.
    """
    place = reachable(folder)
    if place != folder:
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / _FOR).write_text(str(folder), encoding="utf-8")
        except OSError as error:
            raise cannot_write(place, error) from error
    return place


def stood_for(place: Path) -> Path:
    """Return the folder for which `stand_in` has returned `place`."""
    try:
        return Path(ownership.read_text(place / _FOR))
    except (OSError, ValueError):
        return place


def sweep_stand_ins() -> None:
    """Remove aliases of temporary folders that no longer exist."""
    for note in SYSTEM_HOME.glob(f"*/{_FOR}"):
        with suppress(OSError, ValueError):
            folder = Path(ownership.read_text(note))
            if folder.is_relative_to(tempfile.gettempdir()) and not folder.parent.exists():
                ownership.delete(note.parent)


def give_away(folder: Path) -> None:
    """Change the owner of `folder` and its contents to PostgreSQL's user."""
    user = account()
    if user is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def copy_folder(source: Path, target: Path) -> None:
    """Copy the files below `source` into the empty folder `target`, private to this user.

    PostgreSQL's folders have hundreds of small files; `shutil.copytree` takes half as long
    again, because it reads and sets attributes that are known here.
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
    """Return twelve hexadecimal characters of a digest, for a folder name."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def workshop() -> Iterator[Path | None]:
    """Yield a temporary empty folder in memory; `None` if there is not enough space.

    Creating a database writes a thousand files, which takes a second on some disks. Measured: 0.3 s
    in memory, 1.0 s on an overlay file system.
    """
    with ExitStack() as stack:
        folder = None
        with suppress(OSError):
            if shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
                folder = stack.enter_context(scratch(MEMORY))
                give_away(folder)
        yield folder


@contextmanager
def draft(target: Path) -> Iterator[Path]:
    """Yield an empty folder that is renamed to `target` at the end, unless that exists then.

    Raises:
        LocalError: The folder cannot be written: no space, or no permission.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch(target.parent, ".draft-") as fresh:
            yield fresh
            try:
                fresh.rename(target)
            except OSError:
                if not target.exists():
                    raise
    except OSError as error:
        raise cannot_write(target, error) from error


def reason(error: OSError) -> str:
    """Return the cause in one line; a failed copy of a folder lists all its files."""
    if isinstance(error, shutil.Error):
        failures: list[tuple[str, str, str]] = error.args[0]
        _source, _target, why = failures[0]
        return why.partition(": ")[0]
    return error.strerror or str(error)


def cannot_write(folder: Path, error: OSError) -> LocalError:
    """Return the error for a folder that cannot be written."""
    return LocalError(
        f"Cannot write {folder}: {reason(error)}.",
        remedy="Free some space, or choose another data folder with --data.",
    )


@contextmanager
def runtime_folder() -> Iterator[Path]:
    """Yield a private folder with a short name for sockets, whose paths are limited.

    Raises:
        LocalError: It cannot be created.
    """
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > BASE_MAX_BYTES:
        base = Path("/tmp")  # noqa: S108 - only a private folder is created in it
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(scratch(base))
            give_away(folder)
        except OSError as error:
            raise cannot_write(base, error) from error
        yield folder
