"""`dsql-tui local stop`: stop the local DSQL."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import data_option
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.local.process import server


@click.command("stop")
@data_option
def command(data_dir: Path | None) -> None:
    """Stop the local DSQL, even if others use it."""
    chosen = selected(data_dir, quiet=True)
    was_running = server.stop(chosen.folder)
    narrate(f"{'Stopped' if was_running else 'Not running:'} {chosen}.")
