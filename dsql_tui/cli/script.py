"""`dsql-tui script`: a migration in transactions that DSQL takes, that can be resumed.

stderr tells how it goes; stdout stays empty.
"""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.shared.script_run import run_file
from dsql_tui.cli.shared.sources import only_one
from dsql_tui.cli.shared.target import Target, allow_writes_option, target_options
from dsql_tui.model.endpoint import ADMIN_ROLE
from dsql_tui.model.unknown import WhenUnknown


@click.command("script")
@click.argument("cluster", required=False)
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    multiple=True,
    callback=only_one,
    type=click.Path(path_type=Path),
    help="File of SQL to run.",
)
@click.option("--role", default=ADMIN_ROLE, show_default=True, help="Database role to become.")
@click.option(
    "--checkpoint",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where it is kept how far the run got; FILE.checkpoint by default.",
)
@click.option(
    "--when-unknown",
    type=click.Choice([known.value for known in WhenUnknown]),
    default=WhenUnknown.ASK.value,
    show_default=True,
    help="A step of rows that was under way when the last run ended: stop, run it again, skip it.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Tell the steps and run nothing.")
@allow_writes_option
@target_options
def command(
    cluster: str | None,
    path: Path,
    role: str,
    checkpoint: Path | None,
    when_unknown: str,
    only_plan: bool,
    target: Target,
) -> int:
    """Run a script on CLUSTER the way Aurora DSQL takes it.

    One DDL statement a transaction, rows in transactions under 3,000, asynchronous jobs awaited. A
    run that failed, was stopped or killed goes on where it ended when it is started again.
    """
    return run_file(
        path,
        cluster,
        role,
        target,
        checkpoint=checkpoint,
        when_unknown=WhenUnknown(when_unknown),
        only_plan=only_plan,
    )
