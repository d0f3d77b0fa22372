"""Loads the rows of a dump into a cluster with the engine of `dsql-tui load`, table by table.

The sessions are shared by all tables. What is stored is recorded for each batch, so that a restore
that was killed resumes without storing a row twice. Rows with a key can be looked up; a table
without one is loaded by one session at a time, so that the number of its rows says whether the
batch that was under way is stored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from dsql_tui.dump.manifest import DumpedTable, DumpManifest
from dsql_tui.errors import InputError
from dsql_tui.load import manifest as load_manifest
from dsql_tui.load import rejects
from dsql_tui.load.run import LoadPlan, load
from dsql_tui.load.source import FileKind, SourceFile, open_source
from dsql_tui.load.target import LoadTarget, find_target
from dsql_tui.model.unknown import WhenUnknown
from dsql_tui.pg.session import Session
from dsql_tui.pg.session_pool import SessionPool
from dsql_tui.sql.lexing.names import qualified


@dataclass(frozen=True, slots=True)
class RestoreProgress:
    """The progress of loading a dump's rows.

    Attributes:
        rows: Rows stored, including earlier runs.
        rows_total: Rows of the dump.
        tables: Tables that are loaded.
        tables_total: Tables of the dump.
        rejected: Rows that the cluster refused.
        elapsed_s: Duration of this run.
        rows_per_s: Rows stored per second by this run.
        left_s: Estimate of the remaining time; `None` while unknown.
    """

    rows: int
    rows_total: int
    tables: int
    tables_total: int
    rejected: int
    elapsed_s: float
    rows_per_s: float
    left_s: float | None


def rejects_path(state: Path, table: DumpedTable) -> Path:
    """Return the file for the rows of a table that the cluster refuses."""
    return rejects.path_for(state / f"{table.number:04}")


class RowsRestore:
    """The rows of a dump on their way into a cluster.

    Args:
        folder: The folder of the dump.
        state: The folder of this restore.
        dump: The manifest of the dump.
        cluster: The cluster's identifier.
        connect: Opens a session.
        plan: The settings of the load.
    """

    def __init__(
        self,
        folder: Path,
        state: Path,
        dump: DumpManifest,
        cluster: str,
        connect: Callable[[], Session],
        plan: LoadPlan,
    ) -> None:
        self._folder = folder
        self._state = state
        self._dump = dump
        self._cluster = cluster
        self._connect = connect
        self._plan = plan
        self._started = time.monotonic()
        self._rows = self._rejected = self._tables = self._before = 0

    def load(self, tables: Sequence[DumpedTable]) -> Iterator[RestoreProgress]:
        """Load what is not stored; yield progress.

        If the iterator is closed early, it waits for the running batches and records them.

        Args:
            tables: All tables, in the order in which they are loaded.

        Raises:
            DsqlTuiError: As `load` does.
        """
        with closing(SessionPool(self._connect)) as sessions:
            for table in tables:
                yield from self._table(table, sessions)
                self._tables += 1
            yield self._progress(0, 0)

    def _table(self, table: DumpedTable, sessions: SessionPool) -> Iterator[RestoreProgress]:
        source = open_source(self._folder / table.file, kind=FileKind.TSV)
        with sessions.session() as renewing:
            target = find_target(renewing.fit(), table.label, source.columns)
        source = source.into(target.columns, target.documents)
        opened = load_manifest.open_manifest(
            self._state / f"{table.number:04}{load_manifest.SUFFIX}",
            self._header(source, table),
            restart=False,
        )
        side = rejects.RejectsFile(
            rejects_path(self._state, table), source.columns, append=opened.resumed
        )
        with closing(opened), closing(side):
            self._before += opened.state.rows
            if not opened.state.finished and self._dump.tables[table.number].rows:
                plan = self._plan_for(target, opened, sessions)
                steps = load(
                    source, target, plan, opened, self._connect, side.add, sessions=sessions
                )
                with closing(steps) as progressing:  # type: ignore[type-var]  # a generator
                    for at in progressing:
                        yield self._progress(at.rows + at.skipped, at.bad)
            # Rows of batches that were looked up count too; the load's manifest has new ones only.
            self._rows += self._dump.tables[table.number].rows - opened.state.bad
            self._rejected += opened.state.bad

    def _plan_for(
        self, target: LoadTarget, opened: load_manifest.Manifest, sessions: SessionPool
    ) -> LoadPlan:
        """Return the settings for one table, with what is known of batches in doubt."""
        if target.has_key:
            return self._plan
        plan = replace(self._plan, sessions=1)
        in_doubt = list(opened.state.in_doubt)
        if len(in_doubt) != 1:
            return plan
        with sessions.session() as renewing:
            name = qualified((target.schema, target.table))
            ((rows,),) = renewing.fit().fetch(f"SELECT count(*) FROM {name}")  # noqa: S608 - quoted
        surplus = int(rows or 0) - opened.state.rows
        if surplus < 0:
            raise InputError(f"Rows of {name} were deleted while the restore was stopped.")
        if surplus:
            return replace(plan, stored=frozenset(in_doubt))
        return replace(plan, when_unknown=WhenUnknown.AGAIN)

    def _header(self, source: SourceFile, table: DumpedTable) -> load_manifest.Header:
        return load_manifest.Header(
            file=table.file,
            size_bytes=source.size_bytes,
            modified_ns=0,  # a dump may be copied; its checksum identifies it
            cluster=self._cluster,
            table=table.label,
            columns=source.columns,
            rows_max=self._plan.rows_max,
            bytes_max=self._plan.bytes_max,
            spelling=f"{source.spelling}, dump {self._dump.digest}",
        )

    def _progress(self, rows: int, bad: int) -> RestoreProgress:
        total = self._dump.rows
        stored = self._rows + rows
        elapsed_s = max(time.monotonic() - self._started, 0.001)
        rows_per_s = max(stored - self._before, 0) / elapsed_s
        return RestoreProgress(
            rows=stored,
            rows_total=total,
            tables=self._tables,
            tables_total=len(self._dump.header.tables),
            rejected=self._rejected + bad,
            elapsed_s=elapsed_s,
            rows_per_s=rows_per_s,
            left_s=(total - stored) / rows_per_s if rows_per_s and elapsed_s > 1 else None,
        )
