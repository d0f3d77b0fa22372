"""Asynchronous jobs of one database: building indexes, validating constraints.

A statement only submits its job; a worker of ours does the work after the commit, with the arena
clearing the way, and other sessions learn of the new schema by OC001.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from dsql_tui.errors import LocalError
from dsql_tui.local.arena import Arena, SystemConnection
from dsql_tui.local.backend import Backend, BackendLost, BackendRefused, literal
from dsql_tui.local.conditions import Conditions
from dsql_tui.local.transaction import Transaction

_CLAIM = "SELECT job_id, statement, relation FROM pg_dsql.claim_job()"
_FAILURES = {"23505": "Found duplicate key while validating index for UCVs"}
"""What DSQL writes into `details` (user guide, working-with-create-index-async), by SQLSTATE."""


class Worker:
    """Does a database's jobs one after another; a contender in its arena while it works.

    Args:
        arena: Clears the way.
        system: Opens a connection of ours to the database.
        conditions: Returns how the server behaves now.
    """

    def __init__(
        self, arena: Arena, system: SystemConnection, conditions: Callable[[], Conditions]
    ) -> None:
        self.transaction = Transaction(time.monotonic())
        self.runs_ddl = True
        self.process = 0
        self._arena = arena
        self._system = system
        self._conditions = conditions
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._resumed = False

    def rob(self) -> bool:
        """Jobs are never idle."""
        return False

    def wake(self) -> None:
        """Look for jobs, now or after the present one."""
        self._again = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        """Stop; what is unfinished is taken up by the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        backend: Backend | None = None
        try:
            backend = await self._system()
            self.process = backend.key.pid
            self._arena.enter(self)
            if not self._resumed:
                await backend.query("CALL pg_dsql.resume_jobs()")
                self._resumed = True
            while self._again:
                self._again = False
                while rows := await backend.query(_CLAIM):
                    job_id, statement, relation = (cell or "" for cell in rows[0])
                    await self._do(backend, job_id, statement, relation)
        except (BackendLost, LocalError, OSError):
            return  # the database has gone down; jobs are taken up when it is used again
        finally:
            self._task = None
            self._arena.leave(self)
            if backend is not None:
                backend.close()

    async def _do(self, backend: Backend, job_id: str, statement: str, relation: str) -> None:
        began_s = time.monotonic()
        self._arena.watch(self)
        failure = ""
        try:
            await backend.query(statement)
        except BackendRefused as refused:
            failure = _FAILURES.get(refused.answer.sqlstate, refused.answer.message)
        finally:
            self._arena.unwatch(self)
        rest_s = self._conditions().job_time_s - (time.monotonic() - began_s)
        if rest_s > 0:
            await asyncio.sleep(rest_s)
        await backend.query(f"CALL pg_dsql.end_job({literal(job_id)}, {literal(failure)})")
        if not failure:
            strictly = self._conditions().strict_schema
            await self._arena.schema_changed(self.transaction, [relation], strictly=strictly)
