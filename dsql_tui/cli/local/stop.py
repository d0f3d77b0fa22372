"""`dsql-tui local stop`: stop the local DSQL."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import data_option
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.local.process import server


@click.command("stop")
@data_option
def command(data_dir: Path | None) -> None:
    """Stop it, whoever uses it."""
    chosen = selected(data_dir, quiet=True)
    was_running = server.stop(chosen.folder)
    echo_line(f"{'Stopped' if was_running else 'Not running:'} {chosen}.", err=True)
