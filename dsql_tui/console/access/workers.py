"""Functions that the roles screen runs in worker threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

from textual.message import Message

from dsql_tui.console.access.messages import (
    AccessArrived,
    AccessFailed,
    ChangeEnded,
    ChangesEnded,
    ChangeStarted,
    DifferenceArrived,
)
from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import OpenSession
from dsql_tui.errors import DsqlTuiError, SessionLost, StatementError
from dsql_tui.history import HistoryEntry
from dsql_tui.model.access.differences import differences
from dsql_tui.model.access.snapshot import AccessSnapshot
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying

Post = Callable[[Message], object]


def read_access(pair: SessionPair, post: Post) -> None:
    """Post the cluster's roles and grants, or why they cannot be read."""
    try:
        with pair.catalog() as session:
            snapshot = pair.services.read_access(session)
    except DsqlTuiError as error:
        post(AccessFailed(error))
    else:
        post(AccessArrived(snapshot))


def run_changes(pair: SessionPair, statements: Sequence[str], post: Post) -> None:
    """Run statements, each in its own transaction; stop at the first error.

    They run on the catalog session: the person's session may be in a transaction.
    """
    for number, statement in enumerate(statements):
        post(ChangeStarted(number))
        began, started_at = time.monotonic(), pair.services.now()
        refused: DsqlTuiError | None = None
        try:
            with pair.catalog() as session:
                _run(session, statement)
        except DsqlTuiError as error:
            refused = error
        elapsed_ms = (time.monotonic() - began) * 1_000
        if refused is None or isinstance(refused, StatementError | SessionLost):
            pair.services.remember(_for_history(pair, statement, started_at, elapsed_ms, refused))
        post(ChangeEnded(number, refused))
        if refused is not None:
            break
    post(ChangesEnded())


def _for_history(
    pair: SessionPair,
    statement: str,
    started_at: datetime,
    elapsed_ms: float,
    refused: DsqlTuiError | None,
) -> HistoryEntry:
    """Return a change as an entry of the history."""
    return HistoryEntry(
        statement,
        started_at,
        cluster=pair.endpoint.cluster_name,
        region=pair.endpoint.region,
        role=pair.endpoint.role,
        duration_ms=None if isinstance(refused, SessionLost) else elapsed_ms,
        sqlstate=refused.sqlstate if isinstance(refused, StatementError) else "",
    )


def _run(session: OpenSession, statement: str) -> None:
    retrying(partial(_drain, session, statement), Retries(RetryPolicy()))


def _drain(session: OpenSession, statement: str) -> None:
    for _event in session.run(statement):
        pass


def compare_access(pair: SessionPair, here: AccessSnapshot, other: str, post: Post) -> None:
    """Read another cluster's roles and grants as the same role, and post the differences."""
    services = pair.services
    try:
        cluster = services.find_cluster(other)
        endpoint = cluster.endpoint(services.profile, pair.endpoint.role)
        token = services.generate_token(endpoint)
        with closing(services.open_session(endpoint, token)) as session:
            there = services.read_access(session)
    except DsqlTuiError as error:
        post(AccessFailed(error))
    else:
        post(DifferenceArrived(cluster.name, differences(here, there)))
