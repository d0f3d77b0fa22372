"""Messages from the workers of the roles screen."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from dsql_tui.errors import DsqlTuiError
from dsql_tui.model.access.differences import AccessDifference
from dsql_tui.model.access.snapshot import AccessSnapshot


@dataclass
class AccessArrived(Message):
    """Posted when all roles, grants and mappings of the cluster were read."""

    snapshot: AccessSnapshot


@dataclass
class AccessFailed(Message):
    """Posted when the roles and grants could not be read."""

    error: DsqlTuiError


@dataclass
class ChangeStarted(Message):
    """Posted when statement `number` of a change (from 0) was sent."""

    number: int


@dataclass
class ChangeEnded(Message):
    """Posted when statement `number` has ended; after an `error` the others are not sent."""

    number: int
    error: DsqlTuiError | None = None


@dataclass
class ChangesEnded(Message):
    """Posted when a change has ended."""


@dataclass
class DifferenceArrived(Message):
    """Posted when another cluster's roles and grants were compared with this one's."""

    other: str
    differences: tuple[AccessDifference, ...]
