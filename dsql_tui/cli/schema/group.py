"""The `schema` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "dump": "Print the definitions of a database as SQL.",
    "diff": "Show how two databases or files of definitions differ.",
    "apply": "Give a cluster the definitions of SQL files.",
    "check": "Check that a cluster has the definitions of SQL files.",
}
"""Command → its line in `--help`."""


@click.group("schema", cls=LazyGroup, package="dsql_tui.cli.schema", lines=_COMMANDS)
def command() -> None:
    """Print, compare and apply the definitions of a database."""
