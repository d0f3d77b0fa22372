"""`dsql-tui clusters vpc-endpoint`: the service name of a private endpoint."""

from __future__ import annotations

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.shared import cluster_of, json_option, print_json
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.terminal import echo_line


@click.command("vpc-endpoint")
@click.argument("cluster", required=False)
@json_option()
@target_options
def command(cluster: str | None, as_json: bool, target: Target) -> None:
    """Print the service name to create a VPC endpoint for CLUSTER with."""
    with cluster_of(target, cluster) as (session, found_cluster):
        access = policies.private_access(session, found_cluster)
    if as_json:
        print_json({"serviceName": access.service_name, "host": access.host or None})
        return
    click.echo(access.service_name)
    if access.host:
        echo_line(f"Through it the cluster is {access.host}.", err=True)
