"""`dsql-tui clusters stream list`: the change streams of a cluster."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from dsql_tui.aws import streams
from dsql_tui.cli.clusters.shared import cluster_of, stream_json
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.table import table
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.model.span import short_span


@click.command("list")
@cluster_argument()
@json_option()
@output_option
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """List the change streams of CLUSTER."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = streams.list_streams(session, found_cluster)
    if as_json:
        print_json({"streams": [stream_json(each) for each in present]})
        return
    now = datetime.now(UTC)
    rows = [(each.identifier, each.status, short_span(now - each.created_at)) for each in present]
    click.echo(table(("IDENTIFIER", "STATUS", "AGE"), rows))
