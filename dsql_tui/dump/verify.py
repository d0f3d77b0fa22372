"""Compares the rows that a cluster has with those of a dump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Event

from dsql_tui.dump.manifest import DumpedTable, DumpManifest, TableState
from dsql_tui.dump.ranges import Block, RangePolicy, RangeReader
from dsql_tui.dump.rows_file import row_checksum
from dsql_tui.errors import StatementCancelled
from dsql_tui.pg.session import Session
from dsql_tui.pg.session_pool import SessionPool


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """A table whose rows were read again.

    Attributes:
        table: The table.
        rows: Rows that it has.
        rows_dumped: Rows of the dump.
        is_equal: Rows and checksum are those of the dump.
    """

    table: DumpedTable
    rows: int
    rows_dumped: int
    is_equal: bool


def compare_rows(
    manifest: DumpManifest, connect: Callable[[], Session], jobs: int, stop: Event
) -> Iterator[ComparedTable]:
    """Read every table again and yield how its rows compare with the dump; ends early on `stop`.

    Raises:
        StatementError: The server refused to read a table.
        SessionLost: A connection ended again and again.
        ConnectError: No session could be opened.
    """
    with closing(SessionPool(connect)) as sessions:
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="compare")
        try:
            compared = pool.map(
                lambda table: _compared(sessions, table, manifest.tables[table.number], stop),
                manifest.header.tables,
            )
            yield from (each for each in compared if not stop.is_set())
        except StatementCancelled:
            if not stop.is_set():
                raise
        finally:
            pool.shutdown(cancel_futures=True)


def _compared(
    sessions: SessionPool, table: DumpedTable, state: TableState, stop: Event
) -> ComparedTable:
    reader = RangeReader(sessions, table.selection, _sum_of, RangePolicy(), stop)
    count = checksum = 0
    for read in reader.ranges():
        count += read.rows
        checksum += read.result
    is_equal = (count, checksum) == (state.rows, state.checksum)
    return ComparedTable(table, count, state.rows, is_equal)


def _sum_of(blocks: Iterator[Block]) -> int:
    return sum(map(row_checksum, blocks))
