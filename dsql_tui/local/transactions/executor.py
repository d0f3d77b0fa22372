"""Running one statement after another by DSQL's rules, over one PostgreSQL connection.

`perform` is the one way for every statement of either protocol: it asks the transaction's rules,
restores what was robbed, runs the statement, and turns PostgreSQL's lock conflicts into DSQL's
conflicts at COMMIT.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from dsql_tui.local.explain.plan_context import Telling, changed_indexes, learnt
from dsql_tui.local.explain.plans import relations, retold
from dsql_tui.local.gate.catalogs import unqualified
from dsql_tui.local.gate.verdicts import Verdict
from dsql_tui.local.protocol import wire
from dsql_tui.local.protocol.pending import Due
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.lock_monitor import PATIENCE_S, asking_for
from dsql_tui.local.transactions.replay import OPEN_BLOCK, Repeater, new_digest
from dsql_tui.local.transactions.request import Request
from dsql_tui.local.transactions.rescue import Rescuer, is_said_otherwise
from dsql_tui.local.transactions.schema_view import SchemaView
from dsql_tui.local.transactions.session_context import Setting
from dsql_tui.local.transactions.timer import Patience
from dsql_tui.local.transactions.transaction import (
    COMMITS,
    CONFLICT,
    ENDS,
    SCHEMA_CHANGED,
    Transaction,
    needs_repetition,
)
from dsql_tui.local.transactions.upstream import CopyIn, Upstream
from dsql_tui.sql.statements.classify import StatementKind

_OVER_AGE_S = 0.01
"""How much later than allowed a statement is stopped, so that its age exceeds the limit."""


class Executor:
    """Runs a session's statements; a contender in its database's arena.

    Args:
        upstream: The session's connection.
        setting: What it shares with other sessions.
        copy_in: Passes the client's copy data on.

    Attributes:
        transaction: What it is in the middle of.
        busy: Whether the client's work is being done: nobody may rob it then.
        schema: What the session knows of the schema changes of others.
    """

    def __init__(self, upstream: Upstream, setting: Setting, copy_in: CopyIn) -> None:
        self.transaction = Transaction(time.monotonic())
        self.busy = True
        self.schema = SchemaView(setting.arena)
        self._running: StatementKind | None = None
        self._waits_for_job = False
        self._upstream = upstream
        self._setting = setting
        self._copy_in = copy_in
        self._repeater = Repeater(upstream, self.settle)
        self._rescuer = Rescuer(upstream, self._repeater, self.settle)
        self._patience = Patience(PATIENCE_S, self._look)
        self._ageing: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None

    # --- what others see of it -------------------------------------------------------------------

    @property
    def process(self) -> int:
        """Its PostgreSQL process."""
        return self._upstream.backend.key.pid

    @property
    def runs_ddl(self) -> bool:
        """Whether what it is running, or running again, changes the schema."""
        running = self._running is StatementKind.DDL
        return running or (self.transaction.robbed and self.transaction.has_ddl)

    @property
    def status(self) -> bytes:
        """Transaction status for the client's ReadyForQuery."""
        return self._upstream.status

    @property
    def failed(self) -> bool:
        """Whether the transaction block has failed and waits for its end."""
        return self._upstream.status == b"E"

    def outdate(self) -> None:
        """Have the client hear OC001 once: its block fails, or else its next statement."""
        if self.transaction.is_block and self.transaction.has_run:
            self.transaction.schema_changed = True
        else:
            self.schema.is_outdated = True

    def rob(self, _for_ddl: bool, /) -> bool:
        """Take the transaction's locks away if it is idle and can bear it.

        One that waits for a job gives way by itself, and is called again.
        """
        transaction = self.transaction
        if self.busy:
            return self._waits_for_job
        if not transaction.is_block or not transaction.robbable or self.failed:
            return False
        if not transaction.robbed:
            self._repeater.rob(transaction)
        return True

    # --- statements ------------------------------------------------------------------------------

    async def perform_all(self, requests: Sequence[Request]) -> None:
        """Run the statements of one message: they are one transaction unless they say BEGIN."""
        done = True
        for request in requests:
            verdict = request.verdict
            controls = verdict is not None and verdict.kind is StatementKind.TRANSACTION
            if not self.transaction.is_block and not controls:
                await self._begin_implied()
            done = await self.perform(request)
            if not done:
                break
        if self.transaction.is_implied:
            await self._end_implied(keep=done)

    async def perform(self, request: Request) -> bool:
        """Run one statement; whether it ended well."""
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
        """Answer for PostgreSQL, and fail in PostgreSQL what has failed in DSQL.

        Args:
            answer: The error.
            simply: Whether a Query is answered; otherwise the client's Sync is still to come.
        """
        self._upstream.refuse(answer)
        if not simply:
            self._upstream.poison()
        elif self.transaction.is_block or self._upstream.in_batch:
            self._upstream.poison()
            self._upstream.sync()
            await self.settle()

    async def end_batch(self, *, kept: bool) -> None:
        """Note that the client has ended a message or batch: what is no block is over.

        Args:
            kept: All of it ended well, so PostgreSQL has committed what is no block.
        """
        transaction = self.transaction
        if transaction.is_block:
            return
        if kept and transaction.has_written:
            await self._committed(transaction)
        self._over()

    async def _run(self, request: Request, verdict: Verdict) -> bool:
        transaction = self.transaction
        refusal = await self._obstacle(request, verdict)
        if refusal is not None:
            await self._refuse_instead(request, refusal)
            return False
        repeatable = transaction.is_block and needs_repetition(verdict)
        if repeatable:
            _make_repeatable(request.own, verdict)
        self._running = verdict.kind
        # There is no other procedure to call.
        self._waits_for_job = verdict.kind is StatementKind.CALL and transaction.is_block
        if verdict.is_explain or self._waits_for_job:
            request.keep_rows()
        if self._waits_for_job:  # what it gives away while it waits, the job may change
            transaction.touched |= await self._setting.arena.touched(self.process)
        done = await self._answered(request)
        self._running, self._waits_for_job = None, False
        if done:
            await self._ran(request, verdict, repeatable=repeatable)
        return done

    async def _obstacle(self, request: Request, verdict: Verdict) -> ServerMessage | None:
        """Restore, ask and copy what a statement needs; return why it cannot run, or `None`."""
        transaction = self.transaction
        cancelled = await self._repeater.restore(transaction) if transaction.robbed else None
        if cancelled is not None:
            return cancelled
        transaction.admit(verdict)
        if verdict.kind is StatementKind.DDL:
            self.schema.begin_change()
            transaction.schema_relations = await self._relations(request, verdict)
        if transaction.lost:
            await self._repeater.show(transaction, verdict.targets)
        if self.failed:  # the client has cancelled what we have asked
            return self._upstream.unheard
        if verdict.is_write and not transaction.is_block:
            return await self._commit_conditions(transaction)
        return None

    async def _answered(self, request: Request) -> bool:
        """Have PostgreSQL answer a statement, and save what DSQL would not fail."""
        transaction = self.transaction
        if transaction.lost and is_said_otherwise(request, transaction):
            if not await self._answer_prelude(request):
                return False
            return await self._rescuer.run_again(transaction, request)
        if await self._forward(request):
            return not self._waits_for_job or await self._rescuer.wait(transaction, request)
        error = request.own.error
        if error is None or request.own.told:
            return False
        return await self._rescuer.rescue(transaction, request, error)

    async def _ran(self, request: Request, verdict: Verdict, *, repeatable: bool) -> None:
        transaction = self.transaction
        if verdict.is_explain:
            await self._tell_plan(request, verdict)
        elif request.own.rows is not None:
            self._upstream.tell(b"".join(request.own.rows))
            self._upstream.tell(wire.command_complete(request.own.command))
        if transaction.is_block:
            self._note(request, verdict, repeatable=repeatable)

    def _note(self, request: Request, verdict: Verdict, *, repeatable: bool) -> None:
        """Note what a robbery of the block would undo."""
        transaction = self.transaction
        if request.own.suspended:
            if verdict.is_write:
                transaction.robbable = False  # it has run to its end, its rows are half told
            else:
                transaction.opened(request.opened(verdict))
        elif transaction.ran_out(request.portal, request.bound, repeatable=repeatable):
            return
        elif repeatable:
            transaction.log.append(request.entry(verdict))

    async def _relations(self, request: Request, verdict: Verdict) -> frozenset[int]:
        """Return the numbers of the relations that DDL is going to change."""
        asked = asking_for(verdict)
        if not asked:
            return frozenset()
        apart = not (request.is_simple or request.synced)  # asking would end the client's batch
        rows = await (self._setting.arena.ask_apart(asked) if apart else self._repeater.ask(asked))
        return frozenset(int(number) for (number,) in rows if number is not None)

    async def _tell_plan(self, request: Request, verdict: Verdict) -> None:
        """Let the client hear a plan in DSQL's words."""
        own = request.own
        lines = [cells[0] or "" for cells in wire.rows_of(b"".join(own.rows or ()))]
        telling = Telling(verdict.is_verbose, verdict.costs_dpu, self._setting.is_multi_region)
        if request.is_simple or request.synced:  # otherwise asking would end the client's batch
            scanned = relations(lines)
            ask = self._repeater.ask
            telling = await learnt(telling, ask, scanned, writes=verdict.is_write)
            if verdict.is_write:
                changed = await changed_indexes(ask, verdict.statement, verdict.targets)
                telling = replace(telling, changed_indexes=changed)
        for line in retold(lines, verdict.statement, telling):
            self._upstream.tell(wire.data_row([unqualified(line)]))
        self._upstream.tell(wire.command_complete(own.command))

    async def _forward(self, request: Request) -> bool:
        """Send a statement as it is and pass on its answer; whether that was no error."""
        frames, due = request.prelude + request.frames, [*request.before, request.own]
        sync = Due.of_sync(heard=True)
        if request.synced:
            frames += wire.SYNC
            due.append(sync)
        self._upstream.send(frames, due)
        request.sent = True
        await self.settle()
        return request.own.error is None and sync.error is None

    async def _answer_prelude(self, request: Request) -> bool:
        """Let PostgreSQL answer what the client has sent before the statement; whether it could."""
        if request.before:
            self._upstream.send(request.prelude, request.before)
            await self.settle()
        return not self._upstream.skipping

    async def _refuse_instead(self, request: Request, answer: ServerMessage) -> None:
        """Refuse a statement, after the answers to its Parse and Bind.

        Where those fail, the refusal is their error: as a Query would hear it. In a transaction
        that has failed itself they would all fail.
        """
        for due in request.before:
            due.instead = answer
        if self.failed or await self._answer_prelude(request):
            await self.refuse(answer, simply=request.is_simple)

    async def settle(self) -> None:
        """Wait for what is due; when that takes long, let the arena look who is in the way."""
        self._patience.begin()
        try:
            await self._upstream.settle(self._copy_in)
        finally:
            self._patience.end()
            self._setting.arena.unwatch(self)
            if self._ageing is not None:
                self._ageing.cancel()
                self._ageing = None

    def _look(self) -> None:
        """Have the arena look who is in the way, and the statement end when its time is up.

        ANALYZE takes the time it needs (facts §5.4).
        """
        self._setting.arena.watch(self)
        if self._running is StatementKind.MAINTENANCE:
            return
        transaction = self.transaction
        if not transaction.is_block:
            transaction.begun_at_s = time.monotonic()
            transaction.age_limit_s = self._setting.conditions().transaction_limit_s
        rest_s = transaction.begun_at_s + transaction.age_limit_s - time.monotonic()
        loop = asyncio.get_running_loop()
        self._ageing = loop.call_later(max(rest_s, 0.0) + _OVER_AGE_S, self._age)

    def _age(self) -> None:
        """Stop what is running: its transaction is too old."""
        self._upstream.overdue = self.transaction.aged(time.monotonic())
        self._stopping = asyncio.get_running_loop().create_task(self._upstream.backend.cancel())

    # --- transaction control ---------------------------------------------------------------------

    async def _control(self, request: Request, verdict: Verdict) -> bool:
        if verdict.command in COMMITS:
            return await self._commit(request)
        done = await self._forward(request)
        if not done:
            return False
        if verdict.command in ENDS:
            self._over()
        elif self.transaction.is_implied:
            self.transaction.is_implied = False  # from here on the client's own
        elif not self.transaction.is_block:
            self._begin_block(is_implied=False)
        return True

    def _over(self) -> None:
        """Note that the transaction has ended."""
        self._upstream.overdue = None
        self.transaction.victims.clear()  # they know theirs: a chain would never end
        self.transaction = Transaction(time.monotonic())

    def _begin_block(self, *, is_implied: bool) -> None:
        limit_s = self._setting.conditions().transaction_limit_s
        self.transaction = Transaction(
            time.monotonic(), limit_s, is_block=True, is_implied=is_implied
        )
        self._upstream.aside(OPEN_BLOCK)

    async def _begin_implied(self) -> None:
        self._upstream.privately("BEGIN")
        self._begin_block(is_implied=True)
        await self.settle()

    async def _commit(self, request: Request) -> bool:
        transaction = self.transaction
        if not transaction.is_block or self.failed:
            done = await self._forward(request)
            self._over()
            return done
        conflict = await self._conflict_at_commit(transaction)
        if conflict is not None:
            if await self._answer_prelude(request):
                self._upstream.refuse(conflict)
                await self._roll_back()
            return False
        done = await self._forward(request)
        if done:
            await self._committed(transaction)
        self._over()
        return done

    async def _end_implied(self, *, keep: bool) -> None:
        transaction = self.transaction
        refusal: ServerMessage | None = None
        if keep and not self.failed:
            refusal = await self._conflict_at_commit(transaction)
            if refusal is None:
                commit = self._upstream.privately("COMMIT")
                await self.settle()
                refusal = commit.error
                if refusal is None:
                    await self._committed(transaction)
                    self._over()
                    return
        if refusal is not None:
            self._upstream.refuse(refusal)
        await self._roll_back()

    async def _roll_back(self) -> None:
        self._upstream.privately("ROLLBACK")
        await self.settle()
        while self.status != b"I":  # a late cancel request has hit it
            self._upstream.privately("ROLLBACK")
            await self.settle()
        self._over()

    async def _conflict_at_commit(self, transaction: Transaction) -> ServerMessage | None:
        """Return why the transaction cannot be committed, `None` when PostgreSQL may try."""
        cancelled: ServerMessage | None = None
        if transaction.robbed and transaction.conflict is None:
            cancelled = await self._repeater.restore(transaction)
        conflict = cancelled or transaction.conflict
        if conflict is None and not transaction.is_implied:
            conflict = transaction.aged(time.monotonic())
        return conflict or await self._commit_conditions(transaction)

    async def _commit_conditions(self, transaction: Transaction) -> ServerMessage | None:
        """Delay or refuse a writing commit, as the server's conditions have it."""
        if not transaction.has_written:
            return None
        conditions = self._setting.conditions()
        chance = random.random()  # noqa: S311 - not a secret
        if chance < conditions.commit_conflicts:
            return CONFLICT
        delay_s = conditions.latency_s.get(self._setting.region, 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)
        return None

    async def _committed(self, transaction: Transaction) -> None:
        if transaction.has_dml:
            self._setting.rows_changed()
        if not transaction.has_ddl:
            for victim in transaction.victims:
                victim.lost = True
            return
        self.schema.end_change()
        strictly = self._setting.conditions().strict_schema
        await self._setting.arena.schema_changed(
            transaction, transaction.schema_relations, strictly=strictly
        )
        self._setting.job_submitted()


def _make_repeatable(own: Due, verdict: Verdict) -> None:
    """Have a statement's answer kept as far as running it again needs it."""
    own.hold_error = True
    if verdict.kind is StatementKind.QUERY:
        own.held = []  # it may fail behind its first rows
    if verdict.kind is not StatementKind.DDL and not verdict.is_explain:
        own.digest = new_digest()
