"""`dsql-tui clusters tags`: list the tags of a cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.cli.clusters.shared import cluster_of
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line
from dsql_tui.cli.shared.values.options import cluster_argument


@click.command("tags")
@cluster_argument()
@json_option()
@output_option
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """List the tags of CLUSTER."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = changes.list_tags(session, found_cluster.region, found_cluster.arn)
    if as_json:
        print_json({"tags": present})
        return
    for key, value in present.items():
        echo_line(f"{key}={value}")
