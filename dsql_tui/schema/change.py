"""A difference between two databases, with the statements that make it go away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from dsql_tui.schema.definitions import ObjectName


class ChangeKind(StrEnum):
    """What happens to an object."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Phase(IntEnum):
    """When the statements of a change run: what others need first, what needs others last."""

    RENAME = 0
    ROLES = 1
    UNLINK = 2
    DROP = 3
    TYPES = 4
    EXTEND = 5
    CREATE = 6
    ALTER = 7
    DROP_UNUSED = 8
    INDEX = 9
    LINK = 10
    DROP_SCHEMAS = 11
    PRIVILEGES = 12


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One difference.

    Attributes:
        kind: What happens to the object, or to the part of it.
        key: The object; `None` for roles and default privileges.
        statements: What makes the difference go away, in order, without semicolons.
        part: What of the object differs: `column note`; empty if it is the whole object.
        drops: What is lost: `the table and its rows`; empty if nothing is.
        impossible: Why DSQL has no statement for it, and the way round; empty if it has one.
        note: What to know before it runs, or how a part is changed that has no statements itself.
        phase: When the statements run.
    """

    kind: ChangeKind
    key: ObjectName | None
    statements: tuple[str, ...] = ()
    part: str = ""
    drops: str = ""
    impossible: str = ""
    note: str = ""
    phase: Phase = Phase.CREATE

    @property
    def label(self) -> str:
        """What differs, for display: `table app.orders, column note`."""
        return ", ".join(part for part in (self.key.label if self.key else "", self.part) if part)
