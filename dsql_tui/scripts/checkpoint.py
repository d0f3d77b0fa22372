"""The checkpoint file of a script: replaced before and after each step, locked by one process.

It is stored beside the script's file, with links resolved, so that the console and `dsql-tui
script` continue each other's runs and never run the same script at the same time.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.files.atomic import real_path
from dsql_tui.files.checked import Check, Damaged, count, flag, text
from dsql_tui.scripts.checkpoint_file import (
    SUFFIX,
    read_errors_translated,
    read_fields,
    write_fields,
)
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan, resumed_plan

_FIELDS: dict[str, Check] = {
    "digest": text,
    "cluster": text,
    "done": count,
    "under_way": flag,
    "job_id": text,
}
_LATER_FIELDS: dict[str, Check] = {"ran": text, "parts": count, "sent": text, "sent_parts": count}
"""Files of earlier versions do not have them."""


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


def load_checkpoint(path: Path, plan: ScriptPlan, cluster: str) -> tuple[ScriptPlan, Checkpoint]:
    """Return the plan and where to continue it; the beginning if there is no checkpoint.

    The script may have been edited after the statements that ran; the plan keeps those apart.

    Raises:
        InputError: The file cannot be read, is damaged, or belongs to another script or cluster.
    """
    try:
        with read_errors_translated(path):
            checkpoint = _checkpoint(path, len(plan.steps), plan.digest)
    except FileNotFoundError:
        return plan, Checkpoint(plan.digest, cluster)
    if checkpoint.cluster != cluster:
        raise InputError(
            f"{path} belongs to a run on {checkpoint.cluster}.",
            remedy="Remove the file to start over on this cluster, or name another with"
            " --checkpoint.",
        )
    if checkpoint.digest == plan.digest and not checkpoint.ran:
        return plan, checkpoint
    fitted = resumed_plan(plan, checkpoint)
    if fitted is None:
        raise InputError(
            f"{path} belongs to another version of the script: statements that ran were changed.",
            remedy="Undo the changes to what ran, or remove the file to start over.",
        )
    return fitted


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically; it is on disk when this returns.

    Raises:
        WriteFailed: It cannot be written; the one before it is still there.
    """
    write_fields(path, asdict(checkpoint))


def _checkpoint(path: Path, steps: int, digest: str) -> Checkpoint:
    checkpoint = Checkpoint(**read_fields(path, _FIELDS, _LATER_FIELDS))
    if checkpoint.digest == digest and checkpoint.done + checkpoint.under_way > steps:
        raise Damaged(f"it is beyond the {steps} steps of the script")
    return checkpoint
