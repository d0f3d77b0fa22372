"""The `clusters stream` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "list": "List the change streams of a cluster.",
    "get": "Show one change stream.",
    "create": "Create a change stream to Kinesis.",
    "delete": "Delete a change stream; records in Kinesis are kept.",
}
"""Command → its line in `--help`."""


@click.group("stream", cls=LazyGroup, package="dsql_tui.cli.clusters.stream", lines=_COMMANDS)
def command() -> None:
    """List, get, create or delete change streams."""
