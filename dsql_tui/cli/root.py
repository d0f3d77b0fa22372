"""The `dsql-tui` group: names the commands and imports one only when it runs."""

from __future__ import annotations

import click

from dsql_tui import __version__


@click.group()
@click.version_option(__version__, prog_name="dsql-tui")
def main() -> None:
    """A keyboard-driven terminal console for Amazon Aurora DSQL."""
