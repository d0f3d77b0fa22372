"""Optimistic concurrency on PostgreSQL's locks: replaying a preempted transaction.

`lock_monitor` decides which transactions release their locks; this module rolls them back and
replays them. A transaction that can no longer be committed continues until its COMMIT, as in DSQL:
on its own snapshot, with its own writes, in temporary copies of the tables it has written to.
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
from dsql_tui.local.transactions.private_messages import (
    NO_PARAMETERS,
    NO_TYPES,
    PRIVATE,
    private_statement,
    reopened_portal,
)
from dsql_tui.local.transactions.shadow_copies import on_copies
from dsql_tui.local.transactions.transaction import LogEntry, TransactionState
from dsql_tui.local.transactions.upstream import CANCELED, Upstream

OPEN_BLOCK = f"SET LOCAL dsql.block = on; VALUES (1); SAVEPOINT {PRIVATE}"
"""First statements of a block; triggers report the rows inserted in one (`limits.sql`).

VALUES takes the transaction's snapshot, as DSQL does at BEGIN (D.11)."""
ROLL_BACK = f"ROLLBACK TO SAVEPOINT {PRIVATE}"
_COPYING = f"{PRIVATE}_copying"
ATTEMPTS = 5
"""How often a transaction is replayed when replays deadlock with each other."""
_ENDS = b"CIs"
COPY_MAX_BYTES = 64 * 1024 * 1024
"""Largest table that is copied for a doomed transaction."""
SERIALIZATION = "40001"
DEADLOCK = "40P01"
UNIQUE = "23505"
REFERENCED = "23503"

Settle = Callable[[], Awaitable[None]]


class ReplayOutcome(Enum):
    """The outcome of a replay."""

    DONE = auto()
    DEADLOCKED = auto()
    DIFFERENT = auto()


class Replayer:
    """Replays a session's transaction.

    Args:
        upstream: The session's connection.
        settle: Waits for its answers, with the lock monitor active.
    """

    def __init__(self, upstream: Upstream, settle: Settle) -> None:
        self._upstream = upstream
        self._settle = settle

    def preempt(self, transaction: TransactionState) -> None:
        """Roll back to the first savepoint: releases locks and writes, keeps the snapshot."""
        self._upstream.run_privately(ROLL_BACK)
        transaction.is_preempted = True

    async def restore(self, transaction: TransactionState) -> ServerMessage | None:
        """Replay the writes of a preempted transaction; a conflict makes it unable to commit.

        Returns:
            The error if the client has cancelled the statement meanwhile, else `None`.
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
            if outcome is ReplayOutcome.DIFFERENT:
                break
            self._upstream.run_privately(ROLL_BACK)
        await self.doom(transaction)
        return None

    async def restart(self, transaction: TransactionState) -> ServerMessage | None:
        """Roll back and replay after a deadlock; returns the result of `restore`."""
        self._upstream.run_privately(ROLL_BACK)
        return await self.restore(transaction)

    async def doom(self, transaction: TransactionState) -> bool:
        """Move a transaction that cannot commit to copies of its tables, on its own snapshot.

        Returns:
            Whether its writes could be replayed on the copies; otherwise (a table is too large, or
            may not be read) it continues without them.
        """
        transaction.is_doomed, transaction.is_preempted = True, False
        transaction.copied.clear()
        self._upstream.origins.clear()
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
        """Copy the relations a doomed transaction writes to; return whether all are copied."""
        missing = [target for target in targets if target not in transaction.copied]
        for target in missing:
            self._upstream.run_privately(f"SAVEPOINT {_COPYING}")
            copied = await self.ask(_copy(target))
            if not copied:
                refused = self._upstream.private_error
                if (
                    refused is None or refused.sqlstate != CANCELED
                ):  # the client has cancelled the statement and gets that error
                    self._upstream.run_privately(f"ROLLBACK TO SAVEPOINT {_COPYING}")
                    await self._settle()
                return False
            hidden = transaction.copied[target] = copied[0][0] or ""
            if hidden:
                await self._note_origins(hidden)
        return True

    async def _note_origins(self, relation: str) -> None:
        """Describe the columns of a relation's copy as its own to the client."""
        query = f"SELECT * FROM pg_catalog.pg_dsql_origins({literal(relation)})"  # noqa: S608 - quoted
        for row in await self.ask(query):
            copy, attribute, table, own = (int(number or 0) for number in row)
            self._upstream.origins[copy, attribute] = table, own

    async def sees_reference(self, violation: ServerMessage) -> bool:
        """Whether the rows that refer to a deleted row are in the transaction's snapshot."""
        names = violation.other("s"), violation.other("t"), violation.other("n")
        where = ", ".join(map(literal, [*names, violation.detail]))
        query = f"SELECT pg_catalog.pg_dsql_sees_reference({where})"
        return await self.ask(query) != [("f",)]

    async def ask(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run a query on the session's connection; return its rows, none if it failed."""
        answer = self._upstream.run_privately(sql)
        answer.rows = []
        await self._settle()
        return list(wire.rows_of(b"".join(answer.rows)))

    def _send(self, entry: LogEntry, own: DueAnswer) -> None:
        """Send a log entry again: the rows it has inserted, if they are known, or its statement."""
        if entry.portal is not None:
            where = entry.portal, entry.fetched
            again = reopened_portal(entry.sql, entry.types, entry.bound, *where, own)
            self._upstream.send(*again)
        elif entry.inserted is not None:
            relation, rows = entry.inserted
            call = f"CALL pg_catalog.pg_dsql_insert_again({relation}, {literal(rows)})"
            self._upstream.send(*private_statement(call, NO_TYPES, NO_PARAMETERS, own))
        else:
            self._upstream.send(*private_statement(entry.sql, entry.types, entry.bound, own))

    async def _replay(self, transaction: TransactionState) -> ReplayOutcome | ServerMessage:
        for entry in transaction.log:
            if not _can_run(entry):
                return ReplayOutcome.DIFFERENT
            own = DueAnswer(_ENDS, forwarded=False, digest=new_digest())
            self._send(entry, own)
            await self._settle()
            if own.error is not None:
                if own.error.sqlstate == CANCELED:
                    return own.error
                return (
                    ReplayOutcome.DEADLOCKED
                    if own.error.sqlstate == DEADLOCK
                    else ReplayOutcome.DIFFERENT
                )
            if entry.inserted is None and entry.digest is not None and own.digest is not None:
                same = (own.command, own.digest.digest()) == (entry.command, entry.digest)
                if not same:
                    return ReplayOutcome.DIFFERENT  # the client has received another answer
        return ReplayOutcome.DONE


def new_digest() -> hashlib.blake2b:
    """Return an empty digest, for comparing a statement's rows with those of its replay."""
    return hashlib.blake2b(digest_size=16)


def _can_run(entry: LogEntry) -> bool:
    """Whether an entry can be replayed: COPY cannot, unless the rows it inserted are known."""
    return entry.inserted is not None or not entry.command.startswith("COPY")


def _copy(target: str) -> str:
    return f"SELECT pg_catalog.pg_dsql_copy_for_show({literal(target)}, {COPY_MAX_BYTES})"
