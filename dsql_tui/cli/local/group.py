"""The `local` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "start": "Start it, or attach to the one that already serves the data folder.",
    "status": "Report whether it answers, where, its settings, and how it differs from AWS.",
    "env": 'Print what a shell needs: eval "$(dsql-tui local env)".',
    "token": "Print an auth token, as `dsql-tui token --local` does.",
    "psql": "Open psql, as `dsql-tui connect --local` does; what follows `--` goes to psql.",
    "set": "Change how the running one behaves.",
    "stop": "Stop it, whoever uses it.",
    "reset": "Stop it and delete all of its data; no other folder is touched.",
}
"""Command → its line in `--help`."""


@click.group("local", cls=LazyGroup, package="dsql_tui.cli.local", lines=_COMMANDS)
def command() -> None:
    """Run the local DSQL as a server, for psql, drivers, boto3 and the AWS CLI."""
