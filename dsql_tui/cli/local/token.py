"""`dsql-tui local token`: an auth token of the local DSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.local.shared import FORWARDED, data_option, local_arguments
from dsql_tui.cli.shared.lazy import forward


@click.command("token", context_settings=FORWARDED)
@data_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, data_dir: Path | None, arguments: tuple[str, ...]) -> Any:
    """Print an auth token, as `dsql-tui token --local` does."""
    return forward(ctx, "token", local_arguments(data_dir, arguments))
