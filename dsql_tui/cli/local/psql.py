"""`dsql-tui local psql`: open psql on the local DSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.local.shared import FORWARDED, data_option, local_arguments
from dsql_tui.cli.shared.lazy import PsqlCommand, forward


@click.command("psql", cls=PsqlCommand, context_settings=FORWARDED)
@data_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(
    ctx: click.Context,
    data_dir: Path | None,
    arguments: tuple[str, ...],
    psql_args: tuple[str, ...],
) -> Any:
    """Open psql, as `dsql-tui connect --local` does; what follows -- goes to psql."""
    separated = ("--", *psql_args) if psql_args else ()
    return forward(ctx, "connect", local_arguments(data_dir, (*arguments, *separated)))
