"""Loads the rows that were read into files, and compares what the cluster has then."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dsql_tui.errors import StatementError
from dsql_tui.load import manifest, rejects
from dsql_tui.load.run import LoadPlan, LoadProgress, load
from dsql_tui.load.source import Dialect, FileKind, open_source
from dsql_tui.load.target import find_target
from dsql_tui.migrate.checksum import RowChecksum
from dsql_tui.migrate.conversion import TableMove
from dsql_tui.pg.renewing import RenewingSession
from dsql_tui.pg.retry import Retries, RetryPolicy, retrying
from dsql_tui.pg.session import Session
from dsql_tui.schema.definitions import Database, TableDefinition
from dsql_tui.sql.lexing.names import qualified, quoted
from dsql_tui.sql.lexing.split import split

NULL = ("\\N",)
_EXISTS = frozenset({"42P07", "42723"})
"""What is answered for a view and a function that exist."""


@dataclass(frozen=True, slots=True)
class ProgramRefused:
    """A statement that creates a function or a view, by its first line, and why it was refused."""

    head: str
    reason: str


def load_table(
    move: TableMove,
    path: Path,
    connect: Callable[[], Session],
    plan: LoadPlan,
    cluster: str,
) -> Generator[LoadProgress, None, None]:
    """Load the file of one table; what an earlier run has stored is not sent again.

    Args:
        move: The table.
        path: Its rows.
        connect: Opens a session.
        plan: The settings of the load.
        cluster: Identifier of the cluster.

    Raises:
        DsqlTuiError: As `load` does.
    """
    name = qualified((move.schema, move.name))
    columns = tuple(each.name for each in move.columns)
    source = open_source(path, kind=FileKind.TSV, dialect=Dialect(columns, NULL))
    with closing(connect()) as session:
        target = find_target(session, name, columns)
    source = source.into(target.columns, target.documents)
    stat = path.stat()
    header = manifest.Header(
        file=path.name,
        size_bytes=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        cluster=cluster,
        table=name,
        columns=source.columns,
        rows_max=plan.rows_max,
        bytes_max=plan.bytes_max,
        spelling=source.spelling,
    )
    opened = manifest.open_manifest(manifest.path_for(path), header, restart=False)
    side = rejects.RejectsFile(rejects_path(move, path), columns, append=opened.resumed)
    with closing(opened), closing(side):
        if not opened.state.finished:
            yield from load(source, target, plan, opened, connect, side.add)


def rejects_path(move: TableMove, path: Path) -> Path:
    """Return the file for the rows of a table that the cluster refuses."""
    kept = "".join(each if each.isalnum() or each in "_-" else "-" for each in move.name)
    return rejects.path_for(path.parent.parent / f"{path.name.partition('.')[0]}-{kept}")


def checksum_of(session: RenewingSession[Session], move: TableMove) -> RowChecksum:
    """Return the checksum of the rows that a cluster has in a table.

    Raises:
        StatementError: It cannot be read, or not within a transaction's five minutes.
        SessionLost: The connection ended.
    """
    columns = ", ".join(quoted(each.name) for each in move.columns)
    statement = f"COPY {qualified((move.schema, move.name))} ({columns}) TO STDOUT"

    def read() -> RowChecksum:
        checksum = RowChecksum(move.rescaled)
        for line in session.fit().copy_out(statement):
            checksum.add(line)
        return checksum

    return retrying(read, Retries(RetryPolicy()))


def restart_identities(session: RenewingSession[Session], database: Database) -> int:
    """Set every identity column behind the highest value of its table; return how many.

    Raises:
        StatementError: A statement was refused.
        SessionLost: The connection ended.
    """
    restarted = 0
    for table in database.tables():
        for column in table.columns:
            if column.identity and column.sequence:
                step = column.sequence.increment
                restarted += retrying(
                    partial(_restart, session, table, column.name, step), Retries(RetryPolicy())
                )
    return restarted


def _restart(
    session: RenewingSession[Session], table: TableDefinition, column: str, step: int
) -> bool:
    name = quoted(column)
    function = "max" if step > 0 else "min"
    query = f"SELECT {function}({name}) FROM {table.key.sql}"  # noqa: S608 - quoted
    ((value,),) = session.fit().fetch(query)
    if value is None:
        return False
    action = f"ALTER COLUMN {name} RESTART WITH {int(value) + step}"
    session.fit().fetch(f"ALTER TABLE {table.key.sql} {action}")
    return True


def create_programs(session: RenewingSession[Session], sql: str) -> Iterator[ProgramRefused]:
    """Run statements that create functions and views; yield those that are refused.

    What an earlier run has created is left as it is.

    Raises:
        SessionLost: The connection ended.
    """
    for statement in split(sql):
        try:
            retrying(partial(_fetch, session, statement.text), Retries(RetryPolicy()))
        except StatementError as error:
            if error.sqlstate not in _EXISTS:
                head, _, _ = statement.text.partition("\n")
                yield ProgramRefused(head, error.message)


def _fetch(session: RenewingSession[Session], statement: str) -> None:
    session.fit().fetch(statement)
