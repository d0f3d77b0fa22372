"""The `local` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "start": "Start the local DSQL, or attach to a running one.",
    "status": "Show its status, addresses, clusters and settings.",
    "env": "Print the environment variables for using it in a shell.",
    "token": "Print an auth token, as `dsql-tui token --local` does.",
    "psql": "Open psql, as `dsql-tui connect --local` does.",
    "set": "Change how it behaves: latency, conflicts, a Region that is down.",
    "stop": "Stop it, even if others use it.",
    "reset": "Stop it and delete all of its data.",
}
"""Command → its line in `--help`."""


@click.group("local", cls=LazyGroup, package="dsql_tui.cli.local", lines=_COMMANDS)
def command() -> None:
    """Start, stop and control the local DSQL, for psql, drivers, boto3 and the AWS CLI."""
