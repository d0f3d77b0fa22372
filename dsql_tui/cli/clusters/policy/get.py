"""`dsql-tui clusters policy get`: print the resource policy."""

from __future__ import annotations

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.shared import cluster_of, policy_json
from dsql_tui.cli.shared.json_output import json_option, print_json
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import narrate
from dsql_tui.cli.shared.values.options import cluster_argument


@click.command("get")
@cluster_argument()
@json_option()
@output_option
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Print the resource policy of CLUSTER; with --json also its version."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = policies.get_policy(session, found_cluster)
    if as_json:
        print_json(policy_json(present))
    elif present is None:
        narrate(f"{found_cluster.name} has no resource policy.")
    else:
        click.echo(present.document)
