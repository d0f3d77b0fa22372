"""`dsql-tui local env`: print environment variables that select the local DSQL."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from dsql_tui.cli.local.shared import data_option
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line, narrate
from dsql_tui.local.process.shell import UNSET_FIRST, VARIABLES


@click.command("env")
@data_option
@click.option("--plain", is_flag=True, help="Print NAME=value, for $GITHUB_ENV or --env-file.")
@click.option("--unset", is_flag=True, help="Print commands that return the shell to AWS.")
@output_option
def command(data_dir: Path | None, *, plain: bool, unset: bool) -> None:
    """Print the environment variables for using the local DSQL in a shell.

    Examples:
      eval "$(dsql-tui local env)"
      eval "$(dsql-tui local env --unset)"
    """
    if unset:
        if plain or data_dir is not None:
            raise click.UsageError("--unset cannot be combined with other options.")
        echo_line(f"unset {' '.join(VARIABLES)}")
        return
    with selected(data_dir, renews=True).attach() as running:
        in_the_way = [name for name in UNSET_FIRST if name in os.environ]
        if in_the_way and plain:
            narrate(f"Unset {', '.join(in_the_way)} as well: psql would use it.")
        elif in_the_way:
            echo_line(f"unset {' '.join(in_the_way)}")
        for name, value in running.environment().items():
            click.echo(f"{name}={value}" if plain else f"export {name}={shlex.quote(value)}")
