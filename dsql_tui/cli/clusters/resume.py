"""`dsql-tui clusters resume`: finish a multi-Region set-up that was interrupted."""

from __future__ import annotations

import click

from dsql_tui.aws.lifecycle import resume as resume_setup
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    follow,
    json_option,
    print_endpoints,
)
from dsql_tui.cli.shared.target import Target, target_options


@click.command("resume")
@click.argument("cluster", required=False)
@click.option("--peer-region", default="", help="Where the other side is to be, if there is none.")
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None, peer_region: str, client_token: str, as_json: bool, target: Target
) -> None:
    """Finish the multi-Region set-up that CLUSTER is one side of.

    What the API shows decides what is left to do: create the other side, peer, or only wait.
    """
    with cluster_of(target, cluster) as (session, found_cluster):
        seen = {found_cluster.arn: found_cluster} | follow(
            resume_setup(session, found_cluster, client_token=client_token, peer_region=peer_region)
        )
    print_endpoints(list(seen.values()), as_json=as_json)
