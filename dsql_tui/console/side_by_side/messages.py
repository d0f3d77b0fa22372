"""Messages of the workers to the screen of two sessions."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.console.side_by_side.sides import AnswerDifference, SideAnswer


@dataclass
class SideAnswered(Message):
    """Posted when one side has ended; `number` is 0 or 1."""

    run: int
    number: int
    answer: SideAnswer


@dataclass
class DifferenceFound(Message):
    """Posted when both sides have ended and were compared."""

    run: int
    difference: AnswerDifference
