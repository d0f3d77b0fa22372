"""The `config` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "show": "Show every setting with its value and where it comes from.",
    "path": "Print the path of the config file.",
    "edit": "Open the config file in an editor and check it afterwards.",
    "check": "Check the config files and environment variables.",
    "schema": "Print the JSON Schema of the config file, for editors.",
}
"""Command → its line in `--help`."""


@click.group("config", cls=LazyGroup, package="dsql_tui.cli.config", lines=_COMMANDS)
def command() -> None:
    """Show, edit and check settings."""
