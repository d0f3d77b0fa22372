"""`dsql-tui schema check`: whether a cluster is what SQL files say."""

from __future__ import annotations

from functools import partial

import click

from dsql_tui.cli.schema.shared import (
    differences_as_json,
    print_differences,
)
from dsql_tui.cli.shared.definition_sources import (
    definitions_of_cluster,
    empty_cluster,
    exclude_option,
    no_privileges_option,
    report_notes,
)
from dsql_tui.cli.shared.exit_codes import ExitCode
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument, role_option
from dsql_tui.cli.shared.values.types import DEFINITIONS
from dsql_tui.schema.catalogs import Selection
from dsql_tui.schema.compare import changes
from dsql_tui.schema.sources import definitions_of_files


@click.command("check")
@click.argument("files", type=DEFINITIONS)
@cluster_argument()
@json_option()
@exclude_option
@no_privileges_option
@role_option("Database role to read as.")
@output_option
@target_options
def command(
    files: str,
    cluster: str | None,
    as_json: bool,
    exclude: tuple[str, ...],
    no_privileges: bool,
    role: str | None,
    target: Target,
) -> int:
    """Check that CLUSTER has the definitions of FILES: a file, a folder or git:REVISION:PATH.

    Prints what schema apply would change. Ends with 1 if there is something.

    Examples:
      dsql-tui schema check definitions/ shop
    """
    selection = Selection(with_access=not no_privileges, exclude=exclude)
    present = definitions_of_cluster(cluster, role, target, selection)
    wanted = definitions_of_files(files, partial(empty_cluster, target), selection)
    report_notes(present)
    listed = changes(present, wanted)
    if as_json:
        print_json(differences_as_json(listed))
    else:
        print_differences(listed)
    if not listed:
        narrate("The cluster has the definitions of the files.")
    return ExitCode.NO if listed else ExitCode.OK
