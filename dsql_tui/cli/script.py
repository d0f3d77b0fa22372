"""`dsql-tui script`: run a migration in transactions that DSQL accepts; it can be resumed.

stderr has the progress; stdout is empty.
"""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.shared.script_run import run_file
from dsql_tui.cli.shared.sources import only_one
from dsql_tui.cli.shared.target import Target, allow_writes_option, target_options
from dsql_tui.cli.shared.values.options import (
    cluster_argument,
    role_option,
    variable_option,
    when_unknown_option,
    yes_option,
)
from dsql_tui.cli.shared.values.types import FILE, FILE_OR_STDIN
from dsql_tui.model.unknown import WhenUnknown


@click.command("script")
@cluster_argument()
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    multiple=True,
    callback=only_one,
    type=FILE_OR_STDIN,
    metavar="FILE",
    help="SQL file to run; - is standard input, and needs --checkpoint or --plan.",
)
@variable_option()
@role_option()
@click.option(
    "--checkpoint",
    type=FILE,
    metavar="FILE",
    help="File that stores which steps are committed.  [default: FILE.checkpoint]",
)
@when_unknown_option(
    "What to do with a step whose outcome is unknown: stop, run it again, or skip it."
)
@yes_option("Do not ask about destructive statements.")
@click.option("--plan", "only_plan", is_flag=True, help="Print the steps without running them.")
@allow_writes_option
@target_options
def command(
    cluster: str | None,
    path: Path,
    variables: dict[str, str],
    role: str | None,
    checkpoint: Path | None,
    when_unknown: str,
    yes: bool,
    only_plan: bool,
    target: Target,
) -> int:
    """Run a SQL file on CLUSTER as a migration that can be resumed.

    Each DDL statement runs in a transaction of its own, changes of rows in transactions under 3,000
    rows, and asynchronous index builds are waited for. A run that failed or was stopped resumes
    after its last committed step when the same command runs again. Statements that drop something,
    or change or delete every row of a table, are listed and confirmed before anything is sent;
    without a terminal they need --yes.

    Examples:
      dsql-tui script shop -f migration.sql --plan
      dsql-tui script shop -f migration.sql
    """
    return run_file(
        path,
        cluster,
        role,
        target,
        variables=variables,
        checkpoint=checkpoint,
        when_unknown=WhenUnknown(when_unknown),
        yes=yes,
        only_plan=only_plan,
    )
