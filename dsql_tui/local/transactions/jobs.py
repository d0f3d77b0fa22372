"""Asynchronous jobs of one database: building indexes, validating constraints, analysing tables.

A statement only submits its job; the database's worker runs it after the commit. The lock monitor
preempts transactions that block the job, and other sessions are informed of the new schema by
OC001. Tables with many changed rows are analysed automatically.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress

from dsql_tui.errors import LocalError
from dsql_tui.local.faults import Conditions
from dsql_tui.local.gate.refusals import dsql_error
from dsql_tui.local.protocol.backend import Backend, BackendLost, BackendRefused, literal
from dsql_tui.local.protocol.wire import ServerMessage
from dsql_tui.local.transactions.lock_monitor import LockMonitor, SystemConnection
from dsql_tui.local.transactions.transaction import TransactionState
from dsql_tui.local.transactions.upstream import CANCELED

_CLAIM = "SELECT job_id, relation, age_s FROM pg_dsql.claim_job()"
_UNAVAILABLE = ("57P", "53")
"""Prefixes of the SQLSTATEs for a connection that is lost or temporarily refused."""
_UNIQUE = "23505"
_GONE = "Skipped job for nonexistent table."
_DUPLICATE = "found duplicate key(s) while validating index uniqueness"
"""DSQL's text in the column `details` (two live logs, 2026; the user guide has an older text)."""
_RELATION = re.compile(r' of relation ".*"(?= is violated by some row$)')


class JobWorker:
    """Runs a database's jobs in sequence; a lock holder while it works.

    Args:
        lock_monitor: Preempts transactions that block a job.
        system: Opens a superuser connection to the database.
        conditions: Returns the current conditions of the server.
    """

    def __init__(
        self,
        lock_monitor: LockMonitor,
        system: SystemConnection,
        conditions: Callable[[], Conditions],
    ) -> None:
        self.transaction = TransactionState(time.monotonic())
        self.runs_ddl = True
        self.process = 0
        self._lock_monitor = lock_monitor
        self._system = system
        self._conditions = conditions
        self._task: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._building: Backend | None = None
        self._again = False
        self._resumed = False
        self._look: asyncio.TimerHandle | None = None
        self._analyses_due = False

    def preempt(self, for_ddl: bool, /) -> bool:
        """Stop for DDL, which may drop the index being built; other statements wait for the job."""
        if not for_ddl or self._building is None or self._stopping is not None:
            return False
        self._stopping = asyncio.get_running_loop().create_task(self._building.cancel())
        return True

    def notify_schema_change(self) -> None:
        """Ignore a schema change: each job reads the schema when it starts."""

    def rows_changed(self) -> None:
        """Schedule a check for tables that need ANALYZE."""
        delay_s = self._conditions().auto_analyze_s
        if self._look is None and delay_s:
            self._look = asyncio.get_running_loop().call_later(delay_s, self._look_for_changes)

    def _look_for_changes(self) -> None:
        self._look, self._analyses_due = None, True
        self.wake()

    def wake(self) -> None:
        """Check for submitted jobs, now or after the current job."""
        self._again = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        """Stop; unfinished jobs are resumed at the next start."""
        if self._look is not None:
            self._look.cancel()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        backend: Backend | None = None
        try:
            backend = await self._system()
            self.process = backend.key.pid
            self._lock_monitor.enter(self)
            if not self._resumed:
                await backend.query("CALL pg_dsql.resume_jobs()")
                self._resumed = True
            while self._again:
                self._again = False
                if self._analyses_due:
                    self._analyses_due = False
                    await backend.query("CALL pg_dsql.submit_analyses()")
                while rows := await backend.query(_CLAIM):
                    job_id, relation, age_s = (cell or "" for cell in rows[0])
                    await self._run_job(backend, job_id, relation, float(age_s))
        except (BackendLost, LocalError, OSError):
            return  # the database is down; its jobs are resumed at its next session
        except BackendRefused as refused:
            if not refused.answer.sqlstate.startswith(_UNAVAILABLE):
                raise
        finally:
            self._task = None
            self._lock_monitor.leave(self)
            if backend is not None:
                backend.close()

    async def _run_job(self, backend: Backend, job_id: str, relation: str, age_s: float) -> None:
        rest_s = self._conditions().job_time_s - age_s
        if rest_s > 0:
            await asyncio.sleep(rest_s)
        failure = await self._failure(backend, f"pg_dsql.job_statement({literal(job_id)})")
        if failure == _DUPLICATE:
            enforces = str(self._conditions().failed_unique_enforces).lower()
            await self._failure(backend, f"pg_dsql.failed_unique({literal(job_id)}, {enforces})")
        await backend.query(f"CALL pg_dsql.end_job({literal(job_id)}, {literal(failure)})")
        await backend.query("CALL pg_dsql.publish_outcomes()")
        if relation and not failure:
            strictly = self._conditions().strict_schema
            await self._lock_monitor.schema_changed(
                self.transaction, [int(relation)], strictly=strictly
            )
        self.transaction.preempted.clear()

    async def _failure(self, backend: Backend, source: str) -> str:
        """Run a job's statements; return the error, or an empty string.

        A statement that DDL has interrupted is run again.

        Args:
            backend: The connection to run it on.
            source: Call of an SQL function that returns the next statement, an empty string at the
                end of the job, or NULL if the object was dropped.
        """
        refused: ServerMessage | None = None
        while True:
            ((statement,),) = await backend.query(f"SELECT {source}")
            if statement is None:
                return _GONE
            if refused is not None and refused.sqlstate != CANCELED:
                return _job_error(refused)
            refused = await self._refusal(backend, statement) if statement else None
            # User-defined functions may have run and changed settings.
            await backend.query("DISCARD ALL")
            if refused is None:
                return ""

    async def _refusal(self, backend: Backend, statement: str) -> ServerMessage | None:
        self._lock_monitor.watch(self)
        self._building = backend
        try:
            await backend.query(statement)
        except BackendRefused as refused:
            return refused.answer
        finally:
            self._building = None
            self._lock_monitor.unwatch(self)
            if self._stopping is not None:
                await self._stopping
                self._stopping = None
        return None


def _job_error(failure: ServerMessage) -> str:
    """Return the error of a failed job as DSQL reports it."""
    if failure.sqlstate == _UNIQUE:
        return _DUPLICATE
    known = dsql_error(failure.sqlstate, failure.message)
    return known.message if known else _RELATION.sub("", failure.message)
