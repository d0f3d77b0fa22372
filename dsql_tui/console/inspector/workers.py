"""Functions that the inspector and the following of references run in threads.

They read on the endpoint's catalog session, so a running statement or an open transaction of the
tab is not touched; what that transaction has not committed is not seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Timer
from typing import TypeVar

from dsql_tui.console.session.sessions import SessionPair
from dsql_tui.console.shared.services import OpenSession, RelationName
from dsql_tui.errors import SessionLost, StatementCancelled
from dsql_tui.model.catalog import CatalogSnapshot
from dsql_tui.model.inspection import InspectedFunction, Inspection
from dsql_tui.model.result import Column, Completed, Described, RowChunk, TransactionStatus
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.results.work import Work

T = TypeVar("T")
PAGE_BYTES_MAX = 16 * 1024 * 1024
"""A page ends early at this size, so that large values do not fill the memory."""
COUNT_S = 5.0
"""How long counting the rows of one table may take before it is cancelled."""


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows of one statement.

    Attributes:
        columns: Its columns.
        chunks: Its rows.
        row_count: How many rows they are.
        is_cut: It was ended at `PAGE_BYTES_MAX`; the server had further rows.
        first_row_ms: From sending to the first row; `None` without rows.
        elapsed_ms: From sending to the end.
    """

    columns: tuple[Column, ...]
    chunks: tuple[RowChunk, ...]
    row_count: int
    is_cut: bool
    first_row_ms: float | None
    elapsed_ms: float


def inspect_relation(pair: SessionPair, relation: RelationName) -> Inspection:
    """Return everything about a relation.

    Raises:
        DsqlTuiError: It does not exist or cannot be read.
    """
    return _reading(pair, lambda session: pair.services.inspect_relation(session, relation))


def read_definition(pair: SessionPair, name: tuple[str, str]) -> str:
    """Return the statements that define a relation.

    Raises:
        DsqlTuiError: They cannot be read.
    """
    return _reading(pair, lambda session: pair.services.relation_sql(session, name))


def inspect_functions(pair: SessionPair, name: tuple[str, str]) -> tuple[InspectedFunction, ...]:
    """Return the functions of a name.

    Raises:
        DsqlTuiError: There are none or they cannot be read.
    """
    return _reading(pair, lambda session: pair.services.inspect_functions(session, name))


def read_names(pair: SessionPair) -> CatalogSnapshot:
    """Return every name of the database.

    Raises:
        DsqlTuiError: They cannot be read.
    """
    return _reading(pair, pair.services.names)


def read_page(pair: SessionPair, statement: str, work: Work) -> RowPage | None:
    """Return the rows of a statement; `None` when cancelled.

    Raises:
        DsqlTuiError: It was refused, or the session was lost.
    """
    try:
        return _reading(pair, lambda session: _page(session, statement, work))
    except StatementCancelled:
        if work.cancelled:
            return None
        raise


def count_rows(pair: SessionPair, statement: str, work: Work) -> int | None:
    """Return the count that a statement answers; `None` when cancelled.

    Raises:
        DsqlTuiError: It was refused, or the session was lost.
    """
    page = read_page(pair, statement, work)
    return None if page is None else int(page.chunks[0].text(0, 0) or 0)


def count_within(
    pair: SessionPair, statement: str, work: Work, seconds: float = COUNT_S
) -> int | None:
    """Return the count that a statement answers; `None` if cancelled or after `seconds`.

    Raises:
        DsqlTuiError: It was refused, or the session was lost.
    """
    timer = Timer(seconds, work.cancel)
    timer.daemon = True
    timer.start()
    try:
        return count_rows(pair, statement, work)
    finally:
        timer.cancel()


def _reading(pair: SessionPair, read: Callable[[OpenSession], T]) -> T:
    """Read on the catalog session; after a schema change, again (OC001 reaches reads too)."""

    def once() -> T:
        with pair.catalog() as session:
            return read(session)

    return retrying(once, Retries(RetryPolicy()))


def _page(session: OpenSession, statement: str, work: Work) -> RowPage | None:
    sent_s = time.monotonic()
    columns: tuple[Column, ...] = ()
    chunks: list[RowChunk] = []
    size_bytes = 0
    first_row_ms: float | None = None
    is_cut = False
    if work.cancelled:
        return None
    events = session.run(statement, outcome_matters=False)
    with work.interruptible(partial(_interrupt, session)):
        for event in events:
            match event:
                case Described():
                    columns = event.columns
                case RowChunk():
                    chunks.append(event)
                    size_bytes += event.size_bytes
                    if size_bytes > PAGE_BYTES_MAX:
                        is_cut = True
                        break
                case Completed():
                    first_row_ms = event.first_row_ms
        events.close()
    if work.cancelled:
        return None
    rows = sum(chunk.row_count for chunk in chunks)
    elapsed_ms = (time.monotonic() - sent_s) * 1_000
    return RowPage(columns, tuple(chunks), rows, is_cut, first_row_ms, elapsed_ms)


def _interrupt(session: OpenSession) -> None:
    if session.transaction_status is TransactionStatus.ACTIVE:
        try:
            session.request_cancel()
        except SessionLost:
            session.close()


def values_of(page: RowPage, row: int, columns: Sequence[int]) -> tuple[str | None, ...]:
    """Return cells of a page's row as text; `row` counts from the end if negative."""
    chunk = page.chunks[-1] if row < 0 else page.chunks[0]
    number = chunk.row_count + row if row < 0 else row
    return tuple(chunk.text(number, column) for column in columns)
