"""`dsql-tui local set`: change how the running local DSQL behaves."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import condition_options, data_option, set_conditions
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line


@click.command("set")
@data_option
@condition_options
def command(data_dir: Path | None, **conditions: str | None) -> None:
    """Change how the running one behaves."""
    with selected(data_dir).attach() as running:
        for name, value in set_conditions(running, conditions).items():
            echo_line(f"{name:<20} {value or 'off'}")
