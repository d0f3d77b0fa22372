"""`dsql-tui clusters policy delete`: remove the resource policy."""

from __future__ import annotations

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.policy.shared import VERSION_HELP, confirm_change
from dsql_tui.cli.clusters.shared import client_token_option, cluster_of
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option
from dsql_tui.cli.shared.values.types import VERSION


@click.command("delete")
@cluster_argument()
@click.option("--expected-version", type=VERSION, metavar="VERSION", help=VERSION_HELP)
@yes_option()
@client_token_option()
@target_options
def command(
    cluster: str | None, expected_version: str | None, yes: bool, client_token: str, target: Target
) -> None:
    """Delete the resource policy of CLUSTER."""
    with cluster_of(target, cluster) as (session, found_cluster):
        confirm_change(found_cluster, "This removes the resource policy of", yes=yes)
        policies.delete_policy(
            session,
            found_cluster,
            client_token=client_token,
            expected_version=expected_version or "",
        )
