"""The source of an import: a server, or a file that runs in a temporary one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from dsql_tui.cli.shared.confirm import has_person
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.errors import InputError
from dsql_tui.local.postgres.plain import plain_postgres
from dsql_tui.migrate.dump_file import check_dump, run_dump
from dsql_tui.migrate.report import ReportEntry
from dsql_tui.migrate.source import SourceDatabase
from dsql_tui.pg.postgres import (
    PasswordNeeded,
    check_connection_string,
    is_connection_string,
    open_postgres,
    place_of,
)
from dsql_tui.pg.session import ServerSession


@contextmanager
def opened_source(source: str) -> Iterator[tuple[ServerSession, list[ReportEntry]]]:
    """Yield a session of the source, and the statements of a dump that were refused.

    A person is asked for the password if it is missing.

    Raises:
        InputError: The file cannot be used, or the connection string has a password in it.
        ConnectError: The server cannot be reached.
        LocalError: No PostgreSQL for a file can be started.
    """
    if not is_connection_string(source):
        check_dump(Path(source))
        with plain_postgres() as conninfo:
            narrate(f"Running {source} in a temporary PostgreSQL …")
            refused = run_dump(Path(source), conninfo)
            with closing(open_postgres(conninfo)) as session:
                yield session, refused
        return
    check_connection_string(source)
    try:
        session = open_postgres(source)
    except PasswordNeeded:
        if not has_person():
            raise
        password = click.prompt("Password", hide_input=True, err=True)
        session = open_postgres(source, password)
    with closing(session):
        yield session, []


def source_label(source: str) -> str:
    """Return what identifies a source: its server and database, or its file."""
    if is_connection_string(source):
        return place_of(source)
    about = Path(source).stat()
    return f"{Path(source).resolve()} of {about.st_size} bytes, {about.st_mtime_ns}"


def check_schemas(database: SourceDatabase, schemas: tuple[str, ...]) -> None:
    """Check that PostgreSQL has the schemas that were named.

    Raises:
        InputError: It has not.
    """
    present = {each.key.schema for each in database.definitions.objects}
    for schema in schemas:
        if schema not in present:
            raise InputError(f"PostgreSQL has no schema {schema}, or this role may not see it.")
