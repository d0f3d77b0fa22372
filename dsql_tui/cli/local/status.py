"""`dsql-tui local status`: show whether the local DSQL responds, its addresses and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dsql_tui.cli.local.shared import data_option, print_conditions, print_server
from dsql_tui.cli.shared.json_output import camel_case, json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.selected import selected
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.errors import LocalError
from dsql_tui.local.process.server import DOES_NOT_ANSWER
from dsql_tui.local.process.server_info import ServerInfo
from dsql_tui.local.remedies import restart_it

_CLUSTER = "{name:<20} {region:<12} {status:<10} {database:<15} {endpoint}"


@click.command("status")
@data_option
@json_option()
@output_option
def command(data_dir: Path | None, *, as_json: bool) -> None:
    """Show the status, addresses, clusters and settings of the local DSQL.

    Both ports and every database are asked. Ends with 7 if one of them does not answer.
    """
    from dsql_tui.local.differences import DIFFERENCES
    from dsql_tui.local.process.health import check

    with selected(data_dir).attach() as running:
        state, health = running.ask("status"), check(running.info)
        if as_json:
            clusters = [camel_case(each) for each in state["clusters"]]
            answers = camel_case(asdict(health))
            values = {**state, "clusters": clusters, "answers": answers, "differences": DIFFERENCES}
            print_json({**camel_case(_public(running.info)), **values})
        else:
            print_server(running.info, silent=health.silent)
            for cluster in state["clusters"]:
                echo_line(_CLUSTER.format_map(cluster))
            print_conditions(state["conditions"])
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
    """Return the details of a server, without the secret of its channel."""
    fields: dict[str, Any] = json.loads(info.to_json())
    return {name: value for name, value in fields.items() if not name.startswith("channel_")}
