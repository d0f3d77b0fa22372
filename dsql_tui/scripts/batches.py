"""Runs one large change in batches, planned by `sql/dsql/batch_plan.py`.

Each batch is committed by itself and can be lost against another transaction and run again: its
range of keys is fixed before, so that never changes a row twice by itself. Stopping between two
batches, or losing the session, leaves a key to go on behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event

from dsql_tui.errors import SessionLost, StatementError
from dsql_tui.pg.retry import RetryPolicy
from dsql_tui.pg.session import Session
from dsql_tui.scripts.events import BatchEnded, LongRunEnded, RunEvent
from dsql_tui.scripts.transaction import UNATTENDED, TransactionOutcome, TransactionRunner
from dsql_tui.sql.dsql.batch_plan import BatchPlan, Key
from dsql_tui.sql.dsql.explain import read_plan


def run_batches(
    connect: Callable[[], Session],
    plan: BatchPlan,
    *,
    after: Key | None = None,
    retry: RetryPolicy = UNATTENDED,
    pause: Event | None = None,
    stop: Event | None = None,
) -> Iterator[RunEvent]:
    """Run batch after batch and yield the progress.

    Args:
        connect: Opens a session.
        plan: How the statement was cut.
        after: Begin after this key; `None` for the first row.
        retry: How conflicts are retried.
        pause: While it is set nothing is sent; the consumer clears it to go on.
        stop: Set it to stop after the current batch.

    Raises:
        StatementError: A batch was refused; those before it stay.
        SessionLost: The outcome of a batch may be unknown.
        ConnectError: No session could be opened.
    """
    halt = stop or Event()
    transactions = TransactionRunner(connect, (), retry, halt)
    started = time.monotonic()
    number = rows = 0
    is_complete = False
    with closing(transactions):
        expected = _expected(transactions.session, plan, after)
        while not is_complete and not halt.is_set():
            if pause is not None and pause.is_set():
                halt.wait(0.1)
                continue
            boundary = transactions.session.fetch(plan.boundary(after))
            upto = tuple(value or "" for value in boundary[0]) if boundary else None
            try:
                for event in transactions.run((plan.batch(after, upto),), together=False):
                    if isinstance(event, TransactionOutcome):
                        rows += event.rows
                    else:
                        yield event
            except SessionLost as lost:
                raise _unknown(lost, after, upto) from None
            number += 1
            yield BatchEnded(number, rows, upto, time.monotonic() - started, expected)
            after, is_complete = upto, upto is None
    yield LongRunEnded(is_complete, rows, time.monotonic() - started)


def _expected(session: Session, plan: BatchPlan, after: Key | None) -> int:
    """Return how many rows the planner expects, 0 where it does not say."""
    try:
        lines = session.fetch(plan.estimate(after))
    except StatementError:  # the batches are run without a guess
        return 0
    root = read_plan(line or "" for (line,) in lines).root
    return root.estimate.rows if root is not None and root.estimate is not None else 0


def _unknown(lost: SessionLost, after: Key | None, upto: Key | None) -> SessionLost:
    """Return the error that names the keys whose outcome is unknown."""
    if not lost.outcome_unknown:
        return lost
    begin = f"after key {', '.join(after)}" if after else "from the first key"
    end = f"up to {', '.join(upto)}" if upto else "to the last"
    return SessionLost(
        f"{lost.message} The batch {begin} {end} may or may not have completed.",
        outcome_unknown=True,
        remedy="Check whether its rows were changed before you continue.",
    )
