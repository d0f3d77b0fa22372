"""`dsql-tui clusters tag`: set tags of a cluster."""

from __future__ import annotations

import click

from dsql_tui.aws import changes
from dsql_tui.aws.checks import check_tags
from dsql_tui.cli.clusters.shared import cluster_of, parse_tags
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import TAG


@click.command("tag")
@cluster_argument(required=True)
@click.argument("pairs", nargs=-1, required=True, type=TAG, metavar="KEY=VALUE...")
@json_option()
@target_options
def command(cluster: str, pairs: tuple[str, ...], as_json: bool, target: Target) -> None:
    """Set tags of CLUSTER; other tags are kept. The Name tag is the name of the cluster."""
    tags = parse_tags(pairs)
    with refused_as_usage():
        check_tags(tags)
    with cluster_of(target, cluster) as (session, found_cluster):
        changes.tag(session, found_cluster.region, found_cluster.arn, tags)
        if as_json:
            print_json(
                {"tags": changes.list_tags(session, found_cluster.region, found_cluster.arn)}
            )
