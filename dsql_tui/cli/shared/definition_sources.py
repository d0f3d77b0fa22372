"""The definitions that a command is about: which of them, of a cluster or of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import click

from dsql_tui.aws.lifecycle import create
from dsql_tui.aws.session import AwsSession
from dsql_tui.cli.shared.sessions import reach
from dsql_tui.cli.shared.target import Target, profile_of
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.types import PATTERN
from dsql_tui.errors import InputError
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.lifecycle import NewCluster
from dsql_tui.pg.session import Session
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.definitions import Database, SchemaDefinition
from dsql_tui.schema.read import read_database
from dsql_tui.schema.sources import definitions_of_files, names_files
from dsql_tui.sql.lexing.names import name_at, pieces_of, quoted

_SCRATCH_REGION = "us-east-1"
_SCRATCH_NAME = "definitions"


def definitions_of(text: str, role: str | None, target: Target, selection: Selection) -> Database:
    """Return the definitions that an argument names, of files or of a cluster.

    Raises:
        DsqlTuiError: As `definitions_of_files` and `definitions_of_cluster`.
    """
    if names_files(text):
        return definitions_of_files(text, partial(empty_cluster, target), selection)
    return definitions_of_cluster(text, role, target, selection)


def definitions_of_cluster(
    cluster: str | None, role: str | None, target: Target, selection: Selection
) -> Database:
    """Return the definitions of a cluster.

    Raises:
        AwsError: It cannot be found.
        ConnectError: No session could be opened.
        StatementError: A catalog without which nothing can be said was refused.
    """
    with (
        profile_of(target) as profile,
        closing(reach(profile, target, cluster, role).connect()) as session,
    ):
        return read_database(session, selection)


@contextmanager
def empty_cluster(target: Target) -> Iterator[Session]:
    """Yield a session on a new cluster of a local DSQL that ends with the block."""
    scratch = replace(
        target,
        local=True,
        ephemeral=True,
        data_dir=None,
        aws_profile=None,
        regions=(),
        via=None,
        port=None,
        quiet=True,
    )
    with profile_of(scratch) as profile:
        wish = NewCluster(
            regions=(_SCRATCH_REGION,),
            client_token=str(uuid4()),
            tags={"Name": _SCRATCH_NAME},
            deletion_protection=False,
        )
        for _ in create(AwsSession(profile), wish):
            pass
        with closing(reach(profile, scratch, _SCRATCH_NAME, ADMIN_ROLE).connect()) as session:
            yield session


def no_privileges_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--no-privileges`."""
    return click.option(
        "--no-privileges",
        is_flag=True,
        help="Leave roles, IAM principals, owners and privileges out.",
    )(command)


def exclude_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--exclude`."""
    return click.option(
        "--exclude",
        multiple=True,
        type=PATTERN,
        metavar="PATTERN",
        help="Leave out what another tool manages: a schema, or objects as in public.django_*;"
        " may be repeated.",
    )(command)


def selection_of(
    schemas: Sequence[str],
    tables: Sequence[str],
    *,
    with_access: bool = True,
    exclude: tuple[str, ...] = (),
) -> Selection:
    """Return the selection of `--schema` and `--table`.

    Raises:
        click.UsageError: A table's name cannot be one.
    """
    names = tuple(_relation_name(table) for table in tables)
    return Selection(tuple(schemas), names, with_access=with_access, exclude=exclude)


def check_selection(database: Database, selection: Selection) -> None:
    """Check that everything that was named exists.

    Raises:
        InputError: A schema or a table does not.
    """
    named = [(each.key.schema, each.key.name) for each in database.objects]
    for schema, name in selection.tables:
        if not any(name == other and schema in {"", place} for place, other in named):
            label = f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)
            raise InputError(f"There is no table, view or sequence {label}.")
    if not selection.tables:
        present = {each.name for each in database.objects if isinstance(each, SchemaDefinition)}
        for schema in selection.schemas:
            if schema not in present:
                raise InputError(f"There is no schema {quoted(schema)}.")


def report_notes(database: Database) -> None:
    """Print what could not be read or cannot be written on standard error."""
    for note in database.all_notes:
        narrate(note)


def _relation_name(text: str) -> tuple[str, str]:
    pieces = pieces_of(text)
    parts, behind = name_at(pieces, 0)
    if not 1 <= len(parts) <= 2 or behind != len(pieces):
        raise click.UsageError(f"--table {text!r} is not the name of a table.")
    return (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])
