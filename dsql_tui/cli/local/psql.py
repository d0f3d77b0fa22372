"""`dsql-tui local psql`: open psql on the local DSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.local.shared import FORWARDED, data_option, local_arguments
from dsql_tui.cli.shared.lazy import forward


@click.command("psql", context_settings=FORWARDED)
@data_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, data_dir: Path | None, arguments: tuple[str, ...]) -> Any:
    """Open psql, as `dsql-tui connect --local` does; what follows `--` goes to psql."""
    return forward(ctx, "connect", local_arguments(data_dir, arguments))
