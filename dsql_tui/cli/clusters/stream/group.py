"""The `clusters stream` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "list": "List the streams of CLUSTER.",
    "get": "Show stream IDENTIFIER of CLUSTER: target, role, status and what is wrong with it.",
    "create": "Create a stream of CLUSTER's changes to Kinesis, same account and Region.",
    "delete": "Delete stream IDENTIFIER of CLUSTER; what it has written stays in Kinesis.",
}
"""Command → its line in `--help`."""


@click.group("stream", cls=LazyGroup, package="dsql_tui.cli.clusters.stream", lines=_COMMANDS)
def command() -> None:
    """List, get, create or delete change streams."""
