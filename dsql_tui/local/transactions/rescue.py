"""Statements that PostgreSQL has failed and DSQL would not: they are run again, and answered.

The executor asks here when a statement of a transaction block has failed.
"""

from __future__ import annotations

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import Due
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.repetition import reopening, repetition
from dsql_tui.local.transactions.replay import (
    DEADLOCK,
    REFERENCED,
    SERIALIZATION,
    UNIQUE,
    Repeater,
    Settle,
    new_digest,
)
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.shadow_copies import shown
from dsql_tui.local.transactions.transaction import Transaction
from dsql_tui.local.transactions.upstream import Upstream


class Rescuer:
    """Answers a session's statements in place of PostgreSQL's first answer.

    Args:
        upstream: The session's connection.
        repeater: Runs its transaction again.
        settle: Waits for the connection's answers, with the arena looking.
    """

    def __init__(self, upstream: Upstream, repeater: Repeater, settle: Settle) -> None:
        self._upstream = upstream
        self._repeater = repeater
        self._settle = settle

    async def rescue(
        self, transaction: Transaction, request: Request, error: ServerMessage
    ) -> bool:
        """Answer a statement of a block that PostgreSQL has failed and DSQL might not have.

        A conflict is DSQL's to tell at COMMIT, and so is what its snapshot does not show.
        """
        if self._upstream.skipping:
            self._upstream.sync()
            await self._settle()
        if error.sqlstate == DEADLOCK and not request.copies_in:
            cancelled = await self._repeater.give_way(transaction)
            if cancelled is not None:
                self._upstream.refuse(cancelled)
                return False
        elif error.sqlstate == SERIALIZATION and not request.copies_in:
            await self._repeater.lose(transaction)
        elif request.copies_in or not await self._is_unseen(transaction, error):
            self._upstream.refuse(error)
            if self._upstream.status != b"E":
                self._upstream.poison()
                self._upstream.sync()
                await self._settle()
            return False
        verdict = request.verdict
        if transaction.lost and verdict is not None:
            await self._repeater.show(transaction, verdict.targets)
        return await self.run_again(transaction, request, error)

    async def wait(self, transaction: Transaction, request: Request) -> bool:
        """Wait for a job that may wait for this transaction, which takes its locks away.

        `sys.wait_for_job` answers NULL when somebody waits for what its transaction holds.

        Returns:
            Whether the job has ended; its answer is in place of the request's own.
        """
        own = request.own
        while list(wire.rows_of(b"".join(own.rows or ()))) == [(None,)]:
            if transaction.robbable:
                self._repeater.rob(transaction)
            else:
                await self._repeater.lose(transaction)
            again = Due(b"CI", heard=False, digest=new_digest(), rows=[])
            self._upstream.send(*repetition(request.sql, request.types, request.bound, again))
            await self._settle()
            if again.error is not None:
                self._upstream.refuse(again.error)
                return False
            own.rows, own.digest = again.rows, again.digest
        return True

    async def _is_unseen(self, transaction: Transaction, error: ServerMessage) -> bool:
        """Whether a constraint may be violated only by rows that are not on the snapshot.

        Of a duplicate key that turns out on copies of the transaction's tables.
        """
        if error.sqlstate == UNIQUE:
            return await self._repeater.lose(transaction)
        if error.sqlstate != REFERENCED or "is still referenced from" not in error.detail:
            return False
        lost = await self._repeater.lose(transaction)
        return lost and not await self._repeater.sees_reference(error)

    async def run_again(
        self, transaction: Transaction, request: Request, failed: ServerMessage | None = None
    ) -> bool:
        """Run a statement afresh; the client hears the answer as that of its own request.

        Args:
            transaction: What it belongs to.
            request: The statement.
            failed: Its error, which is told when it is the same again: copies have names of theirs.
        """
        own = Due(b"CIs", tag=request.own.tag, offset=request.own.offset, digest=new_digest())
        own.hold_error = True
        sql, types, bound = said(request.sql, transaction), request.types, request.bound
        if request.is_simple:
            self._upstream.send(*repetition(sql, types, bound, own, described=True))
        elif transaction.has_open(request.portal, bound):
            self._upstream.send(request.frames + wire.SYNC, [own, Due.of_sync()])
        else:
            again = reopening(sql, types, bound, request.portal, request.most_rows, own)
            self._upstream.send(*again)
        await self._settle()
        if own.error is not None:
            is_same = failed is not None and failed.sqlstate == own.error.sqlstate
            self._upstream.refuse(failed if failed is not None and is_same else own.error)
        request.own.digest, request.own.command = own.digest, own.command
        request.own.suspended, request.own.inserted = own.suspended, own.inserted
        return own.error is None


def is_said_otherwise(request: Request, transaction: Transaction) -> bool:
    """Whether a statement of a transaction that has lost must be said in other words.

    A portal that is open has been; COPY would ask the client for its data a second time.
    """
    if request.copies_in or transaction.has_open(request.portal, request.bound):
        return False
    return said(request.sql, transaction) != request.sql


def said(sql: str, transaction: Transaction) -> str:
    """Return how a statement is said in its transaction: one that has lost has copies."""
    return shown(sql, transaction.copied.values()) if transaction.lost else sql
