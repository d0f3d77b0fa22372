"""`dsql-tui schema dump`: a database's definitions as SQL, in one file or a file per object."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsql_tui.cli.shared.definition_sources import (
    check_selection,
    exclude_option,
    no_privileges_option,
    report_notes,
    selection_of,
)
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import camel_case, json_option, json_text
from dsql_tui.cli.shared.target import Target, profile_of, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import FILE, SCHEMA, TABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsql_tui.schema.definitions import Database


@click.command("dump")
@cluster_argument()
@click.option(
    "--schema",
    "schemas",
    multiple=True,
    type=SCHEMA,
    metavar="SCHEMA",
    help="Only this schema; may be repeated.",
)
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=TABLE,
    metavar="TABLE",
    help="Only this table, view or sequence; may be repeated.",
)
@exclude_option
@no_privileges_option
@click.option(
    "--if-not-exists",
    is_flag=True,
    help="Print the forms of statements that can be run again, where there are such.",
)
@json_option()
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE|FOLDER",
    help="Write to a file, or to a folder with a file for each object: a folder that exists, or a"
    " name without a suffix such as .sql.",
)
@role_option("Database role to read as.")
@target_options
def command(
    cluster: str | None,
    schemas: tuple[str, ...],
    tables: tuple[str, ...],
    exclude: tuple[str, ...],
    no_privileges: bool,
    if_not_exists: bool,
    as_json: bool,
    output: Path | None,
    role: str | None,
    target: Target,
) -> int:
    """Print the definitions of CLUSTER as SQL that makes them on an empty cluster.

    Statements are in an order that works, each for a transaction of its own: run them with
    dsql-tui script. The same definitions give the same text. What the role cannot read is named in
    the text and on standard error. Files are readable by you alone.

    Examples:
      dsql-tui schema dump shop -o shop.sql
      dsql-tui schema dump shop --schema app --no-privileges -o schema/
    """
    # Imported here: --help need not wait for the driver.
    from dsql_tui.cli.shared.sessions import reach
    from dsql_tui.schema.dump import dump_files, dump_text
    from dsql_tui.schema.folder import names_folder, write_file
    from dsql_tui.schema.read import read_database

    is_folder = output is not None and names_folder(output)
    if is_folder and as_json:
        raise click.UsageError("--json prints one object; name a file with -o.")
    selection = selection_of(schemas, tables, with_access=not no_privileges, exclude=exclude)
    with (
        profile_of(target) as profile,
        closing(reach(profile, target, cluster, role).connect()) as session,
    ):
        database = read_database(session, selection)
    report_notes(database)
    check_selection(database, selection)
    if output is not None and is_folder:
        _write_folder(output, dump_files(database, if_not_exists=if_not_exists))
        return ExitCode.OK
    text = (
        json_text(_as_json(database, if_not_exists=if_not_exists)) + "\n"
        if as_json
        else dump_text(database, if_not_exists=if_not_exists)
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
    return ExitCode.OK


def _write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a dump, and report files of objects that no longer exist."""
    from dsql_tui.schema.folder import write_folder

    written, surplus = write_folder(folder, files)
    narrate(f"{len(files):,} files in {folder}, {written:,} of them changed.")
    for path in surplus:
        narrate(f"{path} is of no object of the database. Delete it if it is not yours.")


def _as_json(database: Database, *, if_not_exists: bool) -> dict[str, object]:
    from dsql_tui.schema.dump import access_sql
    from dsql_tui.schema.order import creation_order
    from dsql_tui.schema.print import object_sql

    access = access_sql(database)
    return {
        "objects": [
            {
                "kind": each.key.kind.lower(),
                **({"arguments": each.key.arguments} if each.key.arguments else {}),
                "statements": list(object_sql(each, if_not_exists=if_not_exists).statements),
                "definition": _plain(each),
            }
            for each in creation_order(database)
        ],
        "roles": access.roles,
        "privileges": access.privileges,
        "notes": list(database.all_notes),
    }


def _plain(value: object) -> object:
    """Return a value of `definitions.py` as JSON has it."""
    if is_dataclass(value) and not isinstance(value, type):
        return camel_case({each.name: _plain(getattr(value, each.name)) for each in fields(value)})
    return [_plain(each) for each in value] if isinstance(value, tuple) else value
