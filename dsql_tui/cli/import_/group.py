"""The `import` group."""

from __future__ import annotations

import click

from dsql_tui.cli.shared.lazy import LazyGroup

_COMMANDS = {
    "postgres": "Bring a PostgreSQL database to a cluster.",
}
"""Command → its line in `--help`."""


@click.group("import", cls=LazyGroup, package="dsql_tui.cli.import_", lines=_COMMANDS)
def command() -> None:
    """Bring a database of another kind to a cluster: definitions and rows."""
