"""How to proceed with work whose outcome is unknown after an interrupted run."""

from __future__ import annotations

from enum import StrEnum


class WhenUnknown(StrEnum):
    """The decision for a step or a batch that may or may not have been stored."""

    ASK = "ask"
    AGAIN = "again"
    SKIP = "skip"
