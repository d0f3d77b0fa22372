"""`dsql-tui clusters tag`: set tags of a cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.cli.clusters.shared import cluster_of, json_option, parse_tags, print_json
from dsql_tui.cli.shared.target import Target, target_options


@click.command("tag")
@click.argument("cluster")
@click.argument("pairs", nargs=-1, required=True, metavar="KEY=VALUE…")
@json_option()
@target_options
def command(cluster: str, pairs: tuple[str, ...], as_json: bool, target: Target) -> None:
    """Set tags of CLUSTER; others stay. The tag Name is what the console calls it."""
    with cluster_of(target, cluster) as (session, found_cluster):
        changes.tag(session, found_cluster.region, found_cluster.arn, parse_tags(pairs))
        if as_json:
            print_json(changes.list_tags(session, found_cluster.region, found_cluster.arn))
