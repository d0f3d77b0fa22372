"""Reads the rows of a table in ranges of its primary key, a transaction for each.

DSQL ends a transaction after five minutes. A range ends after a number of rows that is chosen so
that it takes some seconds; a range that was refused because it took too long is read again with
fewer rows. A table without a usable key is read by one statement.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from threading import Event
from typing import Generic, TypeVar

from dsql_tui.errors import OccConflict, SessionLost, StatementError
from dsql_tui.load.copy_rows import values_of
from dsql_tui.pg.retry import Retries, RetryPolicy
from dsql_tui.pg.session_pool import SessionPool
from dsql_tui.sql.browsing.row_query import SortColumn, continuation
from dsql_tui.sql.lexing.names import qualified, quoted

T = TypeVar("T")

Block = list[bytes]
"""Rows as COPY writes them, each with its line break."""
BLOCK_ROWS = 1_000
READS = RetryPolicy(attempts=10, base_ms=100, cap_ms=2_000)
"""A read is repeated after a conflict with a change of the schema or after a lost connection."""
_LIMIT_EXCEEDED = "54000"


@dataclass(frozen=True, slots=True)
class RangePolicy:
    """How long ranges are.

    Attributes:
        rows: Rows of the first range.
        rows_max: Rows at most.
        target_s: How long a range should take.
    """

    rows: int = 20_000
    rows_max: int = 1_000_000
    target_s: float = 15

    def next(self, rows: int, elapsed_s: float) -> int:
        """Return the rows of the range after one that took some time."""
        fitting = int(rows * self.target_s / max(elapsed_s, 0.001))
        return max(min(fitting, 4 * rows, self.rows_max), 1)


@dataclass(frozen=True, slots=True)
class RowSelection:
    """Which rows of a table are read.

    Attributes:
        schema: Unquoted.
        name: Unquoted.
        columns: Unquoted, in the order of the values.
        key: The columns that order the rows, which are among `columns` and never NULL; none if the
            table has to be read by one statement.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The table's name as in SQL."""
        return qualified((self.schema, self.name))

    def statement(self, limit: int, after: tuple[str, ...] = ()) -> str:
        """Return the COPY of at most `limit` rows after a key; of all rows without a key."""
        read = ", ".join(map(quoted, self.columns))
        query = [f"SELECT {read} FROM {self.label}"]  # noqa: S608 - quoted
        order = [SortColumn(name, nullable=False) for name in self.key]
        if after:
            query.append(f"WHERE {continuation(order, after)}")
        if order:
            query.append("ORDER BY " + ", ".join(column.sql for column in order))
            query.append(f"LIMIT {limit}")
        return f"COPY ({' '.join(query)}) TO STDOUT"

    def key_of(self, row: bytes) -> tuple[str, ...]:
        """Return the values of the key in a row as COPY writes it."""
        values = values_of(row.decode())
        return tuple(values[self.columns.index(column)] or "" for column in self.key)


@dataclass(frozen=True, slots=True)
class ReadRange(Generic[T]):
    """A range that was read.

    Attributes:
        result: What the consumer returned for it.
        rows: Its rows.
        last: The key of its last row; empty without a key or without a row.
        is_end: No row comes after it.
    """

    result: T
    rows: int
    last: tuple[str, ...]
    is_end: bool


class RangeReader(Generic[T]):
    """Reads one table; used by one thread.

    Args:
        sessions: The sessions.
        table: The rows to read.
        consume: Receives the rows of a range; called again for the same range if reading failed, so
            it has to forget what an earlier call received.
        policy: How long ranges are.
        stop: Set it to begin no further range and no further attempt.
    """

    def __init__(
        self,
        sessions: SessionPool,
        table: RowSelection,
        consume: Callable[[Iterator[Block]], T],
        policy: RangePolicy,
        stop: Event,
    ) -> None:
        self._sessions = sessions
        self._table = table
        self._consume = consume
        self._policy = policy
        self._stop = stop
        self._limit = policy.rows

    def ranges(self, after: tuple[str, ...] = ()) -> Iterator[ReadRange[T]]:
        """Yield the ranges after a key, all of them without one, until the end or `stop`.

        Raises:
            StatementError: The server refused to read the table.
            SessionLost: The connection ended again and again.
            ConnectError: No session could be opened.
        """
        while not self._stop.is_set():
            started = time.monotonic()
            read = self._range(after)
            yield read
            if read.is_end:
                return
            after = read.last
            self._limit = self._policy.next(self._limit, time.monotonic() - started)

    def _range(self, after: tuple[str, ...]) -> ReadRange[T]:
        retries = Retries(READS, stop=self._stop)
        while True:
            try:
                return self._once(after)
            except (OccConflict, SessionLost):
                if not retries.begin():
                    raise
            except StatementError as error:
                is_long = error.sqlstate == _LIMIT_EXCEEDED and self._table.key
                if not is_long or self._limit == 1 or self._stop.is_set():
                    raise
                self._limit = max(self._limit // 4, 1)
                continue
            retries.wait()

    def _once(self, after: tuple[str, ...]) -> ReadRange[T]:
        with self._sessions.session() as renewing:
            statement = self._table.statement(self._limit, after)
            with closing(renewing.fit().copy_out(statement)) as rows:
                blocks = Blocks(rows)
                result = self._consume(blocks)
        last = self._table.key_of(blocks.last) if self._table.key and blocks.rows else ()
        is_end = not self._table.key or blocks.rows < self._limit
        return ReadRange(result, blocks.rows, last, is_end)


class Blocks(Iterator[Block]):
    """Rows in blocks, counted.

    Attributes:
        rows: Rows so far.
        last: The last one.
    """

    def __init__(self, rows: Iterator[bytes]) -> None:
        self._source = rows
        self.rows = 0
        self.last = b""

    def __next__(self) -> Block:
        """Return the next rows."""
        block = list(islice(self._source, BLOCK_ROWS))
        if not block:
            raise StopIteration
        self.rows += len(block)
        self.last = block[-1]
        return block
