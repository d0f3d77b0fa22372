"""Dumps the rows of tables into a folder: several tables at a time, resumable after each part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from dsql_tui.dump.manifest import DumpedPart, DumpedTable, DumpManifest
from dsql_tui.dump.ranges import Blocks, RangePolicy, RangeReader
from dsql_tui.dump.rows_file import RowsFile
from dsql_tui.dump.sequences import last_values
from dsql_tui.errors import StatementCancelled, StatementError
from dsql_tui.pg.session import Session
from dsql_tui.pg.session_pool import SessionPool
from dsql_tui.sql.dsql.limits import TRANSACTION_AGE_S

JOBS = 4
JOBS_MAX = 100
_LOOK_S = 0.2
_LIMIT_EXCEEDED = "54000"
_NOT_ALLOWED = "42501"
_EXCLUDE = "Leave the table out with --exclude, or dump as a role that may read it."
_TOO_LONG = (
    f"A transaction lasts {TRANSACTION_AGE_S} s at most: dump without --single-snapshot,"
    " or fewer tables."
)


@dataclass(frozen=True, slots=True)
class DumpProgress:
    """The progress of a dump.

    Attributes:
        rows: Rows on disk, including earlier runs.
        tables: Tables that are complete.
        tables_total: Tables of the dump.
        size_bytes: Compressed bytes on disk.
        elapsed_s: Duration of this run.
        rows_per_s: Rows read per second by this run.
        left_s: Estimate of the remaining time; `None` while unknown.
        is_finished: Everything is dumped.
    """

    rows: int
    tables: int
    tables_total: int
    size_bytes: int
    elapsed_s: float
    rows_per_s: float
    left_s: float | None
    is_finished: bool = False


@dataclass(frozen=True, slots=True)
class DumpPlan:
    """The settings of a dump.

    Attributes:
        jobs: Tables read at the same time.
        estimate: Rows of all tables, as far as is known; for the remaining time.
        ranges: How long the ranges are that tables are read in.
    """

    jobs: int = JOBS
    estimate: int = 0
    ranges: RangePolicy = field(default_factory=RangePolicy)


def dump_rows(
    folder: Path,
    manifest: DumpManifest,
    connect: Callable[[], Session],
    plan: DumpPlan,
    stop: Event,
) -> Iterator[DumpProgress]:
    """Dump the rows that the manifest does not list; yield progress until the end or `stop`.

    Args:
        folder: The folder of the dump.
        manifest: What is dumped already; parts are added to it.
        connect: Opens a session.
        plan: The settings.
        stop: Set it to end after the parts at hand, or when their statements were cancelled.

    Raises:
        StatementError: The server refused to read a table.
        SessionLost: A connection ended again and again.
        ConnectError: No session could be opened.
        WriteFailed: A file cannot be written.
    """
    with closing(SessionPool(connect)) as sessions:
        run = _Dump(folder, manifest, sessions, plan, stop)
        yield from run.in_one_transaction() if manifest.header.is_snapshot else run.in_parallel()


class _Dump:
    def __init__(
        self,
        folder: Path,
        manifest: DumpManifest,
        sessions: SessionPool,
        plan: DumpPlan,
        stop: Event,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._sessions = sessions
        self._plan = plan
        self._stop = stop
        self._halt = Event()
        """Set when `stop` is, or when a table has failed."""
        self._started = time.monotonic()
        self._rows_before = manifest.rows
        header = manifest.header
        self._open = [
            each for each in header.tables if not manifest.tables[each.number].is_complete
        ]

    def in_parallel(self) -> Iterator[DumpProgress]:
        pool = ThreadPoolExecutor(self._plan.jobs, thread_name_prefix="dump")
        try:
            going = {pool.submit(self._table, table) for table in self._open}
            while going:
                ended, going = wait(going, timeout=_LOOK_S, return_when=FIRST_EXCEPTION)
                self._raise_from(ended)
                if self._stop.is_set():
                    self._halt.set()
                yield self._progress()
        finally:
            self._halt.set()
            pool.shutdown(cancel_futures=True)
        yield self._ended()

    def in_one_transaction(self) -> Iterator[DumpProgress]:
        """Read every table in one transaction, which sees all of them at the same time."""
        with self._sessions.session() as renewing:
            session = renewing.fit()
            session.fetch("BEGIN READ ONLY")
            try:
                for table in self._open:
                    if self._stop.is_set():
                        break
                    self._snapshot(session, table)
                    yield self._progress()
                session.fetch("COMMIT")
            except StatementCancelled:
                if not self._stop.is_set():
                    raise
            except StatementError as error:
                if error.sqlstate == _LIMIT_EXCEEDED:
                    error.remedy = _TOO_LONG
                raise
            finally:
                session.close()
        yield self._ended()

    def _raise_from(self, ended: set[Future[None]]) -> None:
        for future in ended:
            try:
                future.result()
            except StatementCancelled:
                if not self._stop.is_set():
                    raise

    def _snapshot(self, session: Session, table: DumpedTable) -> None:
        whole = replace(table.selection, key=())
        with closing(RowsFile(self._folder, table, 0)) as file:
            header = file.write_header()
            file.keep(header)
            with _table_named(table), closing(session.copy_out(whole.statement(0))) as rows:
                part = file.write(Blocks(rows))
            if part.rows:
                file.keep(part)
        self._manifest.add_part(header)
        if part.rows:
            self._manifest.add_part(part)
        self._manifest.complete(table.number)

    def _table(self, table: DumpedTable) -> None:
        """Dump what is missing of a table."""
        if self._halt.is_set():
            return
        state = self._manifest.tables[table.number]
        if state.rows and not table.key:  # its only statement was recorded, its end was not
            self._manifest.complete(table.number)
            return
        with closing(RowsFile(self._folder, table, state.size_bytes)) as file:
            if not state.parts:
                self._keep(file, file.write_header())
            reader = RangeReader(
                self._sessions, table.selection, file.write, self._plan.ranges, self._halt
            )
            is_end = False
            with _table_named(table):
                for read in reader.ranges(state.last):
                    if read.rows:
                        self._keep(file, replace(read.result, last=read.last))
                    is_end = read.is_end
        if is_end:
            self._manifest.complete(table.number)

    def _keep(self, file: RowsFile, part: DumpedPart) -> None:
        self._manifest.add_part(part)
        file.keep(part)

    def _ended(self) -> DumpProgress:
        """Finish the manifest if every table is complete, and return the last progress."""
        if all(state.is_complete for state in self._manifest.tables.values()):
            with self._sessions.session() as renewing:
                values = last_values(renewing.fit(), self._manifest.header.sequences)
            self._manifest.finish(values)
        return self._progress()

    def _progress(self) -> DumpProgress:
        states = self._manifest.tables.values()
        rows = sum(state.rows for state in states)
        elapsed_s = max(time.monotonic() - self._started, 0.001)
        rows_per_s = (rows - self._rows_before) / elapsed_s
        known = self._plan.estimate > rows and rows > self._rows_before
        return DumpProgress(
            rows=rows,
            tables=sum(state.is_complete for state in states),
            tables_total=len(states),
            size_bytes=sum(state.size_bytes for state in states),
            elapsed_s=elapsed_s,
            rows_per_s=rows_per_s,
            left_s=(self._plan.estimate - rows) / rows_per_s if known else None,
            is_finished=self._manifest.is_finished,
        )


@contextmanager
def _table_named(table: DumpedTable) -> Iterator[None]:
    """Name the table in what the server refuses.

    Raises:
        StatementError: The server's, with the table in its message.
    """
    try:
        yield
    except StatementError as error:
        error.message = f"{table.label}: {error.message}"
        if error.sqlstate == _NOT_ALLOWED:
            error.remedy = _EXCLUDE
        raise
