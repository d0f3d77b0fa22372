"""Retries statements that fail in PostgreSQL and would succeed in DSQL.

The executor calls this when a statement of a transaction block has failed.
"""

from __future__ import annotations

from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.private_messages import private_statement, reopened_portal
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
    """Retries a session's statements and sends the client the second response.

    Args:
        upstream: The session's connection.
        replayer: Replays its transaction.
        settle: Waits for the connection's answers, with the lock monitor active.
    """

    def __init__(self, upstream: Upstream, replayer: Replayer, settle: Settle) -> None:
        self._upstream = upstream
        self._replayer = replayer
        self._settle = settle

    async def rescue(
        self, transaction: TransactionState, request: Request, error: ServerMessage
    ) -> bool:
        """Retry a failed statement of a block, or send the client its error.

        DSQL reports conflicts, and violations by rows outside the snapshot, only at COMMIT.

        Returns:
            Whether the retry succeeded.
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
        """Repeat `sys.wait_for_job` until the job has ended, releasing locks that it waits for.

        The function returns NULL when another process waits for a lock of its transaction.

        Returns:
            Whether the job has ended; the request then has the last answer.
        """
        own = request.own
        while list(wire.rows_of(b"".join(own.rows or ()))) == [(None,)]:
            if transaction.is_preemptible:
                self._replayer.preempt(transaction)
            else:
                await self._replayer.doom(transaction)
            again = DueAnswer(b"CI", forwarded=False, digest=new_digest(), rows=[])
            self._upstream.send(
                *private_statement(request.sql, request.types, request.bound, again)
            )
            await self._settle()
            if again.error is not None:
                self._upstream.refuse(again.error)
                return False
            own.rows, own.digest = again.rows, again.digest
        return True

    async def _is_unseen(self, transaction: TransactionState, error: ServerMessage) -> bool:
        """Whether only rows outside the snapshot may violate the constraint.

        For a duplicate key, the retry on copies of the transaction's tables decides.
        """
        if error.sqlstate == UNIQUE:
            return await self._replayer.doom(transaction)
        if error.sqlstate != REFERENCED or "is still referenced from" not in error.detail:
            return False
        is_copied = await self._replayer.doom(transaction)
        return is_copied and not await self._replayer.sees_reference(error)

    async def run_again(
        self, transaction: TransactionState, request: Request, failed: ServerMessage | None = None
    ) -> bool:
        """Run a statement again; the client receives the response to its own request.

        Args:
            transaction: The statement's transaction.
            request: The statement.
            failed: Its first error; it is reported if the second error has the same SQLSTATE,
                because the text of the second one names the copies.
        """
        own = DueAnswer(b"CIs", tag=request.own.tag, offset=request.own.offset, digest=new_digest())
        own.keeps_error = True
        sql, types, bound = shadow_sql(request.sql, transaction), request.types, request.bound
        if request.is_simple:
            self._upstream.send(*private_statement(sql, types, bound, own, described=True))
        elif transaction.has_open_portal(request.portal, bound):
            self._upstream.send(request.frames + wire.SYNC, [own, DueAnswer.of_sync()])
        else:
            again = reopened_portal(sql, types, bound, request.portal, request.most_rows, own)
            self._upstream.send(*again)
        await self._settle()
        if own.error is not None:
            is_same = failed is not None and failed.sqlstate == own.error.sqlstate
            self._upstream.refuse(failed if failed is not None and is_same else own.error)
        request.own.digest, request.own.command = own.digest, own.command
        request.own.suspended, request.own.inserted = own.suspended, own.inserted
        return own.error is None


def needs_shadow(request: Request, transaction: TransactionState) -> bool:
    """Whether a statement of a doomed transaction must be rewritten for its copies.

    An open portal already reads the copies. COPY is not rewritten: running it again would request
    its data from the client a second time.
    """
    if request.copies_in or transaction.has_open_portal(request.portal, request.bound):
        return False
    return shadow_sql(request.sql, transaction) != request.sql


def shadow_sql(sql: str, transaction: TransactionState) -> str:
    """Return a statement as its transaction runs it: on copies if that cannot commit."""
    return on_copies(sql, transaction.copied.values()) if transaction.is_doomed else sql
