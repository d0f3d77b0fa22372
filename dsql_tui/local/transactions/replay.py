"""Optimistic concurrency over PostgreSQL's locks: replaying a preempted transaction.

`lock_monitor` takes locks away; the consequences for the transaction are here. A transaction that
can no longer be committed continues until its COMMIT, as in DSQL: on its own snapshot, with its own
writes, in temporary copies of the tables it has written to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from enum import Enum, auto

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.backend import literal
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.repetition import (
    NO_PARAMETERS,
    NO_TYPES,
    PRIVATE,
    reopening,
    repetition,
)
from dsql_tui.local.transactions.shadow_copies import on_copies
from dsql_tui.local.transactions.transaction import LogEntry, TransactionState
from dsql_tui.local.transactions.upstream import CANCELED, Upstream

OPEN_BLOCK = f"SET LOCAL dsql.block = on; SAVEPOINT {PRIVATE}"
"""What a block begins with; triggers tell what is inserted in one (`limits.sql`)."""
ROLL_BACK = f"ROLLBACK TO SAVEPOINT {PRIVATE}"
_COPYING = f"{PRIVATE}_copying"
ATTEMPTS = 5
"""How often a transaction is run again when two of them are in each other's way."""
_ENDS = b"CIs"
COPY_MAX_BYTES = 64 * 1024 * 1024
"""Largest table that is copied for a transaction that has lost."""
SERIALIZATION = "40001"
DEADLOCK = "40P01"
UNIQUE = "23505"
REFERENCED = "23503"

Settle = Callable[[], Awaitable[None]]


class ReplayOutcome(Enum):
    """How running a transaction again has ended."""

    DONE = auto()
    DEADLOCKED = auto()
    LOST = auto()


class Replayer:
    """Runs a session's transaction again.

    Args:
        upstream: The session's connection.
        settle: Waits for its answers, with the arena looking.
    """

    def __init__(self, upstream: Upstream, settle: Settle) -> None:
        self._upstream = upstream
        self._settle = settle

    def preempt(self, transaction: TransactionState) -> None:
        """Take away the transaction's locks and writes; the answer is read when it next runs."""
        self._upstream.run_privately(ROLL_BACK)
        transaction.is_preempted = True

    async def restore(self, transaction: TransactionState) -> ServerMessage | None:
        """Give a robbed transaction its writes back; it may turn out to have lost.

        Returns:
            What its client is told in place of an answer: it has cancelled the statement.
        """
        if transaction.is_doomed:
            await self.doom(transaction)
            return None
        for _ in range(ATTEMPTS):
            outcome = await self._replay(transaction)
            if outcome is ReplayOutcome.DONE:
                transaction.is_preempted = False
                return None
            if isinstance(outcome, ServerMessage):
                return outcome
            if outcome is ReplayOutcome.LOST:
                break
            self._upstream.run_privately(ROLL_BACK)
        await self.doom(transaction)
        return None

    async def restart(self, transaction: TransactionState) -> ServerMessage | None:
        """Start again after two transactions were in each other's way; as `restore`."""
        self._upstream.run_privately(ROLL_BACK)
        return await self.restore(transaction)

    async def doom(self, transaction: TransactionState) -> bool:
        """Move a transaction that cannot win to copies of its tables, on its own snapshot.

        Returns:
            Whether its own writes could be repeated there; otherwise (a table is too large, or must
            not be read) it goes on without them.
        """
        transaction.is_doomed, transaction.is_preempted = True, False
        transaction.copied.clear()
        self._upstream.run_privately(ROLL_BACK)
        log = [entry for entry in transaction.log if not entry.is_ddl]
        targets = dict.fromkeys(name for entry in log for name in entry.targets)
        has_all = await self.copy_relations(transaction, tuple(targets))
        for entry in log:
            if entry.portal is not None or (entry.targets and has_all and _can_run(entry)):
                sql = on_copies(entry.sql, transaction.copied.values())
                self._send(replace(entry, sql=sql), DueAnswer(_ENDS, forwarded=False))
        await self._settle()
        return has_all

    async def copy_relations(self, transaction: TransactionState, targets: Sequence[str]) -> bool:
        """Copy the relations a lost transaction is going to write to; whether it has them all."""
        missing = [target for target in targets if target not in transaction.copied]
        for target in missing:
            self._upstream.run_privately(f"SAVEPOINT {_COPYING}")
            copied = await self.ask(_copy(target))
            if not copied:
                refused = self._upstream.private_error
                if refused is None or refused.sqlstate != CANCELED:  # that is for the client
                    self._upstream.run_privately(f"ROLLBACK TO SAVEPOINT {_COPYING}")
                    await self._settle()
                return False
            transaction.copied[target] = copied[0][0] or ""
        return True

    async def sees_reference(self, violation: ServerMessage) -> bool:
        """Tell whether the rows that refer to a deleted one are on the transaction's snapshot."""
        names = violation.other("s"), violation.other("t"), violation.other("n")
        where = ", ".join(map(literal, [*names, violation.detail]))
        asked = f"SELECT pg_catalog.pg_dsql_sees_reference({where})"
        return await self.ask(asked) != [("f",)]

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return what the database answers to a question of ours, nothing when it failed."""
        answer = self._upstream.run_privately(sql)
        answer.rows = []
        await self._settle()
        return list(wire.rows_of(b"".join(answer.rows)))

    def _send(self, entry: LogEntry, own: DueAnswer) -> None:
        """Run a statement again: with the rows it has inserted, if they are known."""
        if entry.portal is not None:
            where = entry.portal, entry.fetched
            again = reopening(entry.sql, entry.types, entry.bound, *where, own)
            self._upstream.send(*again)
        elif entry.inserted is not None:
            relation, rows = entry.inserted
            call = f"CALL pg_catalog.pg_dsql_insert_again({relation}, {literal(rows)})"
            self._upstream.send(*repetition(call, NO_TYPES, NO_PARAMETERS, own))
        else:
            self._upstream.send(*repetition(entry.sql, entry.types, entry.bound, own))

    async def _replay(self, transaction: TransactionState) -> ReplayOutcome | ServerMessage:
        for entry in transaction.log:
            if not _can_run(entry):
                return ReplayOutcome.LOST
            own = DueAnswer(_ENDS, forwarded=False, digest=new_digest())
            self._send(entry, own)
            await self._settle()
            if own.error is not None:
                if own.error.sqlstate == CANCELED:
                    return own.error
                return (
                    ReplayOutcome.DEADLOCKED
                    if own.error.sqlstate == DEADLOCK
                    else ReplayOutcome.LOST
                )
            if entry.inserted is None and entry.digest is not None and own.digest is not None:
                same = (own.command, own.digest.digest()) == (entry.command, entry.digest)
                if not same:
                    return ReplayOutcome.LOST  # it would not do what it told its client it did
        return ReplayOutcome.DONE


def new_digest() -> hashlib.blake2b:
    """Return what the rows of a statement are compared by."""
    return hashlib.blake2b(digest_size=16)


def _can_run(entry: LogEntry) -> bool:
    """Whether a statement can run again: COPY cannot, but what it has copied in can be put back."""
    return entry.inserted is not None or not entry.command.startswith("COPY")


def _copy(target: str) -> str:
    return f"SELECT pg_catalog.pg_dsql_copy_for_show({literal(target)}, {COPY_MAX_BYTES})"
