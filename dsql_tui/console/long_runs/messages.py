"""Messages that workers post to the screen of a script or of batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.scripts.events import RunEvent
from dsql_tui.sql.dsql.batch_plan import BatchCheckpoint
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan


@dataclass
class ScriptPlanned(Message):
    """Posted with the steps and where to resume; `kept` is the checkpoint's path."""

    plan: ScriptPlan
    checkpoint: Checkpoint
    kept: Path


@dataclass
class KeyFound(Message):
    """Posted with the primary key of the table that is processed in batches."""

    columns: tuple[str, ...]


@dataclass
class BatchesFound(Message):
    """Posted with where to resume a plan, which its digest names."""

    checkpoint: BatchCheckpoint


@dataclass
class PreparationFailed(Message):
    """Posted when there is nothing to run, with the reason."""

    error: DsqlTuiError
    bad_checkpoint: bool = False


@dataclass
class RunAdvanced(Message):
    """Posted with the progress of the run."""

    event: RunEvent


@dataclass
class RunFailed(Message):
    """Posted when the run ended early; what was committed stays."""

    error: DsqlTuiError
