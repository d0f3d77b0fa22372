"""The message about work that a person may wait for behind another window."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


@dataclass
class WorkEnded(Message):
    """Posted when work has ended; the application notifies a person who looks elsewhere.

    Attributes:
        work: What has ended: `Run`, `Script`. No name, no statement.
        spent_s: How long it took.
        failed: Whether it failed.
    """

    work: str
    spent_s: float
    failed: bool = False
