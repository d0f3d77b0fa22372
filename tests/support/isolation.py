"""What DSQL's snapshot isolation makes of a schedule: a model to hold the local DSQL against.

The first committer wins, by row; no session waits. Source: user guide,
working-with-concurrency-control.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

FIRST_VALUE = 100


class Hold(Enum):
    """How a transaction has taken a row; what conflicts with what is in `_CONFLICTS`."""

    KEY_SHARE = auto()
    UPDATED = auto()
    FOR_UPDATE = auto()
    KEY_CHANGED = auto()


_CONFLICTS = {frozenset({one, other}) for one in Hold for other in Hold} - {
    frozenset({Hold.KEY_SHARE}),
    frozenset({Hold.KEY_SHARE, Hold.UPDATED}),
}


@dataclass(slots=True)
class Transaction:
    """One transaction: its snapshot, its writes, and its holds on rows."""

    snapshot: dict[int, int]
    begun: int
    own: dict[int, int | None] = field(default_factory=dict)
    holds: set[tuple[int, Hold]] = field(default_factory=set)
    failed: bool = False

    def sees(self, key: int) -> int | None:
        """Return a row's value as this transaction sees it, `None` when it sees none."""
        return self.own[key] if key in self.own else self.snapshot.get(key)

    def write(self, key: int, value: int | None, hold: Hold) -> None:
        """Change, insert or delete a row."""
        self.own[key] = value
        self.holds.add((key, hold))


@dataclass(slots=True)
class Database:
    """Rows by their keys, and the holds on rows of committed transactions."""

    rows: dict[int, int]
    clock: int = 0
    history: list[tuple[int, int, Hold]] = field(default_factory=list)

    def begin(self) -> Transaction:
        """Return a transaction on the committed state."""
        return Transaction(dict(self.rows), self.clock)

    def loses(self, transaction: Transaction) -> bool:
        """Whether another transaction has committed a conflicting hold."""
        return any(
            time > transaction.begun and key == mine and frozenset({hold, own}) in _CONFLICTS
            for time, key, hold in self.history
            for mine, own in transaction.holds
        )

    def loses_by_locks_alone(self, transaction: Transaction) -> bool:
        """Whether it loses, and nothing that it has written or locked has changed."""
        changed = {
            key
            for time, key, hold in self.history
            if time > transaction.begun and hold in {Hold.UPDATED, Hold.KEY_CHANGED}
        }
        held = {key for key, hold in transaction.holds if hold is not Hold.KEY_SHARE}
        gone = {key for key in transaction.snapshot if key not in self.rows}
        held |= {key for key, _ in transaction.holds} & gone
        return self.loses(transaction) and changed.isdisjoint(held)

    def commit(self, transaction: Transaction) -> None:
        """Apply the transaction's writes to the committed state."""
        self.clock += 1
        for key, value in transaction.own.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        self.history += [(self.clock, key, hold) for key, hold in transaction.holds]
