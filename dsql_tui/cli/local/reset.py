"""`dsql-tui local reset`: delete all data of the local DSQL."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import data_option
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.local.process import server
from dsql_tui.local.process.selection import SelectedServer
from dsql_tui.model.cells import inert_lines


@click.command("reset")
@data_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(data_dir: Path | None, *, yes: bool) -> None:
    """Stop it and delete all of its data; no other folder is touched."""
    chosen = selected(data_dir, quiet=True)
    if not chosen.folder.exists():
        echo_line(f"Nothing to delete: {chosen}.", err=True)
        return
    if not yes:
        click.confirm(inert_lines(_question(chosen)), abort=True, err=True)
    server.reset(chosen.folder)
    echo_line(f"Deleted all data of {chosen}.", err=True)


def _question(chosen: SelectedServer) -> str:
    """Return what is asked before everything in a data folder is deleted."""
    question = f"Delete all data of {chosen}?"
    running = server.attach(chosen.folder)
    if running is None:
        return question
    with running:
        clusters = running.ask("status")["clusters"]
    sessions = sum(cluster["sessions"] for cluster in clusters)
    return f"{question} It is running with {sessions} open sessions and will be stopped."
