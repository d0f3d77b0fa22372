"""`dsql-tui local reset`: delete all data of the local DSQL."""

from __future__ import annotations

from pathlib import Path

import click

from dsql_tui.cli.local.shared import data_option
from dsql_tui.cli.shared.confirm import ask
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.local.process import server
from dsql_tui.local.process.selection import SelectedServer


@click.command("reset")
@data_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def command(data_dir: Path | None, *, yes: bool) -> None:
    """Stop the local DSQL and delete all of its data."""
    chosen = selected(data_dir, quiet=True)
    if not chosen.folder.exists():
        narrate(f"Nothing to delete: {chosen}.")
        return
    if not yes:
        ask(_question(chosen))
    server.reset(chosen.folder)
    narrate(f"Deleted all data of {chosen}.")


def _question(chosen: SelectedServer) -> str:
    """Return the question asked before everything in a data folder is deleted."""
    question = f"Delete all data of {chosen}?"
    running = server.attach(chosen.folder)
    if running is None:
        return question
    with running:
        clusters = running.ask("status")["clusters"]
    sessions = sum(cluster["sessions"] for cluster in clusters)
    return f"{question} It is running with {sessions} open sessions and will be stopped."
