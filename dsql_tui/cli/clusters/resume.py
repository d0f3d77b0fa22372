"""`dsql-tui clusters resume`: finish an interrupted multi-Region setup."""

from __future__ import annotations

import click

from dsql_tui.aws.lifecycle import resume as resume_setup
from dsql_tui.cli.clusters.shared import (
    client_token_option,
    cluster_of,
    follow,
    print_endpoints,
)
from dsql_tui.cli.shared.json_output import json_option
from dsql_tui.cli.shared.target import Target, target_options
from dsql_tui.cli.shared.values.checked import refused_as_usage
from dsql_tui.cli.shared.values.options import cluster_argument
from dsql_tui.cli.shared.values.types import REGION


@click.command("resume")
@cluster_argument()
@click.option(
    "--peer-region",
    type=REGION,
    metavar="REGION",
    help="Region of the peer cluster, if it does not exist yet.",
)
@client_token_option()
@json_option()
@target_options
def command(
    cluster: str | None, peer_region: str | None, client_token: str, as_json: bool, target: Target
) -> None:
    """Finish an interrupted multi-Region setup that CLUSTER is one side of.

    Depending on the clusters' states, the command creates the peer, peers both clusters, or waits.
    """
    with cluster_of(target, cluster) as (session, found_cluster):
        events = resume_setup(
            session, found_cluster, client_token=client_token, peer_region=peer_region or ""
        )
        with refused_as_usage():
            by_arn = {found_cluster.arn: found_cluster} | follow(events)
    print_endpoints(list(by_arn.values()), as_json=as_json)
