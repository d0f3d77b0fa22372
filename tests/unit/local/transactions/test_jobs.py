"""The worker of a database's jobs, when the database is dropped while the worker runs."""

from __future__ import annotations

import asyncio

import pytest

from dsql_tui.local.faults import Conditions
from dsql_tui.local.protocol import answers
from dsql_tui.local.protocol.backend import Backend, BackendRefused
from dsql_tui.local.transactions.jobs import JobWorker
from dsql_tui.local.transactions.lock_monitor import LockMonitor


async def unhandled(sqlstate: str) -> list[object]:
    """Return the unhandled errors of a worker whose database refuses connections."""

    async def refuse() -> Backend:
        raise BackendRefused(answers.fatal(sqlstate, "terminating connection"))

    forwarded: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: forwarded.append(told))
    worker = JobWorker(LockMonitor(refuse), refuse, Conditions)
    worker.wake()
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
    return forwarded


@pytest.mark.parametrize(("sqlstate", "count"), [("57P01", 0), ("57P03", 0), ("42883", 1)])
def test_a_database_that_goes_down_is_no_fault_and_anything_else_is(
    sqlstate: str, count: int
) -> None:
    assert len(asyncio.run(unhandled(sqlstate))) == count
