"""The checkpoint file of a script: replaced before and after each step, locked by one process.

It is beside the script's file, however that is reached, so that the console and `dsql-tui script`
continue each other's runs and never run one script at the same time.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dsql_tui.errors import InputError, WriteFailed
from dsql_tui.files.atomic import real_path, reason, replace_file
from dsql_tui.files.checked import (
    Check,
    Damaged,
    checked_object,
    count,
    flag,
    parse_json,
    read_regular,
    text,
)
from dsql_tui.files.lock import hold
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan

SUFFIX = ".checkpoint"
_VERSION = 1
_SIZE_MAX_BYTES = 100_000
_FIELDS: dict[str, Check] = {
    "version": count,
    "digest": text,
    "cluster": text,
    "done": count,
    "under_way": flag,
    "job_id": text,
}


def checkpoint_path(script: Path) -> Path:
    """Return the path of a script's checkpoint, in the folder of the script after resolving links.

    Raises:
        InputError: There is one beside a symbolic link to it, as earlier versions made it.
    """
    real = real_path(script)
    path, earlier = (each.with_name(each.name + SUFFIX) for each in (real, script))
    if earlier.exists() and real_path(earlier) != real_path(path):
        raise InputError(
            f"{earlier} is the checkpoint of a script that is reached by a symbolic link.",
            remedy=f"Move it to {path}, or name it with --checkpoint.",
        )
    return path


def hold_checkpoint(path: Path, command: str) -> AbstractContextManager[None]:
    """Lock a checkpoint for the block; `command` is named in the error of a second process.

    Raises:
        FileInUse: Another process runs the script.
        InputError: The checkpoint cannot be held where it is.
    """
    return hold(path, command, remedy="Name a checkpoint elsewhere with --checkpoint.")


def load_checkpoint(path: Path, plan: ScriptPlan, cluster: str) -> Checkpoint:
    """Return where to continue; the beginning if there is no checkpoint.

    Raises:
        InputError: The file cannot be read, is damaged, or belongs to another script or cluster.
    """
    try:
        content = parse_json(read_regular(path, _SIZE_MAX_BYTES))
        checkpoint = _checkpoint(content, len(plan.steps), plan.digest)
    except FileNotFoundError:
        return Checkpoint(plan.digest, cluster)
    except OSError as error:
        raise _unusable(path, reason(error)) from None
    except Damaged as damage:
        raise _unusable(path, str(damage)) from None
    if checkpoint.digest != plan.digest:
        raise InputError(
            f"{path} belongs to another version of the script.",
            remedy="Run the script it was written for, or remove the file to start over.",
        )
    if checkpoint.cluster != cluster:
        raise InputError(
            f"{path} belongs to a run on {checkpoint.cluster}.",
            remedy="Remove the file to start over on this cluster, or name another with"
            " --checkpoint.",
        )
    return checkpoint


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically; it is on disk when this returns.

    Raises:
        WriteFailed: It cannot be written; the one before it is still there.
    """
    data = json.dumps({"version": _VERSION, **asdict(checkpoint)}, indent=1)
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
            remedy="Remove it by hand before the script is run again.",
        ) from None


def _checkpoint(content: Any, steps: int, digest: str) -> Checkpoint:
    fields = checked_object(content, _FIELDS)
    if fields.pop("version") != _VERSION:
        raise Damaged("its version is not known to this program")
    checkpoint = Checkpoint(**fields)
    if checkpoint.digest == digest and checkpoint.done + checkpoint.under_way > steps:
        raise Damaged(f"it is beyond the {steps} steps of the script")
    return checkpoint


def _unusable(path: Path, why: str) -> InputError:
    return InputError(
        f"The checkpoint {path} cannot be used: {why}.",
        remedy="Move it away to start over; check the database for the steps that are committed.",
    )
