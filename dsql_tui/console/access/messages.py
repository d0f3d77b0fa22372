"""Messages from the workers of the roles screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.access.differences import AccessDifference
from dsql_tui.model.access.snapshot import AccessSnapshot


@dataclass
class AccessArrived(Message):
    """All of the cluster's access, as read in one go."""

    snapshot: AccessSnapshot


@dataclass
class AccessFailed(Message):
    """It could not be read."""

    error: DsqlTuiError


@dataclass
class ChangeStarted(Message):
    """The `number`-th statement of a change (from 0) was sent."""

    number: int


@dataclass
class ChangeEnded(Message):
    """The `number`-th statement was done, or refused with `error`; then the rest was not sent."""

    number: int
    error: DsqlTuiError | None = None


@dataclass
class ChangesEnded(Message):
    """No statement runs any more."""


@dataclass
class DifferenceArrived(Message):
    """How another cluster's access differs."""

    other: str
    differences: tuple[AccessDifference, ...]
