"""Reads the rows of a PostgreSQL database into files, as of one point in time.

One transaction reads every table, so foreign keys hold among the rows. A file is COPY's text format
without a header, compressed with gzip and readable by its owner alone.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsql_tui.errors import WriteFailed
from dsql_tui.files.atomic import PRIVATE, reason
from dsql_tui.migrate.checksum import RowChecksum
from dsql_tui.migrate.conversion import TableMove
from dsql_tui.pg.session import ServerSession
from dsql_tui.sql.lexing.names import qualified

_LEVEL = 1
"""Of gzip: a level above costs more time than it saves."""
_STEP_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class SpoolProgress:
    """How far the reading is.

    Attributes:
        table: Its number among the tables, from 1.
        rows: Rows of it that were read.
        checksum: The checksum of its rows if it is complete, or `None`.
    """

    table: int
    rows: int
    checksum: str | None = None


def spool_name(number: int) -> str:
    """Return the file name for a table by its number, from 1."""
    return f"{number:04}.tsv.gz"


def spool(
    session: ServerSession, moves: Sequence[TableMove], folder: Path
) -> Generator[SpoolProgress, None, None]:
    """Read the rows of tables into files; yield progress, and each table's end.

    Raises:
        StatementError: PostgreSQL refused to read a table.
        SessionLost: The connection to PostgreSQL ended.
        WriteFailed: A file cannot be written.
    """
    session.fetch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        for number, move in enumerate(moves, 1):
            yield from _spool_table(session, number, move, folder / spool_name(number))
    finally:
        if session.is_open and not session.is_running:
            session.fetch("ROLLBACK")


def _spool_table(
    session: ServerSession, number: int, move: TableMove, path: Path
) -> Iterator[SpoolProgress]:
    checksum = RowChecksum(move.rescaled)
    try:
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        with (
            os.fdopen(handle, "wb") as file,
            gzip.GzipFile(
                fileobj=file, mode="wb", compresslevel=_LEVEL, filename="", mtime=0
            ) as packed,
        ):
            for line in session.copy_out(read_statement(move)):
                packed.write(line)
                checksum.add(line)
                if checksum.rows % _STEP_ROWS == 0:
                    yield SpoolProgress(number, checksum.rows)
    except OSError as error:
        raise WriteFailed(
            f"{path} cannot be written: {reason(error)}.",
            remedy="Free some space, or choose a folder with more in it, and run this again.",
        ) from None
    yield SpoolProgress(number, checksum.rows, checksum.text)


def tables_digest(moves: Sequence[TableMove]) -> str:
    """Return what identifies tables in their order, and how they are read."""
    text = "\n".join(read_statement(move) for move in moves)
    return hashlib.sha256(text.encode()).hexdigest()


def read_statement(move: TableMove) -> str:
    """Return the COPY that reads a table's rows so that they fit the new types."""
    columns = ", ".join(each.read for each in move.columns)
    only = "ONLY " if move.has_children else ""
    query = f"SELECT {columns} FROM {only}{qualified((move.schema, move.name))}"  # noqa: S608 - quoted
    return f"COPY ({query}) TO STDOUT"
