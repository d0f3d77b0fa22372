"""The `clusters policy` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "get": "Print the policy of CLUSTER; with --json, its version too.",
    "put": "Put the policy in FILE (- is stdin) in place of the present one.",
    "delete": "Take the policy of CLUSTER away.",
    "block-public-access": "Print, or put, the policy that refuses connections from outside a VPC.",
}
"""Command → its line in `--help`."""


@click.group("policy", cls=LazyGroup, package="dsql_tui.cli.clusters.policy", lines=_COMMANDS)
def command() -> None:
    """Get, put or delete the resource policy; each side of a pair has its own."""
