"""`dsql-tui clusters tags`: list the tags of a cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.cli.clusters.shared import cluster_of, json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line


@click.command("tags")
@click.argument("cluster", required=False)
@json_option()
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """List the tags of CLUSTER."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = changes.list_tags(session, found_cluster.region, found_cluster.arn)
    if as_json:
        print_json(present)
        return
    for key, value in present.items():
        echo_line(f"{key}={value}")
