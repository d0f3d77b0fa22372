"""`dsql-tui clusters policy get`: print the resource policy."""

from __future__ import annotations

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.shared import cluster_of, json_option, policy_json, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line


@click.command("get")
@click.argument("cluster", required=False)
@json_option()
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Print the policy of CLUSTER; with --json, its version too."""
    with cluster_of(target, cluster) as (session, found_cluster):
        present = policies.get_policy(session, found_cluster)
    if as_json:
        print_json(policy_json(present))
    elif present is None:
        echo_line(f"{found_cluster.name} has no resource policy.", err=True)
    else:
        click.echo(present.document)
