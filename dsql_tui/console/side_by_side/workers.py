"""Functions that run a statement on two sessions in worker threads.

Each side has its own session, with the parameters of the person's session: that session's
transaction is not affected, both sides start alike, and the server enforces read-only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

from textual.message import Message

from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import OpenSession, Services
from dsql_tui.console.side_by_side.messages import DifferenceFound, SideAnswered
from dsql_tui.console.side_by_side.sides import (
    ROWS_MAX,
    AnswerDifference,
    ComparedSide,
    SideAnswer,
    key_columns,
    matched_by,
    without_rows,
)
from dsql_tui.errors import DsqlTuiError, InputError, StatementCancelled
from dsql_tui.model.endpoint import Endpoint, Settings
from dsql_tui.model.result import Completed, Described, RowChunk
from dsql_tui.model.span import count
from dsql_tui.results.compare import Comparison, compare
from dsql_tui.results.store import ResultStore
from dsql_tui.results.work import Work

Post = Callable[[Message], object]
READ_ONLY = "BEGIN READ ONLY"


class Openings:
    """Opens the sessions of both sides and closes open ones, from any thread.

    Args:
        services: How clusters are found and sessions opened.
        endpoint: Of the person's session.
        settings: The parameters SET in it.
    """

    def __init__(self, services: Services, endpoint: Endpoint, settings: Settings) -> None:
        self._services, self._endpoint, self._settings = services, endpoint, settings
        self._left = Event()
        self.pairs: list[SessionPair] = []

    def pair(self, side: ComparedSide) -> SessionPair:
        """Return a session for this side that is not open yet.

        Raises:
            AwsError: Its cluster cannot be found, or there is no such profile.
        """
        services = self._services
        if side.profile:
            services = services.with_profile(side.profile, ())
        endpoint = replace(self._endpoint, role=side.role)
        if side.cluster:
            cluster = services.find_cluster(side.cluster)
            endpoint = cluster.endpoint(services.profile, side.role)
        pair = SessionPair(services, endpoint, self._settings)
        self.pairs.append(pair)
        if self._left.is_set():
            pair.close()
        return pair

    def close(self) -> None:
        """Close every session; one that is being opened closes when it is open."""
        self._left.set()
        for pair in self.pairs:
            pair.close()


def run_side(
    openings: Openings, side: ComparedSide, statement: str, run: int, number: int, post: Post
) -> None:
    """Run a statement on one side, post its result, and close the session."""
    pair = None
    try:
        pair = openings.pair(side)
        started = time.monotonic()
        session = pair.user()
        connect_ms = _since(started)
        answer = replace(read(session, statement), connect_ms=connect_ms)
    except DsqlTuiError as error:
        answer = SideAnswer(error=error)
    finally:
        if pair is not None:
            pair.close()
    post(SideAnswered(run, number, answer))


def read(session: OpenSession, statement: str) -> SideAnswer:
    """Run a statement in a read-only transaction and return its first `ROWS_MAX` rows."""
    started = time.monotonic()
    store: ResultStore | None = None
    completed: Completed | None = None
    is_partial = False
    try:
        for _ in session.run(READ_ONLY, outcome_matters=False):
            pass
        started = time.monotonic()
        for event in session.run(statement, outcome_matters=False):
            match event:
                case Described():
                    store = ResultStore(event.columns)
                case RowChunk() if store is not None and store.row_count < ROWS_MAX:
                    store.append(event)
                case RowChunk() if not is_partial:
                    is_partial = True
                    session.request_cancel()
                case Completed():
                    completed = event
    except StatementCancelled as error:
        if not is_partial:
            return SideAnswer(error=error, elapsed_ms=_since(started))
    except DsqlTuiError as error:
        return SideAnswer(error=error, elapsed_ms=_since(started))
    return SideAnswer(store, completed, elapsed_ms=_since(started), is_partial=is_partial)


def find_difference(
    answers: tuple[SideAnswer, SideAnswer], labels: tuple[str, str], run: int, post: Post
) -> None:
    """Post how two results differ."""
    first, second = answers
    if first.store is None or second.store is None:
        post(DifferenceFound(run, without_rows(first, second, labels)))
        return
    try:
        keys = key_columns(first.store, second.store)
        comparison = compare(first.store, second.store, keys, Work())
    except InputError as error:
        post(DifferenceFound(run, AnswerDifference(error.message)))
        return
    if comparison is not None:
        is_same = not (comparison.added or comparison.removed or comparison.changed)
        words = [_counted(comparison), matched_by(first.store, keys)]
        if first.is_partial or second.is_partial:
            words.append(f"only the first {ROWS_MAX:,} rows of each side")
        post(DifferenceFound(run, AnswerDifference(" · ".join(words), is_same, comparison)))


def _counted(comparison: Comparison) -> str:
    if comparison.added or comparison.removed or comparison.changed:
        return (
            f"{comparison.added:,} added · {comparison.removed:,} removed · "
            f"{comparison.changed:,} changed · {comparison.unchanged:,} unchanged"
        )
    return f"Both sides returned the same {count(comparison.unchanged, 'row')}"


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1_000
