"""The checkpoint of a large change in batches: replaced before and after each batch.

A statement has no file beside which a checkpoint could be stored. So the checkpoint is named after
the statement, its key and the cluster, and stored in a folder that the console and the command line
share. It contains values of key columns and never the statement itself.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from dsql_tui.errors import InputError
from dsql_tui.files.checked import Check, Damaged, flag, text, texts
from dsql_tui.scripts.checkpoint_file import (
    SUFFIX,
    read_errors_translated,
    read_fields,
    write_fields,
)
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint, BatchPlan

FOLDER = "batches"
"""Of the state folder."""


def _key(value: object) -> str:
    return "" if value is None or not texts(value) else "null or a list of text"


_FIELDS: dict[str, Check] = {
    "digest": text,
    "cluster": text,
    "after": _key,
    "under_way": flag,
    "upto": _key,
}


def batch_checkpoint_path(folder: Path, plan: BatchPlan, cluster: str) -> Path:
    """Return the path in `folder` of the checkpoint of a plan on a cluster."""
    return folder / f"{plan.digest[:16]}-{cluster.partition('.')[0]}{SUFFIX}"


def load_batch_checkpoint(path: Path, plan: BatchPlan, cluster: str) -> BatchCheckpoint:
    """Return where to continue; before the first row if there is no checkpoint.

    Raises:
        InputError: The file cannot be read, is damaged, or belongs to another change or cluster.
    """
    try:
        with read_errors_translated(path):
            checkpoint = _checkpoint(path, plan)
    except FileNotFoundError:
        return BatchCheckpoint(plan.digest, cluster)
    if (checkpoint.digest, checkpoint.cluster) != (plan.digest, cluster):
        raise InputError(
            f"{path} belongs to another statement, key or cluster.",
            remedy="Name another file with --checkpoint, or remove it to start over.",
        )
    return checkpoint


def save_batch_checkpoint(path: Path, checkpoint: BatchCheckpoint) -> None:
    """Write a checkpoint atomically; it is on disk when this returns.

    Raises:
        WriteFailed: It cannot be written; the one before it is still there.
    """
    write_fields(path, asdict(checkpoint))


def _checkpoint(path: Path, plan: BatchPlan) -> BatchCheckpoint:
    fields = read_fields(path, _FIELDS)
    for name in ("after", "upto"):
        key = fields[name]
        fields[name] = tuple(key) if key is not None else None
        if fields["digest"] == plan.digest and key is not None and len(key) != len(plan.key):
            raise Damaged(f"the field {name!r} must have {len(plan.key)} values")
    return BatchCheckpoint(**fields)
