"""`dsql-tui local set`: change the settings of the running local DSQL."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import (
    condition_options,
    data_option,
    print_conditions,
    set_conditions,
)
from dsql_tui.cli.shared.selected import selected


@click.command("set")
@data_option
@condition_options
def command(data_dir: Path | None, **conditions: str | None) -> None:
    """Change how the running local DSQL behaves, and print its settings.

    Example:
      dsql-tui local set --commit-conflicts 10% --latency us-east-2=60ms
    """
    with selected(data_dir).attach() as running:
        print_conditions(set_conditions(running, conditions))
