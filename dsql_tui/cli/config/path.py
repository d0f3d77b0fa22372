"""`dsql-tui config path`: print the path of the config file."""

from __future__ import annotations

import os

import click

from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.config.loading import own_file_path
from dsql_tui.files.atomic import reason


@click.command("path")
def command() -> None:
    """Print the path of the config file, whether the file exists or not.

    Example:
      dsql-tui config path
    """
    path, _ = own_file_path(os.environ)
    try:
        path.stat()
    except FileNotFoundError:
        narrate("The file does not exist; dsql-tui config edit creates it.")
    except OSError as error:
        narrate(f"The file cannot be read: {reason(error)}.")
    click.echo(os.fsencode(path))  # its bytes: a file's name need not be UTF-8
