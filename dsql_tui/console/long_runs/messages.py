"""What the workers post to the screen of a script or of batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.scripts.events import RunEvent
from dsql_tui.sql.dsql.script_plan import Checkpoint, ScriptPlan


@dataclass
class ScriptPlanned(Message):
    """The steps are known, and where an earlier run got to; `kept` is where that is written."""

    plan: ScriptPlan
    checkpoint: Checkpoint
    kept: Path


@dataclass
class KeyFound(Message):
    """The primary key of the table the batches walk along."""

    columns: tuple[str, ...]


@dataclass
class PlanFailed(Message):
    """There is nothing to run, and why; a checkpoint that does not fit may be forgotten."""

    error: DsqlTuiError
    bad_checkpoint: bool = False


@dataclass
class RunAdvanced(Message):
    """Progress of the run."""

    event: RunEvent


@dataclass
class RunFailed(Message):
    """The run ended early; what was committed stays."""

    error: DsqlTuiError
