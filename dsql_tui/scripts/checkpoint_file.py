"""Checkpoint files: JSON that is replaced atomically, checked when read, locked by one process.

A checkpoint is stored beside its script, or in the state folder if the run has no script file, so
that the console and the command line continue each other's runs and never run the same script or
statement at the same time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import reason, replace_file
from dsql_tui.files.checked import Check, Damaged, checked_object, count, parse_json, read_regular
from dsql_tui.files.lock import hold

SUFFIX = ".checkpoint"
_VERSION = 1
_SIZE_MAX_BYTES = 100_000


def hold_checkpoint(path: Path, command: str) -> AbstractContextManager[None]:
    """Lock a checkpoint for the block; `command` is named in the error of a second process.

    Raises:
        FileInUse: Another process runs the same script or statement.
        InputError: The checkpoint cannot be held where it is.
    """
    return hold(path, command, remedy="Name a checkpoint elsewhere with --checkpoint.")


def read_fields(
    path: Path, required: Mapping[str, Check], optional: Mapping[str, Check] | None = None
) -> dict[str, Any]:
    """Return the checked fields of a checkpoint, without its version.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be read.
        Damaged: It is something else.
    """
    content = parse_json(read_regular(path, _SIZE_MAX_BYTES))
    fields = checked_object(content, {"version": count, **required}, optional)
    if fields.pop("version") != _VERSION:
        raise Damaged("its version is not known to this program")
    return fields


def write_fields(path: Path, fields: Mapping[str, object]) -> None:
    """Write a checkpoint atomically; it is on disk when this returns.

    Raises:
        WriteFailed: It cannot be written; the one before it is still there.
    """
    data = json.dumps({"version": _VERSION, **fields}, indent=1)
    try:
        replace_file(path, data.encode())
    except OSError as error:
        raise WriteFailed(f"Cannot write the checkpoint {path}: {reason(error)}.") from None


def remove_checkpoint(path: Path) -> None:
    """Remove a checkpoint, if it exists, under its lock.

    Raises:
        WriteFailed: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WriteFailed(
            f"Cannot remove the checkpoint {path}: {reason(error)}.",
            remedy="Remove it by hand before this is run again.",
        ) from None


@contextmanager
def read_errors_translated(path: Path) -> Iterator[None]:
    """Report a checkpoint that cannot be read or is damaged.

    Raises:
        FileNotFoundError: There is none.
        InputError: It cannot be used.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unusable(path, reason(error)) from None
    except Damaged as damage:
        raise _unusable(path, str(damage)) from None


def _unusable(path: Path, why: str) -> InputError:
    return InputError(
        f"The checkpoint {path} cannot be used: {why}.",
        remedy="Move it away to start over; check the database for what is committed.",
    )
