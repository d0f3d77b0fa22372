"""A data folder: its location, its lock, its marker file, and deleting its contents.

Only one server at a time can use a folder: it holds a lock, which the kernel releases when the
process ends. Files are deleted only in folders that the server has created or found empty, and only
those with names that it uses.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.folders import reachable

INFO_FILE = "server.json"
LOG_FILE = "server.log"
STATE_FILE = "state.json"
_LOCK_FILE = "lock"
EPHEMERAL_PREFIX = "dsql-tui-ephemeral-"
ABANDONED_S = 3600.0
"""Age of an ephemeral data folder without a server after which it is removed, seconds."""
OWN_ENTRIES = (
    *(STATE_FILE, "keys.json", "aws-config", "aws-credentials", "settings.json"),
    *("tls", "databases", "templates", INFO_FILE, LOG_FILE),
)
"""Everything the server writes into its data folder; a reset deletes these and nothing else."""


def default_data_dir() -> Path:
    """Return the user's data folder for the local DSQL."""
    import platformdirs  # attaching to a named folder does not need it

    return platformdirs.user_data_path("dsql-tui", appauthor=False) / "local"


def new_ephemeral_dir() -> Path:
    """Create an empty data folder that its server deletes when it ends."""
    folder = Path(tempfile.mkdtemp(prefix=EPHEMERAL_PREFIX))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # PostgreSQL's user must be able to access the folders in it
    return folder


def remember_ephemeral(folder: Path) -> bool:
    """Record the most recent ephemeral folder of the user; return whether that succeeded."""
    link = _latest_ephemeral()
    draft = link.with_name(f".{link.name}.draft")
    try:
        link.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        draft.symlink_to(folder)
        draft.replace(link)
    except OSError:
        return False
    return True


def remembered_ephemeral() -> Path | None:
    """Return the recorded ephemeral folder, or `None` if it does not exist."""
    link = _latest_ephemeral()
    try:
        return link.resolve(strict=True)
    except OSError:
        with suppress(OSError):
            link.unlink()
        return None


def _latest_ephemeral() -> Path:
    return default_data_dir().with_name("local-ephemeral")


def check_is_ours(folder: Path) -> None:
    """Refuse a folder that contains other files: deleting could affect them.

    Raises:
        LocalError: It is neither a data folder nor empty, another user can change it, or its path
            is not UTF-8, as the configuration files that contain it are.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise LocalError(
            f"{folder} cannot be a data folder: its path is not UTF-8.",
            remedy="Name another one with --data.",
        ) from None
    try:
        ownership.settled(folder)
    except ownership.NotOurs as error:
        raise LocalError(
            f"{folder} cannot be a data folder: {error.strerror}.",
            remedy="Name a folder inside it, which is then created, or one that you own.",
        ) from None
    try:
        names = {entry.name for entry in folder.iterdir()}
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_use(folder, error) from error
    if _LOCK_FILE in names or not names:
        return
    raise LocalError(
        f"{folder} contains files that do not belong to the local DSQL.",
        remedy="Name an empty folder, or one that does not exist yet.",
    )


def is_marked(folder: Path) -> bool:
    """Whether this folder is marked as the data folder of a server."""
    return (folder / _LOCK_FILE).exists()


def cannot_use(folder: Path, error: OSError) -> LocalError:
    """Return the error for a data folder that cannot be written."""
    return LocalError(
        f"Cannot write the data folder {folder}: {error.strerror or error}.",
        remedy="Choose another one with --data, or use --ephemeral.",
    )


def make(folder: Path) -> int:
    """Create the folder and its marker file if missing; return the marker as an open file.

    Raises:
        OSError: It cannot be created.
    """
    folder.mkdir(parents=True, exist_ok=True)
    status = folder.stat()
    if status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX:
        folder.chmod(stat.S_IMODE(status.st_mode) & ~(stat.S_IWGRP | stat.S_IWOTH))
    return ownership.open_file(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT)


# --- its lock ------------------------------------------------------------------------------------


def hold(folder: Path) -> int | None:
    """Return an open file that locks the folder until it is closed, or `None` if it is locked.

    Raises:
        LocalError: The folder cannot be created or written.
    """
    try:
        handle = make(folder)
    except OSError as error:
        raise cannot_use(folder, error) from error
    if _locked(handle):
        return handle
    os.close(handle)
    return None


def is_free(folder: Path) -> bool:
    """Whether the folder is not locked by a server; it need not exist."""
    with holder(folder) as is_held:
        return not is_held()


@contextmanager
def holder(folder: Path) -> Iterator[Callable[[], bool]]:
    """Return a function that checks whether the current lock holder still holds the folder.

    The function also works after an ephemeral server has deleted the folder, before it ends.
    """
    try:
        handle = ownership.open_file(folder / _LOCK_FILE, os.O_RDWR)
    except OSError:
        yield lambda: False  # the check must not create the file: the folder may be being deleted
        return
    try:
        yield lambda: not _locked(handle)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Try to lock an open file; return whether it was free."""
    import fcntl  # missing on Windows, where `start` reports that it is not supported

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- deletion ------------------------------------------------------------------------------------


def clear(folder: Path) -> None:
    """Delete everything the server has written in the folder.

    Raises:
        LocalError: Something cannot be deleted.
    """
    try:
        ownership.delete(reachable(folder / "databases"))
        ownership.delete_entries(folder, OWN_ENTRIES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise LocalError(f"Cannot delete {error.filename}: {error.strerror}.") from error


def remove(folder: Path) -> None:
    """Delete the server's files as far as possible, and the folder if it is then empty."""
    with suppress(LocalError):
        clear(folder)
    with suppress(OSError):
        ownership.delete_entries(folder, (), then=_LOCK_FILE)


def sweep_ephemeral(but: Path) -> None:
    """Remove this user's ephemeral folders whose servers were killed or failed to start.

    Args:
        but: A folder that is not removed.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{EPHEMERAL_PREFIX}*"):
        if folder != but and ownership.is_our_folder(folder) and _is_abandoned(folder):
            remove(folder)


def _is_abandoned(folder: Path) -> bool:
    try:
        is_old = time.time() - folder.lstat().st_mtime > ABANDONED_S
    except OSError:
        return False
    return is_free(folder) and (is_old or (folder / INFO_FILE).exists())
