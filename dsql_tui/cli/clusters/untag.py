"""`dsql-tui clusters untag`: remove tags of a cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.cli.clusters.shared import cluster_of, json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options


@click.command("untag")
@click.argument("cluster")
@click.argument("keys", nargs=-1, required=True, metavar="KEY…")
@json_option()
@target_options
def command(cluster: str, keys: tuple[str, ...], as_json: bool, target: Target) -> None:
    """Take tags of CLUSTER away."""
    with cluster_of(target, cluster) as (session, found_cluster):
        changes.untag(session, found_cluster.region, found_cluster.arn, keys)
        if as_json:
            print_json(changes.list_tags(session, found_cluster.region, found_cluster.arn))
