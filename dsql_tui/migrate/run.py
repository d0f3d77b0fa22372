"""An import's steps over rows: they are read into files, loaded, and compared.

Each step is recorded in the folder of the import when it is done, so that an import that was
stopped resumes with the next one; within the loading, each batch is recorded.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.errors import InputError, StatementError
from dsql_tui.files.atomic import reason
from dsql_tui.load.run import LoadPlan, LoadProgress
from dsql_tui.migrate.conversion import Conversion, TableMove
from dsql_tui.migrate.scripts import PROGRAMS_FILE
from dsql_tui.migrate.spool import spool, spool_name
from dsql_tui.migrate.state import ImportState, ImportStep, TableRows
from dsql_tui.migrate.transfer import (
    ProgramRefused,
    checksum_of,
    create_programs,
    load_table,
    rejects_path,
    restart_identities,
)
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.session import ServerSession, Session
from dsql_tui.sql.lexing.names import qualified
from dsql_tui.sql.text.sql_files import read_sql

_ROWS_FOLDER = "rows"
_OTHER_VALUES = "as many rows here, with other values"
_ROUNDED = ": numbers with more digits after the point than --numeric has were rounded"


@dataclass(frozen=True, slots=True)
class TableProgress:
    """How far a step is.

    Attributes:
        table: The table, as SQL.
        number: Its number, from 1.
        tables: How many there are.
        rows: Its rows so far.
        is_complete: The step is done for this table.
    """

    table: str
    number: int
    tables: int
    rows: int
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table whose rows were loaded: those stored and those rejected, with their file."""

    table: str
    rows: int
    rejected: int
    rejects: Path


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A table whose rows differ from those in PostgreSQL, or could not be compared: why."""

    table: str
    reason: str


class RowImport:
    """The rows of one import.

    Args:
        folder: The folder of the import.
        state: How far it is; updated and saved.
        conversion: How the tables' rows are read.
        connect: Opens a session of the cluster.
        plan: How rows are loaded.
        cluster: The cluster's identifier.

    Attributes:
        moves: The tables that have rows which can be read.
    """

    def __init__(
        self,
        folder: Path,
        state: ImportState,
        conversion: Conversion,
        connect: Callable[[], Session],
        plan: LoadPlan,
        cluster: str,
    ) -> None:
        self.moves = conversion.readable
        self._database = conversion.database
        self._folder = folder
        self._state = state
        self._connect = connect
        self._plan = plan
        self._cluster = cluster

    def read(self, session: ServerSession) -> Iterator[TableProgress]:
        """Read every table's rows into files, in one transaction.

        Raises:
            StatementError: PostgreSQL refused to read a table.
            SessionLost: The connection to PostgreSQL ended.
            WriteFailed: A file cannot be written.
            InputError: The folder cannot be made.
        """
        rows_folder = self._rows_folder
        try:
            rows_folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(f"{rows_folder} cannot be made: {reason(error)}.") from None
        tables: dict[str, TableRows] = {}
        with closing(spool(session, self.moves, rows_folder)) as steps:
            for step in steps:
                name = _name(self.moves[step.table - 1])
                if step.checksum is not None:
                    tables[name] = TableRows(step.rows, step.checksum)
                yield TableProgress(
                    name, step.table, len(self.moves), step.rows, step.checksum is not None
                )
        self._state.tables = tables
        self._done(ImportStep.READ)

    def load(self) -> Iterator[TableProgress | Loaded]:
        """Load the rows of every table; yield progress, and each table's end.

        Raises:
            DsqlTuiError: As `dsql_tui.load.run.load` does.
        """
        for number, move in enumerate(self.moves, 1):
            path = self._rows_folder / spool_name(number)
            last: LoadProgress | None = None
            steps = load_table(move, path, self._connect, self._plan, self._cluster)
            with closing(steps):
                for last in steps:
                    yield TableProgress(_name(move), number, len(self.moves), last.rows)
            if last is not None:
                yield Loaded(_name(move), last.rows, last.bad, rejects_path(move, path))
        self._done(ImportStep.LOADED)

    def compare(self) -> Iterator[TableProgress | RowDifference]:
        """Compare the cluster's rows with those that were read, by number and checksum.

        Raises:
            SessionLost: The connection ended.
        """
        with closing(RenewingSession(self._connect)) as session:
            for number, move in enumerate(self.moves, 1):
                name = _name(move)
                was = self._state.tables[name]
                try:
                    found = checksum_of(session, move)
                except StatementError as error:
                    yield RowDifference(name, f"it was not compared: {error.message}")
                    continue
                if found.rows != was.rows:
                    yield RowDifference(
                        name, f"{found.rows:,} rows here, {was.rows:,} in PostgreSQL"
                    )
                elif found.text != was.checksum:
                    yield RowDifference(name, _OTHER_VALUES + (_ROUNDED if move.rescaled else ""))
                yield TableProgress(name, number, len(self.moves), found.rows, is_complete=True)

    def restart_identities(self) -> int:
        """Set identity columns after their tables' highest values; return how many.

        Raises:
            StatementError: A statement was refused.
            SessionLost: The connection ended.
        """
        with closing(RenewingSession(self._connect)) as session:
            return restart_identities(session, self._database)

    def create_programs(self) -> Iterator[ProgramRefused]:
        """Create functions and views; yield those that are refused.

        Raises:
            InputError: Their script cannot be read.
            SessionLost: The connection ended.
        """
        sql = read_sql(self._folder / PROGRAMS_FILE)
        with closing(RenewingSession(self._connect)) as session:
            yield from create_programs(session, sql)

    def remove_rows(self) -> None:
        """Remove the files with rows.

        Raises:
            InputError: One cannot be removed.
        """
        try:
            shutil.rmtree(self._rows_folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise InputError(
                f"{self._rows_folder} cannot be removed: {reason(error)}.",
                remedy="It holds rows of the database: remove it by hand.",
            ) from None

    @property
    def _rows_folder(self) -> Path:
        return self._folder / _ROWS_FOLDER

    def _done(self, step: ImportStep) -> None:
        self._state.step = step
        self._state.save(self._folder)


def _name(move: TableMove) -> str:
    return qualified((move.schema, move.name))
