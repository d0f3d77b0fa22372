"""The `clusters policy` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "get": "Print the resource policy.",
    "put": "Replace the resource policy.",
    "delete": "Delete the resource policy.",
    "block-public-access": "Block connections from outside a VPC.",
}
"""Command → its line in `--help`."""


@click.group("policy", cls=LazyGroup, package="dsql_tui.cli.clusters.policy", lines=_COMMANDS)
def command() -> None:
    """Get, put or delete the resource policy; each side of a pair has its own."""
