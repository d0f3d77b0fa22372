"""`dsql-tui schema diff`: what differs between two databases, and the statements for it."""

from __future__ import annotations

import click

from dsql_tui.cli.schema.shared import (
    allow_drop_option,
    differences_as_json,
    planned_changes,
    print_differences,
    rename_option,
)
from dsql_tui.cli.shared.definition_sources import (
    definitions_of,
    exclude_option,
    no_privileges_option,
    report_notes,
)
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import role_option
from dsql_tui.cli.shared.values.types import DEFINITIONS
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.plan import difference_script
from dsql_tui.schema.renames import Rename


@click.command("diff")
@click.argument("first", type=DEFINITIONS)
@click.argument("second", type=DEFINITIONS)
@click.option("--sql", "as_sql", is_flag=True, help="Print the statements that turn A into B.")
@json_option()
@rename_option
@exclude_option
@no_privileges_option
@allow_drop_option
@role_option("Database role to read as.")
@output_option
@target_options
def command(
    first: str,
    second: str,
    as_sql: bool,
    as_json: bool,
    renames: tuple[Rename, ...],
    exclude: tuple[str, ...],
    no_privileges: bool,
    allow_drop: bool,
    role: str | None,
    target: Target,
) -> int:
    """Show how the definitions of A differ from those of B.

    Each is a cluster, a SQL file, a folder of SQL files, or git:REVISION:PATH. Files are run on a
    temporary local DSQL and read back, so their order, layout and spelling do not matter. Ends with
    1 if there are differences.

    Examples:
      dsql-tui schema diff staging shop
      dsql-tui schema diff shop definitions/ --sql
    """
    if as_sql and as_json:
        raise click.UsageError("--sql and --json cannot be combined.")
    selection = Selection(with_access=not no_privileges, exclude=exclude)
    held, wanted = (definitions_of(text, role, target, selection) for text in (first, second))
    for side in (held, wanted):
        report_notes(side)
    listed = planned_changes(held, wanted, renames, target, asks=not as_json)
    if as_json:
        print_json(differences_as_json(listed))
    elif as_sql:
        click.echo(difference_script(listed, allow_drop=allow_drop), nl=False)
    else:
        print_differences(listed)
    return ExitCode.NO if listed else ExitCode.OK
