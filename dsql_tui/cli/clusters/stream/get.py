"""`dsql-tui clusters stream get`: one change stream."""

from __future__ import annotations

import click

from dsql_tui.aws import streams
from dsql_tui.cli.clusters.shared import (
    cluster_of,
    print_fields,
    stream_json,
)
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import IDENTIFIER


@click.command("get")
@cluster_argument(required=True)
@click.argument("identifier", type=IDENTIFIER)
@json_option()
@output_option
@target_options
def command(cluster: str, identifier: str, as_json: bool, target: Target) -> None:
    """Show change stream IDENTIFIER of CLUSTER: target, role, status and problem."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = streams.get_stream(session, found_cluster, identifier)
    if as_json:
        print_json(stream_json(present))
    else:
        print_fields(stream_json(present))
