"""What to do with work whose outcome an earlier run did not live to see."""

from __future__ import annotations

from enum import StrEnum


class WhenUnknown(StrEnum):
    """The answer for a step or a batch that may or may not have been stored."""

    ASK = "ask"
    AGAIN = "again"
    SKIP = "skip"
