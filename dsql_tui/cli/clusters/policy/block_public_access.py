"""`dsql-tui clusters policy block-public-access`: allow connections from VPCs only."""

from __future__ import annotations

import click

from dsql_tui.aws import policies
from dsql_tui.cli.clusters.policy.shared import confirm_change
from dsql_tui.cli.clusters.shared import client_token_option, cluster_of
from dsql_tui.cli.shared.output import output_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.options import cluster_argument, yes_option
from dsql_tui.model.access.policy import block_public_access_policy


@click.command("block-public-access")
@cluster_argument()
@click.option("--put", "apply", is_flag=True, help="Put the policy instead of printing it.")
@yes_option()
@client_token_option()
@output_option
@target_options
def command(cluster: str | None, apply: bool, yes: bool, client_token: str, target: Target) -> None:
    """Print, or put, a resource policy that denies connections from outside a VPC.

    AWS's query editor cannot connect then, and neither can this program outside the VPC.
    """
    document = block_public_access_policy()
    if apply:
        with cluster_of(target, cluster) as (session, found_cluster):
            confirm_change(found_cluster, "This blocks connections from outside a VPC to", yes=yes)
            policies.put_policy(session, found_cluster, document, client_token=client_token)
    else:
        click.echo(document)
