"""`dsql-tui config path`: where the config file is."""

from __future__ import annotations

import os

import click

from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.config.loading import own_file_path


@click.command("path")
def command() -> None:
    """Print the path of the config file on stdout, whether the file exists or not."""
    path, _ = own_file_path(os.environ)
    if not path.exists():
        echo_line("The file does not exist; dsql-tui config edit creates it.", err=True)
    click.echo(path)
