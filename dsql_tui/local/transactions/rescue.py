"""Statements that PostgreSQL has failed and DSQL would not: they are run again, and answered.

The executor asks here when a statement of a transaction block has failed.
"""

from __future__ import annotations

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.repetition import reopening, repetition
from dsql_tui.local.transactions.replay import (
    DEADLOCK,
    REFERENCED,
    SERIALIZATION,
    UNIQUE,
    Replayer,
    Settle,
    new_digest,
)
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.shadow_copies import on_copies
from dsql_tui.local.transactions.transaction import TransactionState
from dsql_tui.local.transactions.upstream import Upstream


class Rescuer:
    """Answers a session's statements in place of PostgreSQL's first answer.

    Args:
        upstream: The session's connection.
        replayer: Runs its transaction again.
        settle: Waits for the connection's answers, with the arena looking.
    """

    def __init__(self, upstream: Upstream, replayer: Replayer, settle: Settle) -> None:
        self._upstream = upstream
        self._replayer = replayer
        self._settle = settle

    async def rescue(
        self, transaction: TransactionState, request: Request, error: ServerMessage
    ) -> bool:
        """Answer a statement of a block that PostgreSQL has failed and DSQL might not have.

        A conflict is DSQL's to tell at COMMIT, and so is what its snapshot does not show.
        """
        if self._upstream.skipping:
            self._upstream.sync()
            await self._settle()
        if error.sqlstate == DEADLOCK and not request.copies_in:
            cancelled = await self._replayer.restart(transaction)
            if cancelled is not None:
                self._upstream.refuse(cancelled)
                return False
        elif error.sqlstate == SERIALIZATION and not request.copies_in:
            await self._replayer.doom(transaction)
        elif request.copies_in or not await self._is_unseen(transaction, error):
            self._upstream.refuse(error)
            if self._upstream.status != b"E":
                self._upstream.fail_transaction()
                self._upstream.sync()
                await self._settle()
            return False
        verdict = request.verdict
        if transaction.is_doomed and verdict is not None:
            await self._replayer.copy_relations(transaction, verdict.targets)
        return await self.run_again(transaction, request, error)

    async def wait(self, transaction: TransactionState, request: Request) -> bool:
        """Wait for a job that may wait for this transaction, which takes its locks away.

        `sys.wait_for_job` answers NULL when somebody waits for what its transaction holds.

        Returns:
            Whether the job has ended; its answer is in place of the request's own.
        """
        own = request.own
        while list(wire.rows_of(b"".join(own.rows or ()))) == [(None,)]:
            if transaction.is_preemptible:
                self._replayer.preempt(transaction)
            else:
                await self._replayer.doom(transaction)
            again = DueAnswer(b"CI", forwarded=False, digest=new_digest(), rows=[])
            self._upstream.send(*repetition(request.sql, request.types, request.bound, again))
            await self._settle()
            if again.error is not None:
                self._upstream.refuse(again.error)
                return False
            own.rows, own.digest = again.rows, again.digest
        return True

    async def _is_unseen(self, transaction: TransactionState, error: ServerMessage) -> bool:
        """Whether a constraint may be violated only by rows that are not on the snapshot.

        Of a duplicate key that turns out on copies of the transaction's tables.
        """
        if error.sqlstate == UNIQUE:
            return await self._replayer.doom(transaction)
        if error.sqlstate != REFERENCED or "is still referenced from" not in error.detail:
            return False
        lost = await self._replayer.doom(transaction)
        return lost and not await self._replayer.sees_reference(error)

    async def run_again(
        self, transaction: TransactionState, request: Request, failed: ServerMessage | None = None
    ) -> bool:
        """Run a statement afresh; the client hears the answer as that of its own request.

        Args:
            transaction: What it belongs to.
            request: The statement.
            failed: Its error, which is told when it is the same again: copies have names of theirs.
        """
        own = DueAnswer(b"CIs", tag=request.own.tag, offset=request.own.offset, digest=new_digest())
        own.keeps_error = True
        sql, types, bound = shadow_sql(request.sql, transaction), request.types, request.bound
        if request.is_simple:
            self._upstream.send(*repetition(sql, types, bound, own, described=True))
        elif transaction.has_open_portal(request.portal, bound):
            self._upstream.send(request.frames + wire.SYNC, [own, DueAnswer.of_sync()])
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


def needs_shadow(request: Request, transaction: TransactionState) -> bool:
    """Whether a statement of a transaction that has lost must be said in other words.

    A portal that is open has been; COPY would ask the client for its data a second time.
    """
    if request.copies_in or transaction.has_open_portal(request.portal, request.bound):
        return False
    return shadow_sql(request.sql, transaction) != request.sql


def shadow_sql(sql: str, transaction: TransactionState) -> str:
    """Return how a statement is said in its transaction: one that has lost has copies."""
    return on_copies(sql, transaction.copied.values()) if transaction.is_doomed else sql
