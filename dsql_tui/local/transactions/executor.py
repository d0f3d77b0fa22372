"""Runs a session's statements according to DSQL's rules on one PostgreSQL connection.

Every statement of either protocol goes through `perform`: it checks the transaction's rules,
replays a preempted transaction, runs the statement, and turns PostgreSQL's lock conflicts into
DSQL's conflicts at COMMIT.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from dsql_tui.local.explain.plan_context import PlanContext, changed_indexes, relations_read
from dsql_tui.local.explain.plans import relations, rewritten
from dsql_tui.local.gate.catalogs import unqualified
from dsql_tui.local.gate.verdicts import GateVerdict
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import DueAnswer
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.hidden_relations import HiddenRelations
from dsql_tui.local.transactions.lock_monitor import SLOW_AFTER_S, asking_for
from dsql_tui.local.transactions.replay import OPEN_BLOCK, Replayer, new_digest
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.rescue import Rescuer, needs_shadow
from dsql_tui.local.transactions.schema_view import SchemaView
from dsql_tui.local.transactions.session_context import SessionContext
from dsql_tui.local.transactions.transaction import (
    COMMITS,
    CONFLICT,
    ENDS,
    SCHEMA_CHANGED,
    TransactionState,
    needs_replay,
)
from dsql_tui.local.transactions.upstream import CopyIn, Upstream
from dsql_tui.sql.statements.classify import StatementKind

_OVER_AGE_S = 0.01
"""How much later than the limit a statement is cancelled, so that its age exceeds it."""


class Executor:
    """Runs a session's statements; a lock holder of its database's lock monitor.

    Args:
        upstream: The session's connection.
        context: The objects it shares with other sessions.
        copy_in: Forwards the client's copy data.

    Attributes:
        transaction: The current transaction.
        busy: Whether a client message is being processed; then it cannot be preempted.
        schema: The schema changes that were reported to the session.
    """

    def __init__(self, upstream: Upstream, context: SessionContext, copy_in: CopyIn) -> None:
        self.transaction = TransactionState(time.monotonic())
        self.busy = True
        self.schema = SchemaView(context.lock_monitor)
        self._running: StatementKind | None = None
        self._waits_for_job = False
        self._upstream = upstream
        self._context = context
        self._copy_in = copy_in
        self._replayer = Replayer(upstream, self.settle)
        self._hidden_relations = HiddenRelations(
            upstream,
            self._replayer,
            self.settle,
            lambda: self._context.lock_monitor.touched(self.process),
        )
        self._rescuer = Rescuer(upstream, self._replayer, self.settle)
        self._age_timer: asyncio.TimerHandle | None = None
        self._cancelling: asyncio.Task[None] | None = None

    # --- state, for the lock monitor -------------------------------------------------------------

    @property
    def process(self) -> int:
        """The process ID of its PostgreSQL session."""
        return self._upstream.backend.key.pid

    @property
    def runs_ddl(self) -> bool:
        """Whether its running statement, or one to be replayed, changes the schema."""
        running = self._running is StatementKind.DDL
        return running or (self.transaction.is_preempted and self.transaction.has_ddl)

    @property
    def status(self) -> bytes:
        """Transaction status for the client's ReadyForQuery."""
        return self._upstream.status

    @property
    def failed(self) -> bool:
        """Whether the transaction block has failed, so that only its end is accepted."""
        return self._upstream.status == b"E"

    def notify_schema_change(self) -> None:
        """Fail its block, or otherwise its next statement, with OC001, once."""
        if self.transaction.is_block and self.transaction.has_run:
            self.transaction.schema_changed = True
        else:
            self.schema.is_outdated = True

    def preempt(self, _for_ddl: bool, /) -> bool:
        """Release the transaction's locks if it is idle and can be replayed.

        A transaction that waits for a job releases them by itself; the monitor asks again.
        """
        transaction = self.transaction
        if self.busy:
            return self._waits_for_job
        if not transaction.is_block or not transaction.is_preemptible or self.failed:
            return False
        if not transaction.is_preempted:
            self._replayer.preempt(transaction)
        return True

    # --- statements ------------------------------------------------------------------------------

    async def perform_all(self, requests: Sequence[Request]) -> None:
        """Run the statements of one Query: one transaction unless they contain BEGIN."""
        succeeded = True
        for request in requests:
            verdict = request.verdict
            controls = verdict is not None and verdict.kind is StatementKind.TRANSACTION
            if not self.transaction.is_block and not controls:
                await self._begin_implied()
            succeeded = await self.perform(request)
            if not succeeded:
                break
        if self.transaction.is_implied:
            await self._end_implied(keep=succeeded)

    async def perform(self, request: Request) -> bool:
        """Run one statement; return whether it succeeded."""
        verdict = request.verdict
        if verdict is None or (self.failed and verdict.command not in ENDS):
            return await self._forward(request)
        refusal = self.transaction.refusal(verdict, time.monotonic())
        controls = verdict.kind is StatementKind.TRANSACTION
        if refusal is None and not controls and self.schema.refresh():
            refusal = SCHEMA_CHANGED
        if refusal is not None:
            await self._refuse_instead(request, refusal)
            return False
        if controls:
            return await self._control(request, verdict)
        return await self._run(request, verdict)

    async def refuse(self, answer: ServerMessage, *, simply: bool) -> None:
        """Send the client an error, and fail the transaction in PostgreSQL too.

        Args:
            answer: The error.
            simply: Whether it answers a Query; otherwise the client has still to send a Sync.
        """
        self._upstream.refuse(answer)
        if not simply:
            self._upstream.fail_transaction()
        elif self.transaction.is_block or self._upstream.in_batch:
            self._upstream.fail_transaction()
            self._upstream.sync()
            await self.settle()

    async def end_batch(self, *, succeeded: bool) -> None:
        """End a Query or batch, which ends a transaction that is not a block.

        Args:
            succeeded: Whether all statements succeeded, so that PostgreSQL has committed them.
        """
        transaction = self.transaction
        if transaction.is_block:
            return
        if succeeded and transaction.has_written:
            await self._committed(transaction)
        self._end_transaction()

    async def _run(self, request: Request, verdict: GateVerdict) -> bool:
        transaction = self.transaction
        refusal = await self._prepare(request, verdict)
        if refusal is not None:
            await self._refuse_instead(request, refusal)
            return False
        replayable = transaction.is_block and needs_replay(verdict)
        if replayable:
            _record_for_replay(request.own, verdict)
        self._running = verdict.kind
        # DSQL has no other procedure.
        self._waits_for_job = verdict.kind is StatementKind.CALL and transaction.is_block
        if verdict.is_explain or self._waits_for_job:
            request.keep_rows()
        if self._waits_for_job:  # the job may change relations whose locks are released meanwhile
            transaction.touched |= await self._context.lock_monitor.touched(self.process)
        succeeded = await self._run_or_retry(request)
        self._running, self._waits_for_job = None, False
        if succeeded:
            await self._finish(request, verdict, replayable=replayable)
        return succeeded

    async def _prepare(self, request: Request, verdict: GateVerdict) -> ServerMessage | None:
        """Prepare the transaction for a statement; return the error if it cannot run, or `None`."""
        transaction = self.transaction
        cancelled = await self._replayer.restore(transaction) if transaction.is_preempted else None
        if cancelled is not None:
            return cancelled
        if transaction.is_block and transaction.schema_changes != self.schema.changes:
            hidden = await self._hidden_relations.refusal(request, verdict)
            if hidden is not None:
                return hidden
        transaction.note_start(verdict)
        if verdict.kind is StatementKind.DDL:
            self.schema.begin_change()
            transaction.schema_relations = await self._relations(request, verdict)
        if transaction.is_doomed:
            await self._replayer.copy_relations(transaction, verdict.targets)
        if self.failed:  # the client has cancelled a query of the gateway
            return self._upstream.private_error
        if verdict.is_write and not transaction.is_block:
            return await self._commit_conditions(transaction)
        return None

    async def _run_or_retry(self, request: Request) -> bool:
        """Run a statement; retry one that would not fail in DSQL. Return whether it succeeded."""
        transaction = self.transaction
        if transaction.is_doomed and needs_shadow(request, transaction):
            if not await self._answer_prelude(request):
                return False
            return await self._rescuer.run_again(transaction, request)
        if await self._forward(request):
            return not self._waits_for_job or await self._rescuer.wait(transaction, request)
        error = request.own.error
        if error is None or request.own.is_reported:
            return False
        return await self._rescuer.rescue(transaction, request, error)

    async def _finish(self, request: Request, verdict: GateVerdict, *, replayable: bool) -> None:
        transaction = self.transaction
        if verdict.is_explain:
            await self._send_plan(request, verdict)
        elif request.own.rows is not None:
            self._upstream.send_to_client(b"".join(request.own.rows))
            self._upstream.send_to_client(wire.command_complete(request.own.command))
        if transaction.is_block:
            self._log(request, verdict, replayable=replayable)

    def _log(self, request: Request, verdict: GateVerdict, *, replayable: bool) -> None:
        """Log the statement if a preemption of the block would undo it."""
        transaction = self.transaction
        if request.own.suspended:
            if verdict.is_write:
                transaction.is_preemptible = (
                    False  # it has run to its end, and the client has only some of its rows
                )
            else:
                transaction.portal_suspended(request.suspended_entry(verdict))
        elif transaction.portal_exhausted(request.portal, request.bound, replayable=replayable):
            return
        elif replayable:
            transaction.log.append(request.entry(verdict))

    async def _relations(self, request: Request, verdict: GateVerdict) -> frozenset[int]:
        """Return the OIDs of the relations that DDL is going to change."""
        query = asking_for(verdict)
        if not query:
            return frozenset()
        apart = not (
            request.is_simple or request.synced
        )  # a query of the gateway would end the client's batch
        rows = await (
            self._context.lock_monitor.ask_apart(query) if apart else self._replayer.ask(query)
        )
        return frozenset(int(number) for (number,) in rows if number is not None)

    async def _send_plan(self, request: Request, verdict: GateVerdict) -> None:
        """Send the client a plan in DSQL's form."""
        own = request.own
        lines = [cells[0] or "" for cells in wire.rows_of(b"".join(own.rows or ()))]
        context = PlanContext(verdict.is_verbose, verdict.costs_dpu, self._context.is_multi_region)
        if (
            request.is_simple or request.synced
        ):  # otherwise a query of the gateway would end the client's batch
            scanned = relations(lines)
            ask = self._replayer.ask
            context = await relations_read(context, ask, scanned, writes=verdict.is_write)
            if verdict.is_write:
                changed = await changed_indexes(ask, verdict.statement, verdict.targets)
                context = replace(context, changed_indexes=changed)
        for line in rewritten(lines, verdict.statement, context):
            self._upstream.send_to_client(wire.data_row([unqualified(line)]))
        self._upstream.send_to_client(wire.command_complete(own.command))

    async def _forward(self, request: Request) -> bool:
        """Send a statement as it is and forward its answer; return whether it succeeded."""
        frames, due = request.prelude + request.frames, [*request.before, request.own]
        sync = DueAnswer.of_sync(forwarded=True)
        if request.synced:
            frames += wire.SYNC
            due.append(sync)
        self._upstream.send(frames, due)
        request.sent = True
        await self.settle()
        return request.own.error is None and sync.error is None

    async def _answer_prelude(self, request: Request) -> bool:
        """Send the messages before the statement; return whether they succeeded."""
        if request.before:
            self._upstream.send(request.prelude, request.before)
            await self.settle()
        return not self._upstream.skipping

    async def _refuse_instead(self, request: Request, answer: ServerMessage) -> None:
        """Refuse a statement, after the answers to its Parse and Bind.

        If those fail, the refusal replaces their error, as for a Query. In a failed transaction
        they would all fail.
        """
        for due in request.before:
            due.replacement = answer
        if self.failed or await self._answer_prelude(request):
            await self.refuse(answer, simply=request.is_simple)

    async def settle(self) -> None:
        """Wait for the expected responses; use the lock monitor when that takes long."""
        slow = asyncio.get_running_loop().call_later(SLOW_AFTER_S, self._on_slow_answer)
        try:
            await self._upstream.settle(self._copy_in)
        finally:
            slow.cancel()
            self._context.lock_monitor.unwatch(self)
            if self._age_timer is not None:
                self._age_timer.cancel()
                self._age_timer = None

    def _on_slow_answer(self) -> None:
        """Have the lock monitor preempt blockers, and cancel the statement at the age limit.

        ANALYZE has no limit (facts §5.4).
        """
        self._context.lock_monitor.watch(self)
        if self._running is StatementKind.MAINTENANCE:
            return
        transaction = self.transaction
        if not transaction.is_block:
            transaction.begun_at_s = time.monotonic()
            transaction.age_limit_s = self._context.conditions().transaction_limit_s
        rest_s = transaction.begun_at_s + transaction.age_limit_s - time.monotonic()
        loop = asyncio.get_running_loop()
        self._age_timer = loop.call_later(max(rest_s, 0.0) + _OVER_AGE_S, self._cancel_aged)

    def _cancel_aged(self) -> None:
        """Cancel the running statement: its transaction is too old."""
        self._upstream.overdue = self.transaction.age_refusal(time.monotonic())
        self._cancelling = asyncio.get_running_loop().create_task(self._upstream.backend.cancel())

    # --- transaction control ---------------------------------------------------------------------

    async def _control(self, request: Request, verdict: GateVerdict) -> bool:
        if verdict.command in COMMITS:
            return await self._commit(request)
        succeeded = await self._forward(request)
        if not succeeded:
            return False
        if verdict.command in ENDS:
            self._end_transaction()
        elif self.transaction.is_implied:
            self.transaction.is_implied = False  # the client has begun the block itself
        elif not self.transaction.is_block:
            self._begin_block(is_implied=False)
        return True

    def _end_transaction(self) -> None:
        """Start a new transaction state after the end of one."""
        self._upstream.overdue = None
        self._upstream.origins.clear()
        self.transaction.preempted.clear()  # or states would form a chain that is never freed
        self.transaction = TransactionState(time.monotonic())

    def _begin_block(self, *, is_implied: bool) -> None:
        limit_s = self._context.conditions().transaction_limit_s
        self.transaction = TransactionState(
            time.monotonic(),
            limit_s,
            is_block=True,
            is_implied=is_implied,
            schema_changes=self.schema.changes,
        )
        self._upstream.run_query(OPEN_BLOCK)

    async def _begin_implied(self) -> None:
        self._upstream.run_privately("BEGIN")
        self._begin_block(is_implied=True)
        await self.settle()

    async def _commit(self, request: Request) -> bool:
        transaction = self.transaction
        if not transaction.is_block or self.failed:
            succeeded = await self._forward(request)
            self._end_transaction()
            return succeeded
        conflict = await self._conflict_at_commit(transaction)
        if conflict is not None:
            if await self._answer_prelude(request):
                self._upstream.refuse(conflict)
                await self._roll_back()
            return False
        succeeded = await self._forward(request)
        if succeeded:
            await self._committed(transaction)
        self._end_transaction()
        return succeeded

    async def _end_implied(self, *, keep: bool) -> None:
        transaction = self.transaction
        refusal: ServerMessage | None = None
        if keep and not self.failed:
            refusal = await self._conflict_at_commit(transaction)
            if refusal is None:
                commit = self._upstream.run_privately("COMMIT")
                await self.settle()
                refusal = commit.error
                if refusal is None:
                    await self._committed(transaction)
                    self._end_transaction()
                    return
        if refusal is not None:
            self._upstream.refuse(refusal)
        await self._roll_back()

    async def _roll_back(self) -> None:
        self._upstream.run_privately("ROLLBACK")
        await self.settle()
        while self.status != b"I":  # a late cancel request has cancelled the ROLLBACK
            self._upstream.run_privately("ROLLBACK")
            await self.settle()
        self._end_transaction()

    async def _conflict_at_commit(self, transaction: TransactionState) -> ServerMessage | None:
        """Return the error for the COMMIT, `None` if PostgreSQL may try it."""
        cancelled: ServerMessage | None = None
        if transaction.is_preempted and transaction.conflict is None:
            cancelled = await self._replayer.restore(transaction)
        conflict = cancelled or transaction.conflict
        if conflict is None and not transaction.is_implied:
            conflict = transaction.age_refusal(time.monotonic())
        return conflict or await self._commit_conditions(transaction)

    async def _commit_conditions(self, transaction: TransactionState) -> ServerMessage | None:
        """Delay or refuse a writing commit, as the server's conditions say."""
        if not transaction.has_written:
            return None
        conditions = self._context.conditions()
        chance = random.random()  # noqa: S311 - not a secret
        if chance < conditions.commit_conflicts:
            return CONFLICT
        delay_s = conditions.latency_s.get(self._context.region, 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
        return None

    async def _committed(self, transaction: TransactionState) -> None:
        if transaction.has_dml:
            self._context.rows_changed()
        if not transaction.has_ddl:
            for preempted in transaction.preempted:
                preempted.is_doomed = True
            return
        self.schema.end_change()
        strictly = self._context.conditions().strict_schema
        await self._context.lock_monitor.schema_changed(
            transaction, transaction.schema_relations, strictly=strictly
        )
        self._context.job_submitted()


def _record_for_replay(own: DueAnswer, verdict: GateVerdict) -> None:
    """Record the parts of the statement's answer that a replay needs."""
    own.keeps_error = True
    if verdict.kind is StatementKind.QUERY:
        own.held_back = []  # it may fail after its first rows
    if verdict.kind is not StatementKind.DDL and not verdict.is_explain:
        own.digest = new_digest()
