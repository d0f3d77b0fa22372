"""`dsql-tui local status`: whether the local DSQL answers, where, and its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.local.shared import data_option, print_server
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import LocalError
from dsql_tui.local.process.server import DOES_NOT_ANSWER
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.remedies import restart_it

_CLUSTER = "{name:<20} {region:<12} {status:<10} {database:<15} {endpoint}"


@click.command("status")
@data_option
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def command(data_dir: Path | None, *, as_json: bool) -> None:
    """Report whether it answers, where, its clusters and settings, and how it differs from AWS.

    Both ports and every database are asked. If one of them does not answer, the exit status says
    so.
    """
    from dsql_tui.local.differences import DIFFERENCES
    from dsql_tui.local.process.health import check

    with selected(data_dir).attach() as running:
        state, health = running.ask("status"), check(running.info)
        if as_json:
            shown = {**_public(running.info), **state, "answers": asdict(health)}
            click.echo(json.dumps({**shown, "differences": DIFFERENCES}, default=str, indent=2))
        else:
            print_server(running.info, silent=health.silent)
            for cluster in state["clusters"]:
                echo_line(_CLUSTER.format_map(cluster))
            for name, value in state["conditions"].items():
                echo_line(f"{name:<20} {value or 'off'}")
            click.echo("\nHow it differs from the service:")
            for difference in DIFFERENCES:
                echo_line(f"  · {difference}")
        _check_answers(running.info.data_dir, health.silent, state["clusters"])


def _check_answers(
    folder: Path, silent: Sequence[str], clusters: Sequence[Mapping[str, Any]]
) -> None:
    """Fail if a port or a database does not answer.

    Raises:
        LocalError: That is so.
    """
    databases = dict.fromkeys(
        f"the database of {cluster['name']}"
        for cluster in clusters
        if cluster["database"] == DOES_NOT_ANSWER
    )
    parts = [*(f"its {name}" for name in silent), *databases]
    if parts:
        raise LocalError(
            f"The local DSQL runs, but {', '.join(parts)} did not answer.",
            remedy=restart_it(folder),
        )


def _public(info: ServerInfo) -> dict[str, Any]:
    """Return what may be told of a server: all but the secret of its channel."""
    fields = json.loads(info.to_json())
    return {name: value for name, value in fields.items() if not name.startswith("channel_")}
