"""What the workers post to the screen of two sessions."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.console.side_by_side.sides import AnswerDifference, SideAnswer


@dataclass
class SideAnswered(Message):
    """One side is done, well or not; `number` is 0 or 1."""

    run: int
    number: int
    answer: SideAnswer


@dataclass
class DifferenceFound(Message):
    """Both sides are done and were compared."""

    run: int
    difference: AnswerDifference
