"""Upgrades databases of an earlier version by replacing the local DSQL's functions and views.

A file in each database's folder records the scripts that created it. If the scripts have changed
since, all their functions and views are replaced, in single-user mode, before the database is
started. Data and objects of clients are not changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dsql_tui.errors import LocalError
from dsql_tui.local.filesystem import ownership
from dsql_tui.local.filesystem.folders import stood_for
from dsql_tui.local.postgres.binaries import Binaries
from dsql_tui.local.postgres.left_over import stop_left_over
from dsql_tui.local.postgres.postmaster import BOOTSTRAP, MARK, execute, script, scripts_mark
from dsql_tui.local.remedies import start_over

_REPEATED = ("CREATE OR REPLACE ", "CALL pg_dsql.show_catalog(")
"""Beginnings of statements that can run again; all statements of the last script can."""
_LAST = BOOTSTRAP[-1]


def upgrade(binaries: Binaries, pgdata: Path) -> None:
    """Upgrade a stopped database that an earlier version has created.

    Raises:
        LocalError: It failed; the earlier version can still use the database.
    """
    try:
        if _mark(pgdata) == scripts_mark():
            return
        stop_left_over(pgdata)
        execute(binaries, pgdata, "".join(f"{one};\n\n" for one in statements()))
        handle = ownership.open_file(pgdata / MARK, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        with os.fdopen(handle, "w", encoding="ascii") as mark:
            mark.write(scripts_mark())
    except (LocalError, OSError) as error:
        reason = error.message if isinstance(error, LocalError) else error.strerror
        raise LocalError(
            f"The database in {pgdata} was created by an earlier version and cannot be upgraded"
            f": {reason}",
            remedy=start_over(stood_for(pgdata.parent).parent),
        ) from error


def _mark(pgdata: Path) -> str:
    try:
        return ownership.read_text(pgdata / MARK)
    except (FileNotFoundError, ValueError):
        return ""  # created before there were marks, or not written completely


def statements() -> Iterator[str]:
    """Return the statements that upgrade a database of an earlier version."""
    yield "SET search_path = pg_catalog, pg_temp"
    for name in BOOTSTRAP:
        for statement in script(name).split(";\n\n"):
            lines = (line for line in statement.splitlines() if line and not line.startswith("--"))
            first = next(lines, "")
            if first and (name == _LAST or first.startswith(_REPEATED)):
                yield statement.rstrip().removesuffix(";")
