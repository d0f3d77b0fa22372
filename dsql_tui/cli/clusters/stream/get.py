"""`dsql-tui clusters stream get`: one change stream."""

from __future__ import annotations

import click

from dsql_tui.aws import streams
from dsql_tui.cli.clusters.shared import (
    cluster_of,
    json_option,
    print_fields,
    print_json,
    stream_json,
)
from dsql_tui.cli.shared.target import Target, target_options


@click.command("get")
@click.argument("cluster")
@click.argument("identifier")
@json_option()
@target_options
def command(cluster: str, identifier: str, as_json: bool, target: Target) -> None:
    """Show stream IDENTIFIER of CLUSTER: target, role, status and what is wrong with it."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = streams.get_stream(session, found_cluster, identifier)
    if as_json:
        print_json(stream_json(present))
    else:
        print_fields(stream_json(present))
